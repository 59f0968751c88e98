import { mkdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowSending } from '../../infra/local/allow-sending.ts'
import { People } from '../kit/people.ts'
import { openPage, startBrowser } from './browser.ts'

const pictures = join(import.meta.dirname, '..', '..', 'docs', 'pictures')
const WAIT = { timeout: 20_000 }
const rows = [
  ['anna@customers.example', 'Anna', 'A1'],
  ['ben@customers.example', 'Ben <b>', 'A2'],
  ['chloe@customers.example', 'Chloé', 'A3'],
  ['dev@customers.example', '', 'A4'],
  ['eve@customers.example', 'Eve {{Seat}}', 'A5'],
]
const pasted = [['Email', 'First', 'Seat'], ...rows].map((row) => row.join('\t')).join('\n')

let people: People
let browser: Browser
beforeAll(async () => {
  ;[people, browser] = await Promise.all([People.start(), startBrowser()])
})
afterAll(() => Promise.all([browser.close(), people.stop()]))

const says = (page: Page, where: string, text: string | RegExp) => page.locator(where, { hasText: text }).waitFor(WAIT)
const isOn = (page: Page) => page.locator('#sending-state[data-on=true]').waitFor(WAIT)

async function opened(person: string, more: object = {}): Promise<{ context: BrowserContext } & Opened> {
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 1000 }, ...more })
  const { page, complaints } = await openPage(context)
  const lang = (more as { locale?: string }).locale === 'fr-FR' ? 'fr' : 'en'
  await page.goto(`${people.system.addIn}/?person=${person}&lang=${lang}`)
  await says(page, '#sending-state', /./)
  return { context, page, complaints }
}
type Opened = Awaited<ReturnType<typeof openPage>>

/** Has allowed sending before, on another device: here it is enough to ask for it. */
async function openedAndOn(person: string, more: object = {}): Promise<{ context: BrowserContext } & Opened> {
  await allowSending(people.system, person, { drafts: true })
  const all = await opened(person, more)
  await all.page.click('#switch-on')
  await isOn(all.page)
  return all
}

async function write(page: Page, list: string, subject: string, text: string): Promise<void> {
  await page.fill('#list', list)
  await page.fill('#subject', subject)
  await page.fill('#text', text)
}

async function check(page: Page): Promise<string[]> {
  await page.click('#check')
  await page.locator('#checked').waitFor(WAIT)
  return page.locator('#findings li').allInnerTexts()
}

const preview = (page: Page) => page.frameLocator('#mail-frame').frameLocator('iframe')

async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.PICTURES) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

describe('somebody who sends a campaign, by clicking alone', () => {
  it('allows it, checks, looks, tests, sends five mails, and finds each in the mailbox', async () => {
    const { context, page, complaints } = await opened('bea')
    await write(page, pasted, 'Your seat, {{First|dear guest}}', 'Dear {{First|guest}},\n\nyour seat is {{Seat}}.')
    await says(page, '#list-says', '5 rows with 3 columns.')
    expect(await page.isDisabled('#check')).toBe(true)

    await page.click('#switch-on')
    await page.locator('#consent').waitFor(WAIT)
    await page.check('#how-draft')
    const [there] = await Promise.all([context.waitForEvent('page'), page.click('#consent button.main')])
    await says(page, '#waits-text', 'Waiting for you to agree')
    expect(await there.evaluate('window.opener')).toBe(null)
    await there.click('button[value=bea]')
    await there.click('button[value=accept]')
    await says(there, 'h1', 'Sending is switched on')
    await there.close()
    await isOn(page)
    await says(page, '#sending-text', 'Each mail goes out exactly once.')

    expect(await check(page)).toEqual([
      expect.stringMatching(/^5 mails to 5 recipients, \d+ kB each: about 10 seconds at the pace/),
      '{{First}} is empty in 1 row: 4. What stands behind its name is put there.',
      'Rows are counted below the headings: the first is row 1.',
      'Its mails will carry our footer: for now we know of no licence of yours.',
    ])
    await preview(page).getByText('Dear Anna,').waitFor(WAIT)
    expect(await page.textContent('#preview-subject')).toBe('Your seat, Anna')
    await page.click('#next')
    await preview(page).getByText('Dear Ben <b>,').waitFor(WAIT)
    await page.fill('#row', '4')
    await page.press('#row', 'Tab')
    await preview(page).getByText('Dear guest,').waitFor(WAIT)
    await preview(page).getByText('Sent with SecureMailMerge').waitFor(WAIT)
    await page.click('#do-test')
    await says(page, '#tested', 'Microsoft has accepted the test mail.')

    await page.click('#start')
    await says(page, '#progress-state', 'Sending')
    await says(page, '#counts', /Pace\s*\d+ mails? in the last minute\s*Expected end\s*\d\d:\d\d:\d\d/)
    if (process.env.PICTURES) await says(page, '#bar-says', /[46]0 % done/)
    await picture(page, 'campaign')
    // Nobody sends a list twice by two presses.
    expect(await page.inputValue('#list')).toBe('')
    await says(page, '#list-says', 'This list was started, and taken out here')
    await page.click('#check')
    await says(page, '#campaign-trouble', 'No rows yet.')
    await page.locator('#progress-state', { hasText: 'Done' }).waitFor({ timeout: 60_000 })
    await says(page, '#bar-says', '100 % done')
    expect(await page.getAttribute('#bar', 'value')).toBe('5')
    expect(await page.textContent('#counts')).toBe('Accepted by Microsoft5Footeryes')

    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#do-report')])
    expect(download.suggestedFilename()).toBe('Campaign.csv')
    const report = await readFile(await download.path(), 'utf8')
    expect(report.split('\r\n').map((line) => line.split(',').slice(0, 3).join())).toEqual([
      '\uFEFFrow,to,state',
      ...rows.map(([to], at) => `${at + 1},${to},sent`),
      '',
    ])
    expect(complaints).toEqual([])
    await readsMails(context)
    await context.close()
  })

  /** What the mailbox view of the Graph stand-in shows: each mail once, with the data of its own row. */
  async function readsMails(context: BrowserContext): Promise<void> {
    const { page, complaints } = await openPage(context)
    await page.goto(`${people.system.graph}/mailboxes?lang=en`)
    await page.click('a:text("Bea Blanc")')
    const all = page.locator('tbody th a')
    const notice = 'SecureMailMerge may now send from your mailbox'
    expect(await all.filter({ hasText: notice }).count()).toBeGreaterThanOrEqual(1)
    const mails = all.filter({ hasNotText: notice })
    expect((await mails.allInnerTexts()).sort()).toEqual([
      ...['Your seat, Anna', 'Your seat, Ben <b>', 'Your seat, Chloé', 'Your seat, Eve {{Seat}}'],
      // The test mail is of the same row.
      ...['Your seat, dear guest', 'Your seat, dear guest'],
    ])
    for (const [to = '', first, seat] of rows) {
      const line = page.locator('tbody tr', { has: page.locator(`td:text-is("${to}")`) })
      expect(await line.count(), to).toBe(1)
      await line.locator('a').click()
      const body = page.frameLocator('iframe').locator('body')
      const text = (await body.textContent())?.replaceAll(/\s+/g, ' ')
      expect(text).toContain(`Dear ${first || 'guest'}, your seat is ${seat}.`)
      await page.goBack()
    }
    expect(complaints).toEqual([])
  }
})

describe('the list', () => {
  it('is found fault with before anything is sent, and sent without the rows only when that is said', async () => {
    const { context, page } = await openedAndOn('amir')
    const list = 'Email;First;Link\na@x.example;Anna;https://ok.example\nno@@x;Ben;https://ok.example\nc@x.example;;x\n'
    await page.check('#is-html')
    await write(
      page,
      `${list}d@x.example;Dev;javascript:alert(1)\na@x.example;Again;https://ok.example`,
      '{{Frist}}',
      'x',
    )
    expect(await check(page)).toContain(
      'The list has no column {{Frist}}. Mend the text or the list, then check again.',
    )
    expect(await page.isDisabled('#start')).toBe(true)

    await page.fill('#subject', 'Hello {{First}}')
    expect(await page.isVisible('#checked')).toBe(false)
    await page.fill('#text', '<p style="color: #aa0000">See <a href="{{Link}}">this</a></p>')
    expect(await check(page)).toEqual([
      expect.stringMatching(/^2 mails to 2 recipients/),
      '1 row of the list cannot be used: 2 (that is not an address). They are not sent.',
      '{{First}} is empty in 1 row: 3. They are not sent.',
      '{{Link}} makes no link in 1 row: 4. They are not sent.',
      '1 row with an address that was there before: 5. None is left out for that.',
      'Rows are counted below the headings: the first is row 1.',
      'Its mails will carry our footer: for now we know of no licence of yours.',
    ])
    const colour = preview(page).locator('p')
    await colour.waitFor(WAIT)
    expect(await colour.getAttribute('style')).toContain('#aa0000')
    await page.click('#start')
    await says(page, '#checked-trouble', 'Some rows cannot be sent.')
    const [leftOut] = await Promise.all([page.waitForEvent('download'), page.click('#which-left-out')])
    const lines = (await readFile(await leftOut.path(), 'utf8')).split('\r\n').map((line) => line.split(','))
    expect(lines.filter(([, , state]) => state === 'skipped').map(([row, to, , , why]) => [row, to, why])).toEqual([
      ['2', 'no@@x', 'address_invalid'],
      ['3', 'c@x.example', 'field_empty'],
      ['4', 'd@x.example', 'link_not_allowed'],
    ])
    await page.check('#leave-out')
    await page.click('#start')
    await page.locator('#progress-state', { hasText: 'Done, but not every mail was sent' }).waitFor(WAIT)
    await says(page, '#counts', /Accepted by Microsoft\s*2\s*Left out\s*3/)

    await page.click('#do-delete')
    await says(page, '#delete-dialog', 'stay with us until 30 days after its end')
    await page.click('#delete-dialog button[value=no]')
    expect(await page.isVisible('#progress')).toBe(true)
    await page.click('#do-delete')
    await page.click('#delete-dialog button[value=yes]')
    // What became of each mail is still there; what would need its text is not.
    await page.locator('#do-delete').waitFor({ ...WAIT, state: 'hidden' })
    await says(page, '#progress-state', 'Done, but not every mail was sent')
    await context.close()
  })

  it('and text that cannot be used are told of in words', async () => {
    const { context, page } = await openedAndOn('carla')
    await page.click('#check')
    await says(page, '#campaign-trouble', 'No rows yet.')
    await write(page, 'Name\nAnna', 'Hello', 'Dear {{Name')
    await page.selectOption('#address-column', { label: 'Name' })
    await page.click('#check')
    const fault = 'a field begins with {{ and does not end with }}'
    await says(page, '#campaign-trouble', `The text cannot be used. Text, line 1: ${fault}, at “{{Name”`)
    await page.fill('#text', 'Hello\n\n\n\nDear {{Name')
    await page.click('#check')
    await says(page, '#campaign-trouble', `Text, line 5: ${fault}, at “{{Name”`)

    await write(page, 'Email,First,First\na@x.example,A,B', 'Hello', 'Dear {{First}}')
    await page.click('#check')
    await says(page, '#campaign-trouble', 'Two columns are called “First”: give one of them another name.')
    await write(page, 'Address,E-mail\n1 High Street,a@x.example\n\n2 High Street,none', 'Hello', 'Hello')
    expect(await page.inputValue('#address-column')).toBe('1')
    expect(await check(page)).toContain(
      '1 row of the list cannot be used: 3 (that is not an address). They are not sent.',
    )
    await page.fill('#test-to', 'nobody')
    await page.click('#do-test')
    const wrong = 'the address of the test mail (not a valid one)'
    await says(page, '#checked-trouble', `Something is not filled in as it should be: ${wrong}.`)
    await context.close()
  })
})

const many = ['Email', ...Array.from({ length: 60 }, (_, at) => `person${at}@customers.example`)].join('\n')

describe('a campaign under way', () => {
  it('is scheduled, paused, resumed and cancelled by keyboard alone, in French, on a telephone', async () => {
    const { context, page, complaints } = await openedAndOn('lee', {
      ...{ locale: 'fr-FR', viewport: { width: 360, height: 740 } },
    })
    await write(page, many, 'Bonjour', 'Bonjour')
    await page.focus('#check')
    await page.keyboard.press('Enter')
    await page.locator('#checked').waitFor(WAIT)
    expect(await focused(page)).toBe('checked-title')
    const tomorrow = new Date(people.system.clock.now().getTime() + 86_400_000).toISOString().slice(0, 16)
    await page.fill('#start-at', tomorrow)
    await tabTo(page, 'start-then')
    await page.keyboard.press('Enter')
    await says(page, '#progress-state', /^Démarre : /)
    expect(await focused(page)).toBe('progress-title')

    people.advance(86_400_000)
    await page.reload()
    // The token has ended with the day; the page signs in again by itself, twice, and finds its campaign.
    await says(page, '#progress-state', 'Envoi en cours')
    await tabTo(page, 'do-pause')
    await page.keyboard.press('Enter')
    await says(page, '#progress-state', 'En pause')
    expect(await focused(page)).toBe('do-resume')
    await page.keyboard.press('Space')
    await says(page, '#progress-state', 'Envoi en cours')
    await tabTo(page, 'do-cancel')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    expect(await page.textContent('#progress-state')).toBe('Envoi en cours')
    await page.keyboard.press('Enter')
    await page.locator('#cancel-dialog button[value=yes]').press('Enter')
    await says(page, '#progress-state', 'Annulée')
    await says(page, '#counts', /Non envoyés\s*5\d/)
    expect(await width(page)).toBe(360)
    expect(complaints.filter((one) => !/401/.test(one))).toEqual([])
    await context.close()
  })
})

describe('a mail of which nobody knows whether it went', () => {
  it('is never repeated by itself: its sender looks, and says so', async () => {
    const context = await browser.newContext({ locale: 'en-GB' })
    await allowSending(people.system, 'fred')
    const { page } = await openPage(context)
    await page.goto(`${people.system.addIn}/?person=fred&lang=en`)
    await says(page, '#sending-state', /./)
    await page.click('#switch-on')
    await isOn(page)
    await says(page, '#sending-text', 'A mail whose end is unclear is shown to you')
    await write(page, 'Email\na@x.example\nb@x.example', 'Hello', 'Hello')
    await check(page)
    await graphFault({ path: 'me/sendMail', method: 'POST', times: 2, do: { status: 504, when: 'after' } })
    await page.click('#start')
    await page.locator('#progress-state', { hasText: 'Done, but not every mail was sent' }).waitFor({ timeout: 60_000 })
    await says(page, '#counts', /Accepted by Microsoft\s*0\s*Not confirmed\s*2/)
    await page.click('#do-unknown')
    await page.click('button[aria-label="It was sent: row 1: a@x.example"]')
    await says(page, '#counts', /Accepted by Microsoft\s*1\s*Not confirmed\s*1/)
    await page.click('button[aria-label="Send it again: row 2: b@x.example"]')
    await page.locator('#progress-state', { hasText: /^Done$/ }).waitFor({ timeout: 60_000 })
    await says(page, '#counts', /Accepted by Microsoft\s*2/)

    // Another one: three of which nobody knows are settled at once, and what failed is told in words.
    await write(page, 'Email\nc@x.example\nd@x.example\ne@x.example\nf@x.example', 'Hello', 'Hello')
    await check(page)
    await graphFault({ path: 'me/sendMail', method: 'POST', times: 3, do: { status: 504, when: 'after' } })
    const wrong = { status: 400, code: 'ErrorInvalidRecipients' }
    await graphFault({ path: 'me/sendMail', method: 'POST', times: 1, do: wrong })
    await page.click('#start')
    await says(page, '#counts', /Accepted by Microsoft\s*0\s*Failed\s*1\s*Not confirmed\s*3/)
    await page.click('#do-failed')
    const told = /^row \d: [cdef]@x\.example\. Microsoft does not accept an address of this row\. Correct it,/
    await says(page, '#failed-list li', told)
    await page.click('#do-unknown')
    await page.click('button[aria-label="It was sent: all 3 above"]')
    await says(page, '#counts', /Accepted by Microsoft\s*3\s*Failed\s*1\s*Footer/)
    expect(await page.isVisible('#unknown')).toBe(false)
    expect(await page.isVisible('#do-retry')).toBe(true)
    // Deleted, it can be looked at and nothing more; so it is when the page is loaded anew.
    await page.click('#do-delete')
    await page.locator('#delete-dialog button[value=yes]').click()
    for (const again of [false, true]) {
      if (again) await page.reload()
      await page.locator('#which option', { hasText: /^Campaign · .* · Done, but not every mail was sent$/ }).waitFor({
        ...{ ...WAIT, state: 'attached' },
      })
      await says(page, '#counts', /Accepted by Microsoft\s*3/)
      for (const id of ['#do-delete', '#do-retry']) await page.locator(id).waitFor({ ...WAIT, state: 'hidden' })
      expect(await page.isVisible('#do-report')).toBe(true)
    }
    await context.close()
  })
})

async function graphFault(fault: object): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${people.system.graph}/_local/faults`, {
    ...{ method: 'POST', headers, body: JSON.stringify(fault) },
  })
  expect(answer.status).toBeLessThan(300)
}

const focused = (page: Page): Promise<string> =>
  page.locator('body').evaluate((body: unknown) => {
    const { ownerDocument } = body as { ownerDocument: { activeElement: { id: string } } }
    return ownerDocument.activeElement.id
  })
const width = (page: Page): Promise<number> =>
  page.locator('html').evaluate((html: unknown) => (html as { scrollWidth: number }).scrollWidth)

/** Goes on with the Tab key until this has the focus. */
async function tabTo(page: Page, id: string): Promise<void> {
  for (let at = 0; at < 60; at += 1) {
    if ((await focused(page)) === id) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`${id} cannot be reached by keyboard`)
}

describe('an organisation that wants its administrator to agree', () => {
  it('gets a link and a text to forward, in the language of the person', async () => {
    const { context, page, complaints } = await opened('kim', { locale: 'fr-FR' })
    await page.click('#switch-on')
    await page.locator('#consent').waitFor(WAIT)
    await page.check('#how-draft')
    const [there] = await Promise.all([context.waitForEvent('page'), page.click('#consent button.main')])
    await there.click('button[value=kim]')
    await there.click('button[value=back]')
    await says(there, 'h1', "Ton administrateur doit d'abord donner son accord")
    await there.close()
    await says(page, '#outcome', "Ton administrateur doit d'abord donner son accord")
    await page.locator('#admin').waitFor(WAIT)
    await expect.poll(() => page.inputValue('#admin-text')).toContain(`${people.system.identity}/`)
    expect(await page.getAttribute('#admin-mail', 'href')).toMatch(/^mailto:\?subject=Merci%20d/)
    // It asks for no less when the page was loaded anew.
    for (const again of [false, true]) {
      if (again) await page.reload()
      await expect.poll(() => page.inputValue('#admin-text')).toContain('brouillons')
    }
    expect(complaints).toEqual([])
    await context.close()
  })
})

describe('the local page', () => {
  it('shows what sending is made of, leads to the mailboxes, and asks merge-send-queue as an operator does', async () => {
    const context = await browser.newContext({ locale: 'en-GB' })
    const { page, complaints } = await openPage(context)
    await page.goto(`${people.system.origin}/local?lang=en`)
    for (const id of ['kill-graph', 'kill-blobs', 'container-sending', 'container-mailbox-grants'])
      await page.locator(`#${id}`).waitFor(WAIT)
    await page.locator('#queue-list th', { hasText: 'ticks' }).waitFor(WAIT)
    await page.selectOption('#command-queue', 'merge-send-queue-commands')
    await page.click('#command button.main')
    await says(page, '#notes', 'Done: help.')
    await page.click('#mailboxes a')
    await says(page, 'tbody', 'Bea Blanc')
    expect(complaints).toEqual([])
    await context.close()
  })
})

it('every field of the page has a name that a screen reader says', async () => {
  const { context, page } = await opened('olivia')
  const nameless = await page.locator('body').evaluate((body: unknown) => {
    interface Field {
      id: string
      labels: { length: number }
    }
    const { querySelectorAll } = body as { querySelectorAll(selector: string): Iterable<Field> }
    const fields = [...querySelectorAll.call(body, 'input, textarea, select')] as Field[]
    return fields.filter(({ labels }) => labels.length === 0).map(({ id }) => id)
  })
  expect(nameless).toEqual([])
  await context.close()
})

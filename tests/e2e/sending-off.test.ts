import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callAs } from '../../infra/local/call-as.ts'
import { People } from '../kit/people.ts'
import { openPage, startBrowser } from './browser.ts'
import { Recorder, readings } from './recorder.ts'

// "Off by default, and then no request of the add-in carries a recipient, subject or body" (design.md, Sending).

const WAIT = { timeout: 20_000 }
/** Words that stand nowhere else: each is typed into one place of the page. */
const canaries = {
  name: 'kanarivogel1',
  address: 'kanarivogel2',
  column: 'kanarivogel3',
  cell: 'kanarivogel4',
  subject: 'kanarivogel5',
  body: 'kanarivogel6',
  test: 'kanarivogel7',
}
const words = Object.values(canaries)
const held = 'What came to us while it was on is kept'
const list = `Email,${canaries.column}\n${canaries.address}@customers.example,${canaries.cell}\n`

let people: People
let browser: Browser
beforeAll(async () => {
  ;[people, browser] = await Promise.all([People.start(), startBrowser()])
})
afterAll(() => Promise.all([browser.close(), people.stop()]))

async function opened(person: string): Promise<{ context: BrowserContext; page: Page; recorder: Recorder }> {
  const context = await browser.newContext({ locale: 'en-GB' })
  const recorder = new Recorder(context)
  const { page } = await openPage(context)
  await page.goto(`${people.system.addIn}/?person=${person}&lang=en`)
  await says(page, '#sending-state', /./)
  await page.fill('#campaign-name', canaries.name)
  await page.fill('#list', list)
  await page.fill('#subject', `${canaries.subject} {{${canaries.column}}}`)
  await page.fill('#text', `Dear {{${canaries.column}|friend}}, ${canaries.body}`)
  return { context, page, recorder }
}

const says = (page: Page, where: string, text: string | RegExp) => page.locator(where, { hasText: text }).waitFor(WAIT)

/** Presses everything that could send, also where the page does not offer it, and types where it shows nothing. */
async function pressAll(page: Page): Promise<void> {
  await page.locator('#test-to').evaluate((field: unknown, text) => {
    ;(field as { value: string }).value = text
  }, `${canaries.test}@customers.example`)
  for (const id of ['check', 'do-test', 'start', 'start-then', 'previous', 'next']) {
    await page.locator(`#${id}`).evaluate((button: unknown) => {
      const pressed = button as { disabled: boolean; click(): void }
      const was = pressed.disabled
      pressed.disabled = false
      pressed.click()
      pressed.disabled = was
    })
  }
  await says(page, '#campaign-trouble', 'Sending is off. Nothing was sent to us.')
}

/** Goes to Microsoft's page as the add-in page leads there. */
async function toMicrosoft(context: BrowserContext, page: Page): Promise<Page> {
  await page.click('#switch-on')
  await page.locator('#consent').waitFor(WAIT)
  const [there] = await Promise.all([context.waitForEvent('page'), page.click('#consent button.main')])
  await there.waitForURL(/authorize/, WAIT)
  return there
}

async function agreed(there: Page, person: string, answer: 'accept' | 'refuse'): Promise<void> {
  await there.click(`button[value=${person}]`)
  await there.click(`button[value=${answer}]`)
  await there.waitForURL(/grants\/return/, WAIT)
  await there.close()
}

const grantOf = async (person: string): Promise<string> =>
  (await callAs(people.system, person, { path: '/api/mailboxes' })).body.mailboxes[0].grant

it('the recorder reads a text however it is wrapped', () => {
  const text = `x${canaries.cell}x`
  for (const wrapped of [
    text,
    encodeURIComponent(`"${text}"`),
    encodeURIComponent(encodeURIComponent(`ü${text}`)),
    ...['', 'a', 'ab', 'abc'].map((before) => `x=${before}${Buffer.from(before + text).toString('base64')}`),
    Buffer.from(`{"a":"${text}"}`).toString('base64url'),
    encodeURIComponent(Buffer.from(`>>>${text}???`).toString('base64')),
    text.toUpperCase(),
  ])
    expect(readings(Buffer.from(wrapped)), wrapped).toContain(canaries.cell)
  expect(readings(Buffer.concat([Buffer.from('POST\n'), gzipSync(text)]))).toContain(canaries.cell)
  expect(readings(Buffer.from('nothing of the kind'))).not.toContain(canaries.cell)
})

describe('while sending is off, no request carries a recipient, a subject or a text', () => {
  it('of somebody who never wished for it, whatever they do', async () => {
    const { context, page, recorder } = await opened('bea')
    expect(await page.textContent('#sending-text')).not.toContain(held)
    await pressAll(page)
    await page.click('#ask')
    await page.click('nav a[hreflang=fr]')
    await says(page, '#sending-state', 'Désactivé')
    expect(await page.inputValue('#list')).toBe(list)
    await page.click('nav a[hreflang=en]')
    await says(page, '#sending-state', 'Off')
    await page.click('text=Open the add-in anew')
    await says(page, '#sending-state', 'Off')
    await pressAll(page)
    await page.close()
    const all = await recorder.all()
    expect(await recorder.carrying(words)).toEqual([])
    expect(all.map(({ what }) => what).filter((what) => /api\/(campaigns|mailboxes)/.test(what))).toEqual([])
    expect(all.filter(({ what }) => what.includes('/api/licence')).length).toBeGreaterThan(1)
    await context.close()
  })

  it('of somebody who looks at what it means, waits for Microsoft, and declines', async () => {
    const { context, page, recorder } = await opened('bea')
    await page.click('#switch-on')
    await says(page, '#consent', 'Columns that the text does not use go there as well')
    await says(page, '#consent', /deleted 7 days after the end .* 30 days after its end/)
    expect(await page.inputValue('#subject')).toContain(canaries.subject)
    await pressAll(page)
    await page.click('#not-now')
    await pressAll(page)
    const there = await toMicrosoft(context, page)
    await pressAll(page)
    await agreed(there, 'bea', 'refuse')
    await says(page, '#outcome', 'Nothing was switched on')
    await pressAll(page)
    const again = await toMicrosoft(context, page)
    await page.click('#stop-waiting')
    await page.locator('#waits').waitFor({ ...WAIT, state: 'hidden' })
    await again.close()
    await pressAll(page)
    expect(await recorder.carrying(words)).toEqual([])
    const asked = (await recorder.all()).map(({ what }) => what.replace(/^(\w+) .*\/api\//, '$1 '))
    expect(asked).toEqual(expect.arrayContaining(['GET mailboxes', 'POST mailboxes/grants']))
    await context.close()
  })

  it('of somebody who had it on, and switched it off here; and while it was on they did carry it', async () => {
    const { context, page, recorder } = await opened('amir')
    await agreed(await toMicrosoft(context, page), 'amir', 'accept')
    await page.locator('#sending-state[data-on=true]').waitFor(WAIT)
    expect(await recorder.carrying(words)).toEqual([])
    await page.click('#check')
    await page.locator('#checked').waitFor(WAIT)
    const { test, ...checked } = canaries
    const carried = await recorder.carrying(words)
    expect([...new Set(carried.map((one) => one.split(': ').at(-1)))].sort()).toEqual(Object.values(checked).sort())
    await page.fill('#test-to', `${test}@customers.example`)
    await page.click('#do-test')
    await says(page, '#tested', 'accepted')
    expect(await recorder.carrying([test])).toHaveLength(1)

    await page.click('#switch-off')
    await says(page, '#sending-state', 'Off')
    await says(page, '#sending-text', held)
    recorder.forget()
    await pressAll(page)
    await page.click('text=Open the add-in anew')
    await says(page, '#sending-state', 'Off')
    await says(page, '#sending-text', held)
    await pressAll(page)
    expect(await recorder.carrying(words)).toEqual([])
    expect((await recorder.all()).length).toBeGreaterThan(5)
    await context.close()
  })

  it('of a page that believes it is on, when it was ended elsewhere', async () => {
    const { context, page, recorder } = await opened('carla')
    await agreed(await toMicrosoft(context, page), 'carla', 'accept')
    await page.locator('#sending-state[data-on=true]').waitFor(WAIT)
    const path = `/api/mailboxes/grants/${await grantOf('carla')}`
    expect((await callAs(people.system, 'carla', { method: 'DELETE', path })).status).toBe(200)
    await page.click('#check')
    await says(page, '#sending-state', 'Off')
    await pressAll(page)
    expect(await recorder.carrying(words)).toEqual([])
    await context.close()
  })
})

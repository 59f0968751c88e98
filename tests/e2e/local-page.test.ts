import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callAs } from '../../infra/local/call-as.ts'
import { cast } from '../../infra/local/identity/cast.ts'
import { People } from '../kit/people.ts'
import { openPage, startBrowser } from './browser.ts'

const pictures = join(import.meta.dirname, '..', '..', 'docs', 'pictures')
const WAIT = { timeout: 15_000 }

let people: People
let browser: Browser
beforeAll(async () => {
  ;[people, browser] = await Promise.all([People.start(), startBrowser()])
})
afterAll(() => Promise.all([browser.close(), people.stop()]))

/** Writes a picture for the documents, when asked to. */
async function picture(page: Page, name: string): Promise<void> {
  if (!process.env.PICTURES) return
  mkdirSync(pictures, { recursive: true })
  await page.screenshot({ path: join(pictures, `${name}.png`) })
}

const open = (language: string): Promise<BrowserContext> =>
  browser.newContext({ locale: language, colorScheme: 'light', viewport: { width: 1280, height: 1000 } })

/** Waits until the list of subscriptions has this line. */
const shows = (page: Page, line: string) =>
  page
    .locator('#manage-subscription option', { hasText: line })
    .first()
    .waitFor({ ...WAIT, state: 'attached' })

/** What stands on the page as a person sees it. */
async function reads(page: Page, texts: string[]): Promise<void> {
  for (const text of texts) expect(await page.getByText(text).first().isVisible(), text).toBe(true)
}

async function manage(page: Page, name: string, deed: 'assign' | 'withdraw'): Promise<void> {
  const option = page.locator('#manage-subscription option', { hasText: `${name}:` }).first()
  await page.selectOption('#manage-person', 'olivia')
  await page.selectOption('#manage-subscription', (await option.getAttribute('value')) ?? '')
  await page.fill('#manage-addresses', 'amir@contoso.example')
  await page.click(`#manage button[value=${deed}]`)
}

describe.each([
  {
    language: 'en-GB',
    lang: 'en',
    name: 'Contoso',
    local: [
      'SecureMailMerge on this machine',
      'Try this',
      'Grant a subscription',
      'Assign',
      'Olivia Owner has 3 licences of Contoso.',
    ],
    without: ['Mails carry no footer', 'You have a licence until', 'Our open day on Thursday'],
    withFooter: ['Mails carry the footer', 'Sent with the free version of SecureMailMerge'],
  },
  {
    language: 'fr-FR',
    lang: 'fr',
    name: 'Contoso France',
    local: [
      'SecureMailMerge sur cette machine',
      'Essaie ceci',
      'Accorder un abonnement',
      'Attribuer',
      'Olivia Owner a 3 licences de',
    ],
    without: ['Les messages ne portent pas de pied de page', 'Tu as une licence', 'Notre journée portes ouvertes'],
    withFooter: ['Les messages portent le pied de page', 'Envoyé avec la version gratuite de SecureMailMerge'],
  },
])('a newcomer, by clicking alone ($language)', ({ language, lang, name, local, without, withFooter }) => {
  it('grants, assigns, sees the mail without footer, withdraws, and sees the footer again', async () => {
    const context = await open(language)
    const { page, complaints } = await openPage(context)
    await page.goto(`${people.system.origin}/local`)
    expect(await page.getAttribute('html', 'lang')).toBe(lang)
    await page.selectOption('#grant-person', 'olivia')
    await page.fill('#grant-name', name)
    await page.click('#grant button.main')
    await shows(page, `${name}: 0 / 3`)
    await manage(page, name, 'assign')
    await shows(page, `${name}: 1 / 3`)
    await reads(page, local)
    if (lang === 'en') await picture(page, 'local')

    await page.click('#as-amir')
    await page.waitForSelector('#mail:not([hidden])', WAIT)
    expect(await page.getAttribute('html', 'lang')).toBe(lang)
    expect(await page.isVisible('#footer')).toBe(false)
    await reads(page, without)
    if (lang === 'en') await picture(page, 'add-in')

    const desk = await openPage(context)
    await desk.page.goto(`${people.system.origin}/local`)
    await manage(desk.page, name, 'withdraw')
    await shows(desk.page, `${name}: 0 / 3`)
    await page.bringToFront()
    await page.click('#ask')
    await page.waitForSelector('#footer:not([hidden])', WAIT)
    expect(await page.isVisible('#footer')).toBe(true)
    await reads(page, withFooter)
    expect([...complaints, ...desk.complaints]).toEqual([])
    await context.close()
  })
})

describe('the local page', () => {
  const press = (deed: string, form: Record<string, string>, headers: Record<string, string> = {}) =>
    fetch(`${people.system.origin}/local/do/${deed}?lang=en`, {
      method: 'POST',
      body: new URLSearchParams(form),
      headers,
      redirect: 'manual',
    })

  it('lets no page of another origin press its buttons', async () => {
    const { pid } = people.system.host
    for (const origin of ['https://evil.example', people.system.addIn, 'null']) {
      const answer = await press('process', { name: 'functions-host', deed: 'kill' }, { origin })
      expect([origin, answer.status]).toEqual([origin, 403])
    }
    expect([people.system.host.state, people.system.host.pid]).toEqual(['running', pid])
  })

  it('begins and clears each fault', async () => {
    const seen: Record<string, number> = {}
    const faults = ['store_down', 'queue_refuses', 'keys_unreachable', 'queue_down', 'host_killed', 'store_throttled']
    for (const name of faults) {
      await press('fault', { name })
      const page = await (await fetch(`${people.system.origin}/local?lang=en`)).text()
      seen[name] = page.match(/aria-pressed="true"/g)?.length ?? 0
      if (name === 'queue_down') expect(page).toContain('class="stopped"')
    }
    // The fault of the queue went down with the queue.
    expect(Object.values(seen)).toEqual([1, 2, 3, 3, 4, 5])
    await press('clear', {})
    const page = await (await fetch(`${people.system.origin}/local?lang=en`)).text()
    expect(page).not.toContain('aria-pressed="true"')
    expect(Object.values(people.system.processes).map(({ state }) => state)).toEqual(Array(7).fill('running'))
  })

  it('says what did not work instead of failing', async () => {
    await press('grant', { person: 'olivia', name: 'see www.evil.example', quantity: '3', days: '30' })
    await press('clock', { step: '<script>' })
    const page = await (await fetch(`${people.system.origin}/local?lang=en`)).text()
    expect(page).toContain('Refused:')
    expect(page).toContain('That did not work:')
    expect(page).not.toContain('<script>')
  })
})

describe('the add-in page', () => {
  it('keeps its proof while the services are down, signs in again when its token has ended, and bears the clock', async () => {
    const { system } = people
    const owner = await system.sendCommand({
      command: 'grant',
      owner: { tenantId: cast.fred.tenantId, objectId: cast.fred.objectId },
      quantity: 1,
      until: new Date(system.clock.now().getTime() + 20 * 86_400_000).toISOString(),
      name: 'Fred',
      why: 'test',
    })
    const { result } = await system.waitForLog(({ messageId }) => messageId === owner)
    const { subscriptionId } = result as { subscriptionId: string }
    const path = `/api/subscriptions/${subscriptionId}/seats`
    expect((await callAs(system, 'fred', { method: 'POST', path, body: { addresses: [cast.fred.mail] } })).status).toBe(
      200,
    )

    const context = await open('en-GB')
    const { page } = await openPage(context)
    const says = (text: string) => page.locator('#answer', { hasText: text }).waitFor(WAIT)
    await page.goto(`${system.addIn}/?person=fred&lang=en`)
    await says('You have a licence until')
    await system.host.kill()
    await page.click('#ask')
    await says('The server cannot be reached. The kept proof holds until')
    expect(await page.isVisible('#footer')).toBe(false)
    await system.host.restart()

    system.clock.advance(86_400_000)
    await page.click('text=Open the add-in anew')
    await says('You have a licence until')
    const wire = await page.locator('#wire summary').allInnerTexts()
    expect(wire.filter((line) => /api\/licence → 401/.test(line))).toHaveLength(1)

    system.clock.advance(19 * 86_400_000)
    await page.click('text=Open the add-in anew')
    await says('The subscription of your licence has ended')
    expect(await page.isVisible('#footer')).toBe(true)
    await context.close()
  })

  it('tells a person who cancels the sign-in so, and asks nothing', async () => {
    const context = await open('fr-FR')
    const { page } = await openPage(context)
    await page.goto(people.system.addIn)
    await page.click('#choose')
    await page.click('button[name=cancel]')
    await page.locator('#message', { hasText: 'Cancel' }).waitFor(WAIT)
    expect(await page.isDisabled('#ask')).toBe(true)
    expect(page.url()).toBe(`${people.system.addIn}/?lang=fr`)
    await context.close()
  })
})

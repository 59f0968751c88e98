import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { callAs } from '../../infra/local/call-as.ts'
import { sayIn } from '../kit/page-texts.ts'
import { People } from '../kit/people.ts'
import { openPage, startBrowser } from './browser.ts'

const WAIT = { timeout: 20_000 }

let people: People
let browser: Browser
beforeAll(async () => {
  ;[people, browser] = await Promise.all([People.start(), startBrowser()])
})
afterAll(() => Promise.all([browser.close(), people.stop()]))

const open = (more: object = {}): Promise<BrowserContext> =>
  browser.newContext({ locale: 'en-GB', viewport: { width: 1280, height: 1000 }, ...more })

/** Presses Buy on the local page, as this person, and waits for the page of the seller. */
async function goBuying(page: Page, lang: string, person: string, quantity: number): Promise<void> {
  await page.goto(`${people.system.origin}/local?lang=${lang}`)
  await page.selectOption('#buy-person', person)
  await page.fill('#buy-name', `Shop of ${person}`)
  await page.fill('#buy-quantity', String(quantity))
  await page.click('#buy button.main')
  await page.waitForURL(/\/pay\/cs_/, WAIT)
}

const says = (page: Page, where: string, text: string | RegExp) => page.locator(where, { hasText: text }).waitFor(WAIT)
const lang = (page: Page) => page.getAttribute('html', 'lang')
/** The width of what is on the page, in pixels. */
const width = (page: Page): Promise<number> =>
  page.locator('html').evaluate((html: unknown) => (html as { scrollWidth: number }).scrollWidth)

/** Signs in on the page that the seller leads back to, where nobody is signed in yet. */
async function signIn(page: Page, lang: 'en' | 'fr', person: string): Promise<void> {
  await page
    .getByRole('main')
    .getByRole('link', { name: sayIn(lang)('sign_in_microsoft') })
    .click()
  await page.click(`button[value=${person}]`)
}

const reads = (page: Page, text: string) => page.getByText(text).first().waitFor(WAIT)

describe('somebody who buys, by clicking alone', () => {
  it('pays in French with a browser in English, takes a licence, and manages what is theirs and nothing else', async () => {
    const say = sayIn('fr')
    const context = await open()
    const { page, complaints } = await openPage(context)
    await people.grant('olivia', 3)
    await goBuying(page, 'fr', 'bea', 1)
    expect(await lang(page)).toBe('fr')
    await says(page, '#ours', "L'abonnement appartiendra à bea@contoso.example.")
    await page.click('button[value=pay]')
    await reads(page, say('confirm.sign_in_text'))
    expect(await lang(page)).toBe('fr')
    await signIn(page, 'fr', 'bea')
    await reads(page, say('confirm.ready_text', { quantity: 1, assigned: 0, name: 'Shop of bea' }))
    await page.getByRole('button', { name: say('confirm.mine') }).click()
    await reads(page, say('confirm.assigned', { address: 'bea@contoso.example' }))
    expect((await people.lookUp('bea')).json.footer).toBe(false)

    await page.getByRole('link', { name: say('confirm.others') }).click()
    await page.getByRole('heading', { name: 'Shop of bea', level: 1 }).waitFor(WAIT)
    await page.getByRole('row', { name: 'bea@contoso.example' }).first().waitFor(WAIT)
    await page
      .getByRole('link', { name: say('nav.subscriptions'), exact: true })
      .first()
      .click()
    await reads(page, say('subs.found', { count: 1 }))
    expect(complaints).toEqual([])

    await page.goto(`${people.system.origin}/local?lang=fr&person=bea`)
    await says(page, '#manage-subscription', 'Shop of bea: 1 / 1')
    await page.selectOption('#manage-person', 'olivia')
    await says(page, '#manage-subscription', 'Contoso: 0 / 3')
    await page.selectOption('#manage-person', 'fred')
    await says(page, '#manage-subscription', 'aucun : achètes-en un')
    expect(complaints).toEqual([])
    await context.close()
  })

  it('pays by debit: is told that the money takes days, and offered no licence before it is there', async () => {
    const say = sayIn('en')
    const context = await open()
    const { page, complaints } = await openPage(context)
    await goBuying(page, 'en', 'rita', 3)
    await page.check('#sepa')
    await page.click('button[value=pay]')
    await signIn(page, 'en', 'rita')
    await reads(page, say('confirm.unpaid_text'))
    await reads(page, say('confirm.about', { quantity: 3, name: 'Shop of rita' }))
    expect(await page.getByRole('button', { name: say('confirm.mine') }).count()).toBe(0)

    await page.goto(`${people.system.origin}/local?lang=en&person=rita`)
    await says(page, '#manage-subscription', 'Shop of rita: 0 / 3')
    await page.click('#manage button[value=assign]')
    await says(page, '#notes', '409 not_licensing (payment_pending)')
    expect(complaints).toEqual([])
    await context.close()
  })

  it('comes back from the page for payments to what it was about', async () => {
    const context = await open()
    const { page, complaints } = await openPage(context)
    await goBuying(page, 'en', 'carla', 2)
    await page.click('button[value=pay]')
    await signIn(page, 'en', 'carla')
    await reads(page, sayIn('en')('confirm.ready_text', { quantity: 2, assigned: 0, name: 'Shop of carla' }))
    const { body } = await callAs(people.system, 'carla', { path: '/api/subscriptions' })
    const [{ id }] = body.subscriptions
    const path = `/api/purchases/subscriptions/${id}/billing`
    const link = await callAs(people.system, 'carla', {
      ...{ method: 'POST', path, body: { what: 'billing' }, language: 'fr' },
    })
    await page.goto(link.body.url)
    expect(await lang(page)).toBe('fr')
    await page.click('a.button')
    await page.getByRole('heading', { name: 'Shop of carla', level: 1 }).waitFor(WAIT)
    expect(new URL(page.url()).pathname).toBe(`/subscriptions/${id}`)
    expect(complaints).toEqual([])
    await context.close()
  })

  it('is told which field is wrong, on the page itself', async () => {
    const context = await open()
    const { page } = await openPage(context)
    await page.goto(`${people.system.origin}/local?lang=en`)
    await page.fill('#buy-name', 'see www.evil.example')
    await page.click('#buy button.main')
    await says(page, '#notes', 'Refused: input_invalid (body.name: not_plain_text).')
    expect(page.url()).toContain('/local?lang=en')
    await context.close()
  })

  it('without script does all of that as well', async () => {
    const context = await open({ javaScriptEnabled: false })
    const page = await context.newPage()
    await people.grant('fred', 4, { name: 'Fred alone' })
    await goBuying(page, 'fr', 'amir', 1)
    await page.goto(`${people.system.origin}/local?lang=fr`)
    await page.selectOption('#manage-person', 'fred')
    await page.click('#manage noscript button')
    await says(page, '#manage-subscription', 'Fred alone: 0 / 4')
    expect([await lang(page), await page.inputValue('#manage-person')]).toEqual(['fr', 'fred'])
    await context.close()
  })
})

describe('an operator', () => {
  it('sends any command from the local page, and reads its answer there', async () => {
    const context = await open()
    const { page, complaints } = await openPage(context)
    await page.goto(`${people.system.origin}/local?lang=en`)
    await page.selectOption('#command-queue', 'purchase-webhooks-commands')
    await page.click('#command button.main')
    await says(page, '#notes', 'Done: help.')
    await page.fill('#command-text', '{"command":"refund"}')
    await page.click('#command button.main')
    await says(page, '#notes', 'Refused: command: unknown_command.')
    await page.fill('#command-text', 'not JSON')
    await page.click('#command button.main')
    await says(page, '#notes', 'That did not work:')
    expect(complaints).toEqual([])
    await context.close()
  })
})

it('fits the screen of a telephone', async () => {
  const context = await open({ viewport: { width: 360, height: 740 } })
  const { page } = await openPage(context)
  const { origin, stripe } = people.system
  for (const [address, shown] of [
    [`${origin}/local`, '#item-list'],
    [`${origin}/purchase/confirm`, 'h1'],
    [`${origin}/purchase`, 'form'],
    [`${stripe}/desk`, '#events'],
  ]) {
    for (const language of ['en', 'fr']) {
      await page.goto(`${address}?lang=${language}`)
      await page.locator(String(shown)).waitFor({ ...WAIT, state: 'attached' })
      expect(await width(page), `${address} ${language}`).toBeLessThanOrEqual(360)
    }
  }
  await context.close()
})

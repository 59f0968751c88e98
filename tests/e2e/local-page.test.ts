import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
      'Grant',
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
      'Accorder',
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

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { expect } from 'vitest'
import type { Language } from '../../functions/licence-portal/page/language/format.ts'
import type { Say } from '../../functions/licence-portal/page/language/say.ts'
import { sayIn } from '../kit/page-texts.ts'
import type { People } from '../kit/people.ts'
import { openPage } from './browser.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
// Text, because it runs in the page. Fetching styles anew would be against the policy of the page. What is left out are
// marks of the components, which pass the focus on at once.
const looked = `axe.run({ exclude: ['[data-tabster-dummy]'] }, { preload: false, resultTypes: ['violations'] })
  .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html.slice(0, 200))))`
/** An open menu belongs to its button, wherever it is drawn. */
const isOfMenu = (finding: string) => finding.startsWith('region: ') && finding.includes('fui-MenuPopover')

/** How long anything may take that a person waits for. */
export const WAIT = { timeout: 25_000 }
const MOST_TABS = 120
/** What a browser says about an answer that is no success; the answer itself is in the list as well. */
const isOfConsole = (complaint: string, status: number) =>
  complaint.startsWith(`Failed to load resource: the server responded with a status of ${status} `)

/** Whether the keyboard is there. This project's code has no types of a browser. */
export const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate(
    (one: unknown) => one === (one as { ownerDocument: { activeElement: unknown } }).ownerDocument.activeElement,
  )

/** Somebody at the page in a browser of their own, who knows its texts by their names. */
export class Visit {
  readonly page: Page
  readonly context: BrowserContext
  readonly say: Say
  readonly #complaints: string[]
  readonly #origin: string

  private constructor(origin: string, language: Language, page: Page, complaints: string[]) {
    this.#origin = origin
    this.page = page
    this.context = page.context()
    this.say = sayIn(language)
    this.#complaints = complaints
  }

  static async begin(browser: Browser, people: People, more: BrowserContextOptions & { language?: Language } = {}) {
    const { language = 'en', ...options } = more
    const viewport = { width: 1280, height: 900 }
    const locale = language === 'fr' ? 'fr-CH' : 'en-GB'
    const context = await browser.newContext({ locale, viewport, reducedMotion: 'reduce', ...options })
    context.setDefaultTimeout(WAIT.timeout)
    const { page, complaints } = await openPage(context)
    return new Visit(people.system.origin, language, page, complaints)
  }

  /** Closes the browser; nothing may have gone wrong in it but refusals of these statuses. */
  async end(...refusals: number[]): Promise<void> {
    const isMeant = (one: string) => refusals.some((status) => one.endsWith(`: ${status}`) || isOfConsole(one, status))
    await this.context.close()
    expect(this.#complaints.filter((one) => !isMeant(one))).toEqual([])
  }

  go = (path: string) => this.page.goto(this.#origin + path)
  button = (...said: Parameters<Say>) => this.page.getByRole('button', { name: this.say(...said), exact: true })
  link = (...said: Parameters<Say>) => this.page.getByRole('link', { name: this.say(...said), exact: true })
  field = (...said: Parameters<Say>) => this.page.getByLabel(this.say(...said)).first()

  /** Waits until this stands on the page. */
  reads = (...said: Parameters<Say>) => this.sees(this.say(...said))
  sees = (text: string) => this.page.getByText(text).first().waitFor(WAIT)
  heading = (name: string) => this.page.getByRole('heading', { name, exact: true, level: 1 }).waitFor(WAIT)

  /** Waits until the browser is at this path of the page. */
  at = (path: string) => this.page.waitForURL(this.#origin + path, WAIT)

  /** Nothing on the page as it stands bars anybody who sees, hears or moves differently, and it fits the screen. */
  async isAccessible(): Promise<void> {
    await this.page.evaluate(axe)
    const found = (await this.page.evaluate(looked)) as string[]
    expect(found.filter((one) => !isOfMenu(one))).toEqual([])
    expect(await this.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  }

  /** Goes there by the key Tab alone, and presses a key. */
  async press(target: Locator, key = 'Enter'): Promise<void> {
    await this.tabTo(target)
    await this.page.keyboard.press(key)
  }

  async tabTo(target: Locator): Promise<void> {
    await target.waitFor(WAIT)
    for (let tabs = 0; tabs < MOST_TABS; tabs++) {
      if (await hasFocus(target)) return
      await this.page.keyboard.press('Tab')
    }
    throw new Error(`by keyboard nobody comes to ${target}`)
  }

  /** Picks a person on the page of Microsoft, by keyboard. */
  pick = (person: string) => this.press(this.page.locator(`button[value=${person}]`))

  /** Signs in, and is at `path` then. */
  async signIn(person: string, path = '/'): Promise<void> {
    await this.go(`/sign-in?${new URLSearchParams({ returnTo: path })}`)
    await this.page.click(`button[value=${person}]`)
    await this.at(path)
  }
}

import { join } from 'node:path'
import type { Browser, BrowserContext, BrowserContextOptions, Page, Request } from 'playwright-core'
import type { CastKey } from '../../infra/local/identity/cast.ts'
import { openPage } from '../e2e/browser.ts'
import type { People } from '../kit/people.ts'
import type { Picture } from './album.ts'
import { type View, views } from './views.ts'
import type { World } from './world.ts'

/** How a page is looked at. */
export interface Look {
  name: string
  options: BrowserContextOptions
}

const desk = {
  locale: 'en-GB',
  viewport: { width: 1280, height: 900 },
  colorScheme: 'light',
  reducedMotion: 'reduce',
} as const

/** The looks that every page is taken in. */
export const looks: Look[] = [
  { name: 'light', options: desk },
  { name: 'dark', options: { ...desk, colorScheme: 'dark' } },
  { name: 'phone', options: { ...desk, viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } },
  { name: 'french', options: { ...desk, locale: 'fr-CH' } },
]

interface Taking {
  browser: Browser
  people: People
  world: World
  folder: string
  look: Look
  /** Only pages whose name holds this. */
  only: string
}

/** Takes every page in one look. A picture that could not be brought about says so instead of stopping the others. */
export async function takeAll({ browser, people, world, folder, look, only }: Taking): Promise<Picture[]> {
  const { origin } = people.system
  const contexts = new Map<CastKey | null, BrowserContext>()
  const pictures: Picture[] = []
  for (const view of views.filter(({ name }) => name.includes(only))) {
    const context = contexts.get(view.as) ?? (await browser.newContext(look.options))
    if (view.as && !contexts.has(view.as)) await signIn(context, origin, view.as)
    contexts.set(view.as, context)
    const file = `${view.name.replaceAll(/\W+/g, '-')}.${look.name}.png`
    const { page, complaints } = await openPage(context)
    await show(page, origin + view.path(world), view).catch((error: Error) => {
      complaints.push(`not brought about: ${error.message.split('\n')[0]}`)
    })
    complaints.push(...(await tooWide(page)))
    await page.screenshot({ path: join(folder, file), fullPage: !view.isWindow })
    pictures.push({ name: view.name, look: look.name, file, complaints })
    await page.close()
  }
  await Promise.all([...contexts.values()].map((context) => context.close()))
  return pictures
}

/** Signs somebody of the cast in, by clicking, in all pages of a browser's context. */
export async function signIn(context: BrowserContext, origin: string, person: CastKey): Promise<void> {
  const page = await context.newPage()
  await page.goto(`${origin}/sign-in?returnTo=%2Fit`)
  await page.click(`button[value=${person}]`)
  await page.waitForURL(`${origin}/it`)
  await page.close()
}

async function show(page: Page, address: string, { act }: View): Promise<void> {
  page.setDefaultTimeout(20_000)
  const asking = new Set<Request>()
  page.on('request', (request) => asking.add(request))
  for (const end of ['requestfinished', 'requestfailed'] as const)
    page.on(end as 'requestfinished', (request) => asking.delete(request))
  const settled = () => isQuiet(page, asking)
  await page.goto(address)
  await page.locator('main h1').waitFor()
  await settled()
  if (!act) return
  await act(page)
  await settled()
}

/** Waits until nothing has been asked for a moment: a list is read page after page. 30 s at most. */
async function isQuiet(page: Page, asking: Set<Request>): Promise<void> {
  for (let quiet = 0, tries = 0; quiet < 6 && tries < 200; tries += 1) {
    await page.waitForTimeout(150)
    quiet = asking.size === 0 ? quiet + 1 : 0
  }
}

/** What stands out of the page to the right: on a phone it would have to be pushed aside to read on. */
async function tooWide(page: Page): Promise<string[]> {
  const wide = (await page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )) as number
  return wide > 0 ? [`${wide} pixels too wide`] : []
}

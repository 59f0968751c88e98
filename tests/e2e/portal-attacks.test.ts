import type { Browser, Request } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { cast } from '../../infra/local/identity/cast.ts'
import { People } from '../kit/people.ts'
import { startBrowser } from './browser.ts'
import { Visit, WAIT } from './visit.ts'

/** Every line that a process of the system writes. */
const written: string[] = []
let people: People
let browser: Browser
beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation((...line) => void written.push(line.join(' ')))
  ;[people, browser] = await Promise.all([People.start({ quiet: false }), startBrowser()])
})
afterAll(async () => {
  await Promise.all([browser.close(), people.stop()])
  vi.restoreAllMocks()
})

const begin = (more: Parameters<typeof Visit.begin>[2] = {}) => Visit.begin(browser, people, more)
const markup = '<img src=x onerror="window.ran=1">'
/** What would be there, or have run, had a text become a part of the page. Text, because it runs in the page. */
const became = `[window.ran ?? null, document.querySelectorAll('img[src=x], [onerror]').length]`

describe('F50 what somebody wrote', () => {
  it('is a text on every page that shows it, and in what is asked before something is done', async () => {
    const id = await people.grant('olivia', 3, { name: markup })
    // The worst that is still an address: what would end an attribute, name a character, and fill a gap of our texts.
    const address = "'&lt={count}@evil.example"
    const described = { name: markup, reference: `ref ${markup}`, contact: `ask ${markup}` }
    const { status } = await people.ask('olivia', 'POST', `/api/subscriptions/${id}/details`, { body: described })
    expect(status).toBe(200)
    expect((await people.assign('olivia', id, [address, cast.amir.mail])).status).toBe(200)
    const visit = await begin()
    await visit.signIn('olivia', '/subscriptions')
    await visit.sees(`ref ${markup}`)
    expect(await visit.page.evaluate(became)).toEqual([null, 0])
    for (const tab of ['', '/quantity', '/history', '/settings']) {
      await visit.go(`/subscriptions/${id}${tab}`)
      await visit.heading(markup)
      await visit.page.waitForLoadState('networkidle')
      expect([tab, await visit.page.evaluate(became)]).toEqual([tab, [null, 0]])
      expect(await visit.page.title()).toContain(markup)
    }
    await visit.go(`/subscriptions/${id}`)
    await visit.sees(address)
    await visit.page.getByRole('button', { name: visit.say('seats.more_for', { address }) }).click()
    await visit.page.getByRole('menuitem', { name: visit.say('hand_on.act') }).click()
    await visit.reads('hand_on.text', { address })
    expect(await visit.page.evaluate(became)).toEqual([null, 0])
    await visit.end()

    // Whoever has a licence, and whoever has none, read the name and the contact.
    const reader = await begin()
    await reader.signIn('amir')
    await reader.sees(markup)
    expect(await reader.page.evaluate(became)).toEqual([null, 0])
    await reader.end()
    const other = await begin()
    await other.signIn('lee')
    await other.sees(`ask ${markup}`)
    expect(await other.page.evaluate(became)).toEqual([null, 0])
    await other.end()
  })
})

describe('F49 a frame', () => {
  it('of another page shows nothing of ours', async () => {
    const visit = await begin()
    const { addIn, origin } = people.system
    const body = `<title>Frames</title><iframe src="${origin}/"></iframe><iframe src="${addIn}/inside"></iframe>`
    await visit.context.route(`${addIn}/frames`, (route) => route.fulfill({ contentType: 'text/html', body }))
    await visit.context.route(`${addIn}/inside`, (route) => route.fulfill({ contentType: 'text/html', body: 'shown' }))
    await visit.page.goto(`${addIn}/frames`)
    const [, ours, theirs] = visit.page.frames()
    expect(await theirs?.evaluate('document.body.innerText')).toBe('shown')
    await expect.poll(() => ours?.url(), WAIT).toBe('chrome-error://chromewebdata/')
    expect(await ours?.evaluate("document.getElementById('root')")).toBe(null)
    await visit.context.close()
  })
})

describe('F19 two people at one browser', () => {
  it('the second sees nothing of the first: not by going back, not by a link, not from what is kept', async () => {
    const id = await people.grant('olivia', 3, { name: 'Only Olivias' })
    const visit = await begin()
    await visit.signIn('olivia', `/subscriptions/${id}`)
    await visit.heading('Only Olivias')
    await visit.go('/subscriptions')
    await visit.sees('Only Olivias')
    await visit.button('sign_out').click()
    await visit.heading(visit.say('home.title'))
    const seesNothing = async () =>
      expect(await visit.page.evaluate('document.body.innerText + document.title')).not.toMatch(/Olivia/)
    for (const path of ['/subscriptions', `/subscriptions/${id}`]) {
      await visit.page.goBack()
      await visit.at(path)
      await visit.reads('signed_out.title')
      await seesNothing()
    }
    await visit.signIn('fred', `/subscriptions/${id}`)
    await visit.reads('problem.not_found')
    await seesNothing()
    expect(await visit.page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toMatch(
      /Olivia/,
    )
    expect(await visit.page.evaluate('caches.keys()')).toEqual([])
    await visit.end(401, 404)
  })
})

describe('F16, F45 secrets', () => {
  it('stand in no address but the one that Microsoft sends them to, in no referrer, and in no line that is logged', async () => {
    const visit = await begin()
    const asked: Request[] = []
    visit.context.on('request', (request) => asked.push(request))
    await visit.signIn('bea', '/purchase')
    await visit.reads('purchase.owner', { owner: cast.bea.mail })
    await visit.go('/it')
    await visit.heading(visit.say('it.title'))
    const [cookie] = await visit.context.cookies()
    const back = asked.find((request) => request.url().includes('/api/session/callback?'))
    const query = new URL(back?.url() ?? 'http://none/').searchParams
    const secrets = [cookie?.value, query.get('code'), query.get('state')]
    expect(secrets.map((one) => (one?.length ?? 0) > 20)).toEqual([true, true, true])
    const isTold = (text: string | undefined) => secrets.some((secret) => text?.includes(String(secret)))
    const authorize = (url: string) => url.startsWith(people.system.identity)
    const addresses = asked.map((request) => request.url())
    expect(addresses.filter((url) => isTold(url) && url !== back?.url() && !authorize(url))).toEqual([])
    const referrers = await Promise.all(asked.map((request) => request.headerValue('referer')))
    expect(referrers.filter((one) => isTold(one ?? undefined))).toEqual([])
    expect(await visit.page.evaluate('document.referrer')).toBe('')
    // The session itself goes to Microsoft in no way.
    expect(addresses.filter((url) => url.includes(String(cookie?.value)))).toEqual([])
    await expect.poll(() => written.length, WAIT).toBeGreaterThan(0)
    expect(written.filter(isTold)).toEqual([])
    await visit.end()
  })
})

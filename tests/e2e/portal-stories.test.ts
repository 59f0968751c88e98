import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Language } from '../../functions/licence-portal/page/language/format.ts'
import { cast } from '../../infra/local/identity/cast.ts'
import { People } from '../kit/people.ts'
import { startBrowser } from './browser.ts'
import { hasFocus, Visit, WAIT } from './visit.ts'

const minute = 60_000
const both: Language[] = ['en', 'fr']

let people: People
let browser: Browser
beforeAll(async () => {
  ;[people, browser] = await Promise.all([People.start(), startBrowser()])
})
afterAll(() => Promise.all([browser.close(), people.stop()]))

const begin = (more: Parameters<typeof Visit.begin>[2] = {}) => Visit.begin(browser, people, more)

/** English at a desk, by day; French on a telephone, in the dark. */
const as = (language: Language) =>
  language === 'en' ? { language } : { language, colorScheme: 'dark' as const, viewport: { width: 360, height: 740 } }

/** How the seller's events are delivered. */
const deliver = (how: object) =>
  fetch(`${people.system.stripe}/_local/deliver`, {
    ...{ method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(how) },
  })

/** A subscription that this person has bought, without the page. */
async function bought(person: 'kim' | 'carla', quantity: number): Promise<string> {
  const body = { name: `Shop of ${person}`, quantity, interval: 'yearly' }
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const { json } = await people.ask(person, 'POST', '/api/purchases/checkout', { body, headers })
  const paid = new URLSearchParams({ seen: String(quantity) })
  await fetch(json.url, { method: 'POST', redirect: 'manual', body: paid })
  const intent = () => people.ask(person, 'GET', `/api/purchases/intents/${json.intent}`)
  await expect.poll(async () => (await intent()).json.state, WAIT).toBe('arrived')
  return (await intent()).json.subscription.id
}

describe('My licence', () => {
  it.each(both)(
    'P01 by keyboard alone: comes, signs in, and reads whether there is a licence, and why (%s)',
    async (language) => {
      const person = language === 'en' ? 'amir' : 'fred'
      const visit = await begin(as(language))
      await visit.go('/')
      await visit.heading(visit.say('home.title'))
      await visit.isAccessible()
      await visit.press(visit.page.locator('main').getByRole('link', { name: visit.say('sign_in_microsoft') }))
      await visit.pick(person)
      await visit.heading(visit.say('licence.title'))
      await visit.reads('licence.no')
      await visit.reads('licence.advice.free')
      await visit.isAccessible()

      const id = await people.grant('olivia', 1, { name: `Sales ${language}` })
      await people.assign('olivia', id, [cast[person].mail])
      await visit.page.reload()
      await visit.reads('licence.yes')
      await visit.reads('licence.no_footer')
      await visit.sees(`Sales ${language}`)
      await visit.isAccessible()
      await visit.end()
    },
  )
})

describe('Buying', () => {
  it.each(both)('P02 by keyboard alone: orders, signs in, pays, waits, takes a licence (%s)', async (language) => {
    const person = language === 'en' ? 'bea' : 'rita'
    const visit = await begin(as(language))
    await visit.go('/purchase')
    await visit.heading(visit.say('purchase.title'))
    await visit.tabTo(visit.field('purchase.quantity'))
    await visit.page.keyboard.press('ControlOrMeta+A')
    await visit.page.keyboard.type('12')
    await visit.tabTo(visit.field('purchase.name'))
    await visit.page.keyboard.type('Key Ltd')
    await visit.isAccessible()
    await visit.press(visit.page.locator('main').getByRole('link', { name: visit.say('sign_in_microsoft') }))
    await visit.pick(person)
    await visit.at('/purchase')
    await visit.reads('purchase.owner', { owner: cast[person].mail })
    expect(await visit.field('purchase.quantity').inputValue()).toBe('12')
    await visit.isAccessible()

    await deliver({ hold: true })
    await visit.press(visit.button('purchase.pay'))
    await visit.page.waitForURL(/\/pay\/cs_/, WAIT)
    await visit.press(visit.page.locator('button[value=pay]'))
    await visit.heading(visit.say('confirm.title'))
    await visit.page.getByRole('progressbar').waitFor(WAIT)
    await visit.isAccessible()
    await deliver({ hold: false })
    await visit.reads('confirm.ready_text', { quantity: 12, assigned: 0, name: 'Key Ltd' })
    await visit.reads('confirm.none_yet')
    await visit.isAccessible()
    await visit.press(visit.button('confirm.mine'))
    await visit.reads('confirm.assigned', { address: cast[person].mail })
    await visit.isAccessible()
    expect((await people.lookUp(person)).json).toMatchObject({ code: 'licensed', footer: false })
    await visit.end()
  })
})

describe('Subscriptions', () => {
  it.each(both)('P03 by keyboard alone: finds one among several, and opens it (%s)', async (language) => {
    const person = language === 'en' ? 'fred' : 'pat'
    for (const name of ['Alpha', 'Beta', 'Gamma']) await people.grant(person, 3, { name: `${name} ${language}` })
    const visit = await begin(as(language))
    await visit.signIn(person, '/subscriptions')
    await visit.reads('subs.found', { count: 3 })
    await visit.isAccessible()
    await visit.tabTo(visit.field('subs.search'))
    await visit.page.keyboard.type('beta')
    await visit.reads('subs.found', { count: 1 })
    await visit.press(visit.page.getByRole('link', { name: `Beta ${language}`, exact: true }))
    await visit.heading(`Beta ${language}`)
    await visit.reads('none.title')
    await visit.isAccessible()
    for (const tab of ['tab.quantity', 'tab.history', 'tab.settings'] as const) {
      await visit.press(visit.link(tab))
      await visit.page.locator('[aria-current=page]', { hasText: visit.say(tab) }).waitFor(WAIT)
      await visit.page.waitForLoadState('networkidle')
      await visit.isAccessible()
    }
    await visit.end()
  })

  it('P04 assigns a pasted list of 95 lines, with what is wrong in it, and sees how far it is', async () => {
    const id = await people.grant('olivia', 200, { name: 'Pasted' })
    const good = Array.from({ length: 91 }, (_, n) => `p${n}@pasted.example`)
    const lines = [
      ...good.slice(0, 50),
      'nobody',
      'P3@Pasted.example',
      '"Doe, Jane" <jane@pasted.example>',
      'a@b',
      ...good.slice(50),
    ]
    const visit = await begin()
    await visit.signIn('olivia', `/subscriptions/${id}`)
    await visit.button('assign.title').first().click()
    await visit.field('assign.addresses').fill(lines.join('\n'))
    await visit.reads('assign.count', { count: 92, free: 200 })
    expect(lines).toHaveLength(95)
    expect(await visit.page.getByText(visit.say('fault.not_an_address'), { exact: true }).count()).toBe(2)
    await visit.isAccessible()
    // The second call waits, so that what is said in between can be read.
    let calls = 0
    let goOn = () => {}
    const held = new Promise<void>((resolve) => {
      goOn = resolve
    })
    await visit.page.route('**/seats', async (route) => {
      if (route.request().method() === 'POST' && ++calls === 2) await held
      await route.continue()
    })
    await visit.button('assign.act', { count: 92 }).click()
    await visit.reads('run.so_far', { name: visit.say('assign.running'), done: 90, total: 92 })
    await visit.isAccessible()
    goOn()
    await visit.reads('assign.done', { assigned: 92 })
    await visit.isAccessible()
    const { json } = await people.ask('olivia', 'GET', `/api/subscriptions/${id}`)
    expect(json.assigned).toBe(92)
    // What was wrong stays in the box.
    expect((await visit.field('assign.addresses').inputValue()).split('\n').sort()).toEqual(['a@b', 'nobody'])
    await visit.end()
  })

  it.each(both)('P05 by keyboard alone: withdraws a licence, and undoes it (%s)', async (language) => {
    const person = language === 'en' ? 'carla' : 'lee'
    const id = await people.grant('olivia', 2, { name: `Undo ${language}` })
    await people.assign('olivia', id, [cast[person].mail])
    const visit = await begin(as(language))
    await visit.signIn('olivia', `/subscriptions/${id}`)
    await visit.press(
      visit.page.getByRole('checkbox', { name: visit.say('seats.select', { address: cast[person].mail }) }),
      'Space',
    )
    await visit.press(visit.button('withdraw.act'))
    await visit.reads('withdraw.done', { count: 1 })
    await visit.isAccessible()
    expect((await people.lookUp(person)).json.footer).toBe(true)
    await visit.press(visit.button('undo.act'))
    await visit.reads('undo.done', { count: 1 })
    expect((await people.lookUp(person)).json.footer).toBe(false)
    await visit.end()
  })

  it('P06 hands a licence on, by keyboard alone', async () => {
    const id = await people.grant('olivia', 1, { name: 'Handed' })
    await people.assign('olivia', id, ['old@handed.example'])
    const visit = await begin()
    await visit.signIn('olivia', `/subscriptions/${id}`)
    await visit.tabTo(visit.page.locator('tr[tabindex="0"]').first())
    await visit.press(
      visit.page.getByRole('button', { name: visit.say('seats.more_for', { address: 'old@handed.example' }) }),
    )
    const item = visit.page.getByRole('menuitem', { name: visit.say('hand_on.act') })
    await item.waitFor(WAIT)
    await visit.isAccessible()
    for (let n = 0; n < 5 && !(await hasFocus(item)); n++) await visit.page.keyboard.press('ArrowDown')
    await visit.page.keyboard.press('Enter')
    await visit.tabTo(visit.page.getByLabel(visit.say('hand_on.to')))
    await visit.page.keyboard.type('new@handed.example')
    await visit.isAccessible()
    await visit.press(visit.page.getByRole('dialog').getByRole('button', { name: visit.say('hand_on.act') }))
    await visit.reads('hand_on.assigned', { from: 'old@handed.example', to: 'new@handed.example' })
    await visit.isAccessible()
    await visit.press(visit.page.getByRole('dialog').getByRole('button', { name: visit.say('dialog.close') }))
    await visit.page.getByRole('gridcell', { name: 'new@handed.example' }).first().waitFor(WAIT)
    await visit.end()
  })

  it('P07 buys more: sees what it costs, shows once more who it is, and it goes on by itself', async () => {
    const id = await bought('kim', 2)
    const visit = await begin()
    await visit.signIn('kim', `/subscriptions/${id}/quantity`)
    people.advance(11 * minute)
    await visit.field('quantity.wanted').fill('5')
    await visit.reads('quantity.counts_when_paid')
    await visit.isAccessible()
    await visit.button('quantity.buy', { count: 3 }).click()
    await visit.reads('again.not_fresh')
    await visit.isAccessible()
    const opened = visit.context.waitForEvent('page')
    await visit.page
      .getByRole('dialog')
      .getByRole('link', { name: visit.say('sign_in_microsoft') })
      .click()
    await (await opened).click('button[value=kim]')
    await visit.reads('quantity.done', { count: 5 })
    await visit.isAccessible()
    expect((await people.ask('kim', 'GET', `/api/subscriptions/${id}`)).json.quantity).toBe(5)
    await visit.end(403)
  })

  it.each(both)('P08 a name that is refused goes back, and it is said why (%s)', async (language) => {
    const id = await people.grant('olivia', 1, { name: `Named ${language}` })
    const visit = await begin(as(language))
    await visit.signIn('olivia', `/subscriptions/${id}/settings`)
    const name = visit.page.locator('input[name=name]')
    await name.fill('see www.evil.example')
    await visit.button('settings.save').click()
    await visit.reads('settings.wrong.not_plain_text')
    await visit.reads('settings.still_here')
    await visit.isAccessible()
    expect(await name.inputValue()).toBe('see www.evil.example')
    await visit.heading(`Named ${language}`)
    await name.fill(`Renamed ${language}`)
    await visit.button('settings.save').click()
    await visit.reads('settings.saved')
    await visit.heading(`Renamed ${language}`)
    expect((await people.ask('olivia', 'GET', `/api/subscriptions/${id}`)).json.name).toBe(`Renamed ${language}`)
    await visit.end(400)
  })
})

describe('Anybody', () => {
  it.each(both)('P09 who works in IT reads what has to be let through, without a sign-in (%s)', async (language) => {
    const visit = await begin(as(language))
    await visit.go('/it')
    await visit.heading(visit.say('it.title'))
    for (const title of ['it.firewall', 'it.permissions', 'it.consent', 'it.stored'] as const)
      await visit.page.getByRole('heading', { name: visit.say(title), exact: true }).waitFor(WAIT)
    expect(await visit.page.getAttribute('html', 'lang')).toBe(language)
    await visit.isAccessible()
    expect(await visit.context.cookies()).toEqual([])
    await visit.end()
  })

  it('P10 signs out: this browser knows nobody any more, and another one goes on', async () => {
    const [here, there] = [await begin(), await begin()]
    await here.signIn('olivia')
    await there.signIn('olivia')
    await here.press(here.button('sign_out'))
    await here.heading(here.say('home.title'))
    expect(await here.context.cookies()).toEqual([])
    await there.page.reload()
    await there.heading(there.say('licence.title'))
    await here.end()
    await there.end()
  })

  it.each(both)('P11 opens a link while signed out, signs in, and is at it (%s)', async (language) => {
    const id = await people.grant('olivia', 1, { name: `Linked ${language}` })
    const visit = await begin(as(language))
    await visit.go(`/subscriptions/${id}`)
    await visit.reads('signed_out.title')
    await visit.isAccessible()
    await visit.press(visit.page.locator('main').getByRole('link', { name: visit.say('sign_in_microsoft') }))
    await visit.pick('olivia')
    await visit.at(`/subscriptions/${id}`)
    await visit.heading(`Linked ${language}`)
    await visit.press(visit.button('sign_out'))
    await visit.heading(visit.say('home.title'))

    await visit.go(`/subscriptions/${id}/history`)
    await visit.press(visit.link('sign_in'))
    await visit.pick('olivia')
    await visit.at(`/subscriptions/${id}/history`)
    await visit.reads('history.granted', { count: 1 })
    await visit.isAccessible()
    await visit.end()
  })
})

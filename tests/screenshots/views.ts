import type { Page } from 'playwright-core'
import type { CastKey } from '../../infra/local/identity/cast.ts'
import type { World } from './world.ts'

/** A page in a state that is worth looking at. */
export interface View {
  name: string
  /** Nobody: signed out. */
  as: CastKey | null
  path: (world: World) => string
  /** Brings it about, once the page is there. */
  act?: (page: Page) => Promise<void>
  /** Whether the picture is of the window alone: a dialog stands in its middle. */
  isWindow?: boolean
}

const none = () => '/'
const at =
  (which: keyof World, tab = '') =>
  (world: World) =>
    `/subscriptions/${world[which]}${tab}`
const click =
  (selector: string, index = 0) =>
  (page: Page) =>
    page.locator(selector).nth(index).click()
const pasted =
  'Zoe Zahn <zoe.zahn@contoso.example>, anna.adam@contoso.example; nobody\nzoe.zahn@contoso.example\nyann@contoso.example'

const dialog = 'div[role=dialog], div[role=alertdialog]'

async function pick(page: Page, count: number, button: number): Promise<void> {
  for (let index = 0; index < count; index += 1) await page.locator('tbody input[type=checkbox]').nth(index).check()
  await page.locator('main').getByRole('button').filter({ hasNotText: '⋯' }).nth(button).click()
}

const paste = async (page: Page) => {
  await page.locator('main').getByRole('button').filter({ hasNotText: '⋯' }).nth(0).click()
  await page.locator(`${dialog} >> textarea`).fill(pasted)
}

const withQuantity = (quantity: string) => async (page: Page) => {
  await page.locator('input[type=number]').fill(quantity)
  // It is looked up when nothing more is typed.
  await page.waitForTimeout(800)
}

/** Every page, and the states that differ. */
export const views: View[] = [
  { name: 'home, signed out', as: null, path: none },
  { name: 'home, licensed', as: 'amir', path: none },
  { name: 'home, free', as: 'fred', path: none },
  { name: 'home, not confirmed', as: 'pat', path: none },
  { name: 'subscriptions, signed out', as: null, path: () => '/subscriptions' },
  { name: 'subscriptions, none', as: 'fred', path: () => '/subscriptions' },
  { name: 'subscriptions, some', as: 'olivia', path: () => '/subscriptions' },
  { name: 'subscriptions, 500', as: 'rita', path: () => '/subscriptions', isWindow: true },
  {
    ...{ name: 'subscriptions, found', as: 'rita', path: () => '/subscriptions', isWindow: true },
    act: (page) => page.locator('main input').first().fill('favre'),
  },
  { name: 'licences', as: 'olivia', path: at('large') },
  { name: 'licences, menu', as: 'olivia', path: at('large'), isWindow: true, act: click('tbody button', 1) },
  { name: 'licences, assign', as: 'olivia', path: at('large'), isWindow: true, act: paste },
  { name: 'licences, withdraw', as: 'olivia', path: at('large'), isWindow: true, act: (page) => pick(page, 4, 1) },
  { name: 'licences, hand on', as: 'olivia', path: at('large'), isWindow: true, act: (page) => pick(page, 1, 2) },
  { name: 'licences, none yet', as: 'olivia', path: at('ending') },
  { name: 'licences, over quantity', as: 'olivia', path: at('over') },
  { name: 'licences, past due', as: 'olivia', path: at('unpaid') },
  { name: 'licences, ended', as: 'olivia', path: at('over_for_good') },
  {
    ...{ name: 'licences, 5,000', as: 'rita', path: at('huge'), isWindow: true },
    act: async (page) => {
      // Text, because it runs in the page: this project's code has no types of a browser.
      await page.evaluate(`
        const scrolls = (one) => one.scrollHeight > one.clientHeight + 200 ? one : scrolls(one.parentElement)
        scrolls(document.querySelector('table').parentElement).scrollTop = 60_000`)
    },
  },
  { name: 'quantity', as: 'olivia', path: at('large', '/quantity') },
  { name: 'quantity, more', as: 'olivia', path: at('large', '/quantity'), act: withQuantity('420') },
  { name: 'quantity, fewer', as: 'olivia', path: at('large', '/quantity'), act: withQuantity('390') },
  { name: 'quantity, too few', as: 'olivia', path: at('large', '/quantity'), act: withQuantity('200') },
  { name: 'quantity, past due', as: 'olivia', path: at('unpaid', '/quantity'), act: withQuantity('9') },
  { name: 'quantity, cancelled', as: 'olivia', path: at('ending', '/quantity') },
  { name: 'quantity, granted', as: 'rita', path: at('sold', '/quantity') },
  {
    ...{ name: 'quantity, cancel', as: 'olivia', path: at('large', '/quantity'), isWindow: true },
    act: (page) => page.locator('main').getByRole('button').last().click(),
  },
  { name: 'invoices', as: 'olivia', path: at('unpaid', '/invoices') },
  { name: 'history', as: 'olivia', path: at('large', '/history') },
  { name: 'settings', as: 'olivia', path: at('large', '/settings') },
  {
    ...{ name: 'settings, wrong', as: 'olivia', path: at('large', '/settings') },
    act: async (page) => {
      await page.locator('main input').first().fill('')
      await page.locator('main').getByRole('button').last().click()
    },
  },
  { name: 'subscription, not there', as: 'fred', path: at('large') },
  { name: 'buy, signed out', as: null, path: () => '/purchase' },
  { name: 'buy', as: 'bea', path: () => '/purchase' },
  { name: 'buy, again', as: 'olivia', path: () => '/purchase' },
  { name: 'purchase, which', as: 'olivia', path: () => '/purchase/confirm' },
  { name: 'for IT, signed out', as: null, path: () => '/it' },
  { name: 'for IT', as: 'olivia', path: () => '/it' },
  { name: 'nothing here', as: null, path: () => '/it/nowhere' },
  { name: 'sign-in refused', as: null, path: () => '/sign-in?refused=admin_consent_needed&returnTo=%2F' },
  { name: 'signed in', as: 'amir', path: () => '/sign-in/done' },
  {
    ...{ name: 'signed out meanwhile', as: 'carla', path: () => '/purchase', isWindow: true },
    act: async (page) => {
      await page.context().clearCookies()
      await page.locator('form input:not([type=radio])').nth(1).fill('Contoso sales')
      await page.locator('form button[type=submit]').click()
      await page.locator(dialog).waitFor()
    },
  },
]

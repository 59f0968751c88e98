import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { People } from '../kit/people.ts'
import { openPage, startBrowser } from './browser.ts'

let people: People
let browser: Browser
beforeAll(async () => {
  ;[people, browser] = await Promise.all([People.start(), startBrowser()])
})
afterAll(() => Promise.all([browser.close(), people.stop()]))

// Texts, because they run in the page: this project's code has no types of a browser.
const post = (path: string, body: object) =>
  `fetch('${path}', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '${JSON.stringify(body)}' }).then((it) => it.json())`
const kept = 'JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])'

describe('F16, F50 a real browser', () => {
  it('keeps the cookie for this host alone, shows it to no script and to no other page, and gives it up', async () => {
    const context = await browser.newContext({ locale: 'fr-CH' })
    const { page, complaints } = await openPage(context)
    await page.goto(`${people.system.origin}/it`)
    const { url } = (await page.evaluate(post('/api/session/sign-in', { returnTo: '/it?a=b' }))) as { url: string }
    await page.goto(url)
    await page.click('button[value=olivia]')
    await page.waitForURL(`${people.system.origin}/it?a=b`)

    expect(await context.cookies()).toEqual([
      {
        ...{ name: '__Host-session', value: expect.stringMatching(/^[\w-]{43}$/), domain: 'localhost', path: '/' },
        ...{ expires: -1, httpOnly: true, secure: true, sameSite: 'Lax' },
      },
    ])
    expect(await page.evaluate(`fetch('/api/session').then((it) => it.json())`)).toMatchObject({
      ...{ signedIn: true, name: 'Olivia Owner' },
    })
    expect(await page.evaluate(kept)).not.toMatch(/__Host|eyJ|contoso/)

    // The add-in page is another origin of the same site: a cookie would go along, so the service looks where it is from.
    const other = await context.newPage()
    await other.goto(people.system.addIn)
    const asked = `fetch('${people.system.origin}/api/subscriptions', { credentials: 'include' }).then(() => 'read', () => 'kept')`
    expect(await other.evaluate(asked)).toBe('kept')
    await other.close()

    expect(await page.evaluate(post('/api/session/sign-out', {}))).toMatchObject({ signedIn: false, ended: 1 })
    expect(await context.cookies()).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  })

  it('does nothing for a script or a style that stands in a text', async () => {
    const context = await browser.newContext()
    const { page, complaints } = await openPage(context)
    await page.goto(`${people.system.origin}/it`)
    const tried = await page.evaluate(`
      const made = document.createElement('script')
      try { made.textContent = 'window.ran = 1'; document.head.append(made) } catch {}
      try { document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.ran = 1">') } catch {}
      const style = document.createElement('style')
      style.textContent = 'body { display: none }'
      document.head.append(style)
      window.ran ?? getComputedStyle(document.body).display`)
    expect(tried).not.toBe(1)
    expect(tried).not.toBe('none')
    const forbidden = () => complaints.filter((one) => one.startsWith('policy:'))
    await expect.poll(forbidden).toEqual(expect.arrayContaining(['policy: style-src-elem inline']))
    expect(forbidden().some((one) => /require-trusted-types-for|script-src/.test(one))).toBe(true)
    await context.close()
  })
})

import { compile, isTemplate } from '@securemailmerge/shared/merging/template/compile'
import { type Footer, footerIn } from '@securemailmerge/shared/merging/template/footer'
import { render } from '@securemailmerge/shared/merging/template/render'
import fc from 'fast-check'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hostileValues, swallowing } from '../fuzz/hostile.ts'
import { startBrowser } from './browser.ts'

let browser: Browser
let page: Page
const asked: string[] = []
beforeAll(async () => {
  browser = await startBrowser()
  page = await browser.newPage({ viewport: { width: 800, height: 600 }, javaScriptEnabled: true })
  await page.route('**', (route) => {
    asked.push(route.request().url())
    return route.abort()
  })
})
afterAll(() => browser.close())

/** What a reader sees of the last element: its box, its words, and how its colours differ where its words stand. */
interface Seen {
  width: number
  height: number
  top: number
  words: string
  contrast: number
  linkContrast: number
  onTop: boolean
}

/** Text, because it runs in the page: this project's code has no types of a browser. */
const look = `(() => {
  const footer = document.body.lastElementChild
  const link = footer.querySelector('a')
  footer.scrollIntoView({ block: 'center' })
  const box = footer.getBoundingClientRect()
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number)
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((c) => c / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const contrast = (element) => {
    const { color, backgroundColor } = getComputedStyle(element)
    if (parts(color)[3] === 0 || parts(backgroundColor)[3] === 0) return 1
    const [a, b] = [light(color), light(backgroundColor)].sort((one, other) => other - one)
    return (a + 0.05) / (b + 0.05)
  }
  const range = document.createRange()
  range.selectNodeContents(footer)
  const words = [...range.getClientRects()].filter((rect) => rect.width > 0 && rect.height > 0)
  const middles = words.map((rect) => [rect.left + rect.width / 2, rect.top + rect.height / 2])
  // Beside its words too: a picture behind them would be seen there.
  const edges = [[box.left + 1, box.top + 1], [box.left + 199, box.top + 1], [box.left + 1, box.bottom - 1]]
  const onTop = words.length > 0 && [...middles, ...edges].every(([x, y]) => {
    const there = document.elementFromPoint(x, y)
    return there === footer || there === link
  })
  return { width: box.width, height: box.height, top: box.top + scrollY, words: footer.innerText.trim(), contrast: contrast(footer), linkContrast: contrast(link), onTop }
})()`

async function seen(html: string, fields: Record<string, string>, footer: Footer): Promise<Seen | null> {
  const template = compile('', html)
  if (!isTemplate(template)) return null
  const to = { address: 'a@x.example', name: null }
  const mail = render(template, { row: 1, to, cc: [], bcc: [], fields }, { footer })
  if ('problem' in mail) return null
  await page.setContent(mail.html, { waitUntil: 'domcontentloaded' })
  return page.evaluate<Seen>(look)
}

function isThere(found: Seen | null, footer: Footer, html: string): void {
  expect(found?.words, html).toBe(footer.text)
  expect(found?.width, html).toBeGreaterThanOrEqual(200)
  expect(found?.height, html).toBeGreaterThanOrEqual(10)
  expect(found?.top, html).toBeGreaterThanOrEqual(0)
  expect(found?.contrast, html).toBeGreaterThanOrEqual(3)
  expect(found?.linkContrast, html).toBeGreaterThanOrEqual(3)
  expect(found?.onTop, html).toBe(true)
}

describe('the footer of the free version, in a real browser', () => {
  it.each(swallowing)('is seen after %s', async (_, html) => {
    for (const footer of [footerIn('en'), footerIn('fr')]) isThere(await seen(html, {}, footer), footer, html)
  })

  it('is seen after two of them, in any order, with hostile values', async () => {
    const footer = footerIn('en')
    const some = fc.constantFrom(...swallowing.map(([, html]) => html))
    const value = fc.constantFrom(...hostileValues.filter((one) => one.trim() !== ''))
    let looked = 0
    await fc.assert(
      fc.asyncProperty(some, some, value, async (one, other, First) => {
        for (const html of [`<p>{{First}}</p>${one}${other}`, `${one}${other}`]) {
          const found = await seen(html, { First }, footer)
          if (!found) continue
          looked++
          isThere(found, footer, html)
        }
      }),
      { numRuns: 150 },
    )
    expect(looked).toBeGreaterThan(200)
  })

  it('is seen whatever styles a template has that its cleaning lets through', async () => {
    const footer = footerIn('en')
    const length = fc.constantFrom('0', '1px', '900px', '99999px', '50%', 'auto', '-900px', '.5em')
    const sides = fc.constantFrom('', '-top', '-bottom', '-left', '-right')
    const declaration = fc.oneof(
      fc
        .tuple(fc.constantFrom('margin', 'padding'), sides, length)
        .map(([name, side, size]) => `${name}${side}:${size}`),
      fc
        .tuple(
          fc.constantFrom('width', 'height', 'max-width', 'max-height', 'line-height', 'font-size', 'text-indent'),
          length,
        )
        .map((both) => both.join(':')),
      fc
        .tuple(
          fc.constantFrom('display'),
          fc.constantFrom('none', 'flex', 'grid', 'contents', 'table-cell', 'inline-block', 'list-item', 'flow-root'),
        )
        .map((both) => both.join(':')),
      fc.constantFrom(
        'float:left',
        'float:right',
        'overflow:hidden',
        'visibility:hidden',
        'opacity:0',
        'color:#fff',
        'background:#000',
        'direction:rtl',
        'white-space:nowrap',
        'position:absolute',
        'z-index:9',
      ),
    )
    const styles = fc.array(declaration, { minLength: 1, maxLength: 5 }).map((all) => all.join(';'))
    const tag = fc.constantFrom('div', 'p', 'span', 'td', 'table', 'h1', 'ul', 'li', 'a', 'b')
    const open = fc.tuple(tag, styles).map(([name, style]) => `<${name} style="${style}">text`)
    const rule = fc
      .tuple(fc.constantFrom('*', 'div', 'a', 'body', 'p', '.x', 'div.x', 'table'), styles)
      .map(([name, style]) => `<style>${name}{${style}}</style>`)
    const image = fc.constant('<img width="300" height="300" align="left" src="cid:x" style="background:#000">')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(open, rule, image), { minLength: 1, maxLength: 6 }), async (all) => {
        const html = all.join('')
        isThere(await seen(html, {}, footer), footer, html)
      }),
      { numRuns: 250 },
    )
  })

  it('asks nobody for anything but the pictures of the template', () => {
    expect(asked.filter((url) => !url.startsWith('https://pictures.example/') && !url.startsWith('cid:'))).toEqual([])
  })
})

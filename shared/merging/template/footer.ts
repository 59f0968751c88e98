import en from '../../languages/mail.en.json' with { type: 'json' }
import fr from '../../languages/mail.fr.json' with { type: 'json' }
import type { Language } from '../../licensing/answer.ts'
import { sheetOf } from './styles.ts'
import { attribute, isElement, isText, nodesIn, pageOf } from './tree.ts'

/** The footer of the free version. */
export interface Footer {
  text: string
  html: string
}

const PRODUCT = 'SecureMailMerge'
const SITE = 'https://www.securemailmerge.com/'

// Each property that anything around it could give it is named, and nothing can be put over it.
const block = [
  'all:initial;display:block;visibility:visible;opacity:1;position:relative;z-index:2147483647;clear:both;float:none',
  'box-sizing:border-box;width:auto;min-width:200px;max-width:none;height:auto;min-height:20px;max-height:none',
  'overflow:visible;margin:16px 0 0 0;padding:8px 0;border:0;background:#ffffff;color:#595959;direction:ltr',
  'font-family:Arial,sans-serif;font-size:12px;font-style:normal;font-weight:normal;line-height:18px',
  'letter-spacing:normal;text-align:left;text-decoration:none;text-indent:0;text-transform:none;white-space:normal',
]
const link = [
  'display:inline;visibility:visible;opacity:1;position:static;color:#0b5394;background:#ffffff;font-size:12px',
  'line-height:18px;text-decoration:underline',
]
const important = (style: string[]): string =>
  style
    .flatMap((line) => line.split(';'))
    .map((one) => `${one}!important`)
    .join(';')

function footerOf(sentence: string): Footer {
  const named = `<a href="${SITE}" style="${important(link)}">${PRODUCT}</a>`
  return {
    text: sentence.replace('{product}', PRODUCT),
    html: `<div style="${important(block)}">${sentence.replace('{product}', named)}</div>`,
  }
}

const footers = { en: footerOf(en.footer), fr: footerOf(fr.footer) } satisfies Record<Language, Footer>

/** The footer in a language. */
export const footerIn = (language: Language): Footer => footers[language]

/** The footers there are. */
export const everyFooter: Footer[] = Object.values(footers)

/**
 * Whether a reader of this mail sees the footer: it is the last thing in it, in nothing that could hide it, with its
 * own words and looks, and no style rule can mean it (F31).
 */
export function showsFooter(html: string, { text, html: written }: Footer): boolean {
  const page = pageOf(html)
  if ('fault' in page) return false
  const { document, root, body } = page
  const last = body.childNodes.at(-1)
  const expected = pageOf(written)
  const same = 'body' in expected && expected.body.childNodes[0]
  if (!last || !isElement(last) || !same || !isElement(same)) return false
  const words = [...nodesIn(last)].filter(isText).map(({ value }) => value)
  const styles = [...nodesIn(document)].filter(isElement).filter(({ tagName }) => tagName === 'style')
  const sheets = styles.map(({ childNodes }) =>
    childNodes
      .filter(isText)
      .map(({ value }) => value)
      .join(''),
  )
  return (
    words.join('') === text &&
    last.attrs.length === 1 &&
    attribute(last, 'style') === attribute(same, 'style') &&
    root.attrs.length + body.attrs.length === 0 &&
    sheets.every((sheet) => sheet === sheetOf(sheet))
  )
}

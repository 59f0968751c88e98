import { compile } from '@securemailmerge/shared/merging/template/compile'
import { footerIn, showsFooter } from '@securemailmerge/shared/merging/template/footer'
import { render } from '@securemailmerge/shared/merging/template/render'
import { sheetOf } from '@securemailmerge/shared/merging/template/styles'
import { describe, expect, it } from 'vitest'
import { hostileValues, swallowing } from '../../fuzz/hostile.ts'
import { fuzzTemplates } from '../../fuzz/templates.ts'
import { aRow, aTemplate } from './rendering.ts'

const [english, french] = [footerIn('en'), footerIn('fr')]

function mailOf(html: string, fields: Record<string, string> = {}, footer = english): string {
  const mail = render(aTemplate(html), aRow(fields), { footer })
  if ('problem' in mail) throw new Error(mail.problem.code)
  return mail.html
}

describe('the footer of the free version', () => {
  it('is the last thing in the body, in both languages, and is not there for who has a licence', () => {
    expect(mailOf('<p>Hi</p>')).toContain(`<p>Hi</p>${english.html}</body></html>`)
    expect(mailOf('<p>Hi</p>', {}, french)).toContain('Envoyé avec <a')
    const mail = render(aTemplate('<p>Hi</p>'), aRow({}), { footer: null })
    expect('html' in mail && mail.html).not.toContain('SecureMailMerge')
  })

  it('has no class, no id, and nothing but what nobody can overrule', () => {
    for (const { html } of [english, french]) {
      expect(html).not.toMatch(/\b(class|id)=/)
      const styles = [...html.matchAll(/style="([^"]+)"/g)].flatMap(([, style = '']) => style.split(';'))
      expect(styles.length).toBeGreaterThan(30)
      expect(styles.filter((one) => !one.endsWith('!important'))).toEqual([])
    }
  })

  it.each(swallowing)('is seen after %s', (_, html) => {
    for (const footer of [english, french]) expect(showsFooter(mailOf(html, {}, footer), footer)).toBe(true)
  })

  it.each(hostileValues)('is seen after the value %j', (value) => {
    const fields = { Value: value }
    if (value.trim() !== '' && value !== '\0') expect(showsFooter(mailOf('<p>{{Value}}', fields), english)).toBe(true)
  })

  it.each([
    ['it is missing', (html: string) => html.replace(english.html, '')],
    ['its words are others', (html: string) => html.replace('the mail merge', 'no mail merge')],
    ['its looks are others', (html: string) => html.replace('opacity:1!', 'opacity:0!')],
    ['it has a class', (html: string) => html.replace('<div style', '<div class="x" style')],
    ['it is in another element', (html: string) => html.replace('<p>', '<div>')],
    ['it is in a comment', (html: string) => html.replace('<p>', '<!--')],
    ['it is in a style', (html: string) => html.replace('<p>', '<style>')],
    ['something follows', (html: string) => html.replace('</body>', 'x</body>')],
    ['the body is hidden', (html: string) => html.replace('<body>', '<body hidden>')],
    ['the page is hidden', (html: string) => html.replace('<html>', '<html style="display:none">')],
    ['a rule could mean it', (html: string) => html.replace('</head>', '<style>div{display:none}</style></head>')],
  ])('is found not to be seen when %s', (_, spoil) => {
    const html = mailOf('<p>Hi')
    expect(showsFooter(html, english)).toBe(true)
    expect(showsFooter(spoil(html), english)).toBe(false)
  })
})

describe('a sheet', () => {
  it.each([
    ['p{color:red}', 'p{color:red}'],
    ['p.MsoNormal, li.X, .y{ margin : 0cm ; color:#fff }', 'p.MsoNormal,li.X,.y{margin:0cm;color:#fff}'],
    ['p{color:red}body{color:red}h1{color:red}', 'p{color:red}\nh1{color:red}'],
    ['@import "x"; p{color:red}', 'p{color:red}'],
    ['@media print{p{color:red}}h1{color:red}', 'h1{color:red}'],
    ['/* p{color:red} */h1{color:red}/*', 'h1{color:red}'],
    ['p{color:red', ''],
    ['p{color:red}}h1{color:red}', 'p{color:red}\nh1{color:red}'],
    ['div,a,*,:root,body,html,#x,p>a,p a,p:hover,[style],a:link{color:red}', ''],
    ['p{position:fixed;color:expression(x);background:url(x);margin:-9px;behavior:url(x);font-family:"x}', ''],
    ['p{color:red!important;margin-left:-5pt}', 'p{color:red;margin-left:-5pt}'],
    ['p{constructor:red;__proto__:red}', ''],
    ['</style><script>{color:red}', ''],
  ])('%j is kept as %j', (css, kept) => {
    expect(sheetOf(css)).toBe(kept)
    expect(sheetOf(kept)).toBe(kept)
  })
})

it('600 hostile templates and rows: no crash, no other structure, no braces left, always the footer', () => {
  const { faults, rendered, refused, worstMsPerKb } = fuzzTemplates(600, 1)
  expect(faults).toEqual([])
  expect(Math.min(rendered, refused)).toBeGreaterThan(100)
  expect(worstMsPerKb).toBeLessThan(50)
}, 60_000)

it.each([
  ['elements', '<b><i><p></b>'],
  ['letters', '<'],
  ['entities', '&amp'],
  ['styles', '<p style="color:red;font-family:a b,\'c d\'">'],
  ['rules', '<style>p{color:red}</style>'],
  ['comments', '<!-- x -->'],
  ['dropped texts', '<svg><!-- x -->x</svg>'],
  ['braces', '{ { } }'],
  ['attributes', '<p a b c d e f title=x>'],
  ['spans within braces', '<span>{</span>{a<b></b>}}'],
])(
  'takes no more than in proportion for many %s',
  (_, piece) => {
    const took = (times: number) => {
      const begun = process.cpuUsage()
      compile('', piece.repeat(times))
      const { user, system } = process.cpuUsage(begun)
      return (user + system) / 1000
    }
    const times = Math.floor(5000 / piece.length)
    took(times)
    const least = (many: number) => Math.min(...[1, 2, 3].map(() => took(many)))
    // In proportion that is 8 times as long; by the square, 64 times.
    expect(least(times * 8) / Math.max(least(times), 2)).toBeLessThan(30)
  },
  60_000,
)

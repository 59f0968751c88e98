import { compile } from '@securemailmerge/shared/merging/template/compile'
import { fieldKey } from '@securemailmerge/shared/merging/template/field'
import { footerIn } from '@securemailmerge/shared/merging/template/footer'
import { emptied, fieldsOf, render, unknownFields } from '@securemailmerge/shared/merging/template/render'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostileValues } from '../../fuzz/hostile.ts'
import { outline } from '../../fuzz/outline.ts'
import { aRow, aTemplate, bodyOf, problemsOf, subjectOf } from './rendering.ts'

describe('C32 fields and names from all over', () => {
  it.each([
    ['as it is', '{{First}}', 'Ann'],
    ['blanks', '{{ First }}', 'Ann'],
    ['a blank that does not break', '{{&nbsp;First&nbsp;}}', 'Ann'],
    ['an invisible character', '{{\u200bFirst\ufeff}}', 'Ann'],
    ['capitals', '{{first}} {{FIRST}}', 'Ann Ann'],
    ['bold name', '{{<b>First</b>}}', '<b>Ann</b>'],
    ['bold braces', '<b>{{</b>First<b>}}</b>', '<b></b>Ann<b></b>'],
    ['two spans', '<span>{{Fir</span><span>st}}</span>', '<span>Ann</span><span></span>'],
    ['a span for each letter', '{<i>{</i>F<i>i</i>r<u>s</u>t<i>}</i>}', '<i></i>Ann<i></i><u></u><i></i>'],
    ['what a spelling checker writes', '{{<span class="SpellE">First</span>}}', '<span class="SpellE">Ann</span>'],
    ['a paragraph mark of Word', '{{First<o:p></o:p>}}', 'Ann'],
    ['a line that the editor wrapped', '{{Last\n  name}}', 'Lee'],
    ['braces as entities', '&#123;&lbrace;First&rbrace;&#125;', 'Ann'],
    ['a comment within', '{{Fi<!-- x -->rst}}', 'Ann'],
    ['beside other braces', '{ {{First}} }', '{ Ann }'],
  ])('finds a field with %s', (_, html, rendered) => {
    expect(bodyOf(html, { First: 'Ann', 'Last Name': 'Lee' })).toBe(rendered)
  })

  it.each([
    ['U\u0308ber', '\u00dcber'],
    [' first   name', 'First\u00a0Name'],
    ['STRASSE', 'strasse'],
    ['\u0391', '\u03b1'],
  ])('matches %j and %j', (one, other) => {
    expect(fieldKey(one)).toBe(fieldKey(other))
    expect(bodyOf(`{{${one}}}`, { [other]: 'x' })).toBe('x')
  })

  it.each([
    ['missing', {}],
    ['empty', { First: '' }],
    ['blanks', { First: ' \u00a0\t' }],
  ])('holds a row whose value is %s, unless the template has a fallback', (_, fields) => {
    expect(bodyOf('Hi {{First}}', fields)).toBe('field_empty')
    expect(subjectOf('Hi {{First}}', fields)).toBe('field_empty')
    expect(bodyOf('Hi {{First|your <b>company</b> & more}}', fields)).toBe('Hi your company &amp; more<b></b>')
    expect(bodyOf('Hi {{First|}}!', fields)).toBe('Hi !')
    expect(subjectOf('Hi {{First | you & me}}', fields)).toBe('Hi you & me')
  })

  it.each([
    ['null'],
    ['undefined'],
    ["O'Brien"],
    ['Nguy\u1ec5n'],
    ['\u0645\u0631\u064a\u0645'],
    ['\u{1f469}\u200d\u{1f469}\u200d\u{1f467}'],
    ['x'.repeat(200)],
    ['{{Email}}'],
    ['{{First}}'],
    ['$1 $$'],
    ['constructor'],
  ])('%j arrives as it is, and is not read again', (value) => {
    expect(bodyOf('{{First}}', { First: value, Email: 'wrong' })).toBe(value.replace("'", '&#39;'))
    expect(subjectOf('{{First}}', { First: value, Email: 'wrong' })).toBe(value)
  })

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])('%s is a name like others', (name) => {
    expect(bodyOf(`{{${name}}}`, {})).toBe('field_empty')
    expect(bodyOf(`{{${name}}}`, Object.fromEntries([[name, 'x']]))).toBe('x')
  })

  it('names the fields that no column is meant by, before the first mail', () => {
    const template = aTemplate(
      '{{First}} {{ first }} {{Company|x}} <a href="https://x.example/{{Id}}">x</a>',
      '{{Last}}',
    )
    expect(fieldsOf(template)).toEqual(['Last', 'First', 'Company', 'Id'])
    expect(unknownFields(template, ['FIRST', 'id ', 'other'])).toEqual(['Last', 'Company'])
  })

  it.each([
    ['not closed', 'Hi {{First', 'braces_not_closed'],
    ['not closed in its line', '<p>{{First</p><p>}}', 'braces_not_closed,braces_not_opened'],
    ['closed by another', '{{First {{Last}}', 'braces_not_closed'],
    ['not opened', 'Hi First}}', 'braces_not_opened'],
    ['without a name', '{{}}', 'name_missing'],
    ['without a name but a fallback', '{{ |x}}', 'name_missing'],
    ['with three braces', '{{{First}}}', 'name_invalid'],
    ['with a brace in the fallback', '{{First|{x}}}', 'name_invalid'],
    ['with a name without end', `{{${'x'.repeat(300)}}}`, 'name_invalid'],
    ['in a script', '<script>let a = "{{First}}"</script>', 'field_in_script'],
    ['in a style sheet', '<style>p { color: {{First}} }</style>', 'field_in_style'],
    ['in a style', '<p style="color:{{First}}">', 'field_in_style'],
    ['in a comment', '<!-- {{First}} -->', 'field_in_comment'],
    ['in a comment before the page', '<!-- {{First}} --><html>', 'field_in_comment'],
    ['in a comment without end', '<!-- {{First}}', 'field_in_comment'],
    ['in what only Outlook reads', '<!--[if mso]>{{First}}<![endif]-->', 'field_in_comment'],
    ['in a handler', '<p onclick="x(\'{{First}}\')">', 'field_in_handler'],
    ['in a handler in capitals', '<p OnMouseOver="{{First}}">', 'field_in_handler'],
    ['in a class', '<p class="{{First}}">', 'field_in_attribute'],
    ['in an unknown attribute', '<p data-x="{{First}}">', 'field_in_attribute'],
    ['in an unknown element', '<x-y title="{{First}}">', 'field_in_attribute'],
    ['in what is said of the body', '<body title="{{First}}">', 'field_in_attribute'],
    ['in the title', '<title>{{First}}</title>', 'field_in_element'],
    ['in a text field', '<textarea>{{First}}</textarea>', 'field_in_element'],
    ['in a picture', '<svg><text>{{First}}</text></svg>', 'field_in_element'],
    ['in a template', '<template><p title="{{First}}"></template>', 'field_in_element'],
    ['in a frame', '<iframe srcdoc="{{First}}"></iframe>', 'field_in_element'],
    ['in a link to a script', '<a href="javascript:{{First}}">', 'link_not_allowed'],
    ['in a link to data', '<img src="data:image/png;base64,{{First}}">', 'link_not_allowed'],
    ['in a link to nowhere', '<a href="#{{First}}">', 'link_not_allowed'],
    ['in a link with a bad fallback', '<a href="{{Link|javascript:x}}">', 'link_not_allowed'],
    ['in a link with no fallback at all', '<a href="{{Link|}}">', 'link_not_allowed'],
  ])('refuses a template with a field %s', (_, html, codes) => {
    expect(problemsOf(html).join()).toBe(codes)
  })

  it('says where, in the words of the template', () => {
    expect(compile('Dear {{First', '<p>one</p>\n<p>two &amp;\n  {{ three</p>\n<p\n onclick="{{x}}">')).toEqual({
      problems: [
        { code: 'braces_not_closed', part: 'subject', line: 1, column: 6, near: '{{First' },
        { code: 'braces_not_closed', part: 'body', line: 3, column: 3, near: '{{ three' },
        { code: 'field_in_handler', part: 'body', line: 5, column: 2, near: '{{x}}' },
      ],
    })
  })

  it('names at most twenty faults', () => {
    expect(problemsOf('<p>{{First</p>'.repeat(1000))).toHaveLength(20)
  })

  it.each([
    ['a subject', 'x'.repeat(999), '', 'too_long'],
    ['a body', '', 'x'.repeat(1_000_001), 'too_long'],
    ['depth', '', '<div>'.repeat(300), 'too_deep'],
    ['elements', '', '<br>'.repeat(6_001), 'too_many_elements'],
    ['attributes', '', '<p dir=ltr lang=en title=x align=left>'.repeat(5_500), 'too_many_elements'],
    ['references to characters', '', '<p>a &amp; </p>'.repeat(31_000), 'too_long'],
    ['declarations', '', `<p style="${'color:red;'.repeat(61_000)}">x</p>`, 'too_long'],
    ['words', '', 'a b '.repeat(60_000), 'too_long'],
    ['rules', '', `<style>${'p{color:red}'.repeat(21_000)}</style>x`, 'too_long'],
    [
      'elements out of few letters',
      '',
      `<p>${Array.from({ length: 180 }, (_, n) => `<b id=${n}>`).join('')}</p>${'<p>x</p>'.repeat(400)}`,
      'too_many_elements',
    ],
    ['fields', '', '{{a}}'.repeat(2001), 'too_many_fields'],
    ['a page of frames', '', '<frameset><frame>', 'not_cleanable'],
  ])('bounds %s', (_, subject, html, code) => {
    expect(problemsOf(html, subject)[0]).toBe(code)
  })

  it('a value that stands in many places is escaped once', () => {
    const template = aTemplate('<p>{{a}}</p>'.repeat(1990))
    const row = aRow({ a: '<x'.repeat(250) })
    const begun = process.cpuUsage()
    for (let time = 0; time < 50; time++) expect(render(template, row, { footer: null })).not.toHaveProperty('problem')
    const { user, system } = process.cpuUsage(begun)
    expect((user + system) / 1000).toBeLessThan(500)
  })

  it('a mail that its values make too long is not sent', () => {
    expect(bodyOf('{{a}}'.repeat(200), { a: 'x'.repeat(30_000) })).toBe('too_long')
    expect(subjectOf('{{a}}', { a: 'x'.repeat(999) })).toBe('too_long')
  })
})

describe('C33 values that would be more than values', () => {
  it.each([
    ['<img src=x onerror=alert(1)>', '&lt;img src=x onerror=alert(1)&gt;'],
    ['<a href="https://evil.example">Click</a>', '&lt;a href=&quot;https://evil.example&quot;&gt;Click&lt;/a&gt;'],
    ['&lt;b&gt;', '&amp;lt;b&amp;gt;'],
    ['</td></table>', '&lt;/td&gt;&lt;/table&gt;'],
    ['a\0b\u0007\u009f', 'a b  '],
    ['\ud800', '\ufffd'],
  ])('%j in a text is escaped once', (value, rendered) => {
    expect(bodyOf('<p>{{First}}</p>', { First: value })).toBe(`<p>${rendered}</p>`)
    expect(bodyOf('<p title="{{First}}">x</p>', { First: value })).toBe(`<p title="${rendered}">x</p>`)
  })

  it.each([
    ['Hi\r\nBcc: all@x.example', 'Hi Bcc: all@x.example'],
    ['Hi\nX: 1', 'Hi X: 1'],
    ['Hi\u2028Bcc: x', 'Hi Bcc: x'],
    ['Hi\u2029x', 'Hi x'],
    ['Hi\u0085x', 'Hi x'],
    ['Hi\u0000\t\u001bx', 'Hi x'],
    ['<b> & "x"', '<b> & "x"'],
  ])('%j in a subject stays in its line, and is not escaped', (value, rendered) => {
    expect(subjectOf('{{First}}', { First: value })).toBe(rendered)
    expect(subjectOf(value, {})).toBe(rendered)
    expect(subjectOf(`{{First|${value}}}`, {})).toBe(rendered)
  })

  it.each([
    ['https://ok.example/?q=a b&c="d"', 'https://ok.example/?q=a%20b&amp;c=%22d%22'],
    [' http://ok.example/\u00e4#x ', 'http://ok.example/\u00e4#x'],
    ['MAILTO:a@x.example', 'MAILTO:a@x.example'],
    ['https://ok.example/{{First}}', 'https://ok.example/%7B%7BFirst%7D%7D'],
    ["https://ok.example/'x'", 'https://ok.example/&#39;x&#39;'],
    ['javascript:alert(1)', null],
    [' java\nscript:alert(1)', null],
    ['\u0001javascript:alert(1)', null],
    ['JaVaScRiPt:alert(1)', null],
    ['data:text/html,x', null],
    ['vbscript:x', null],
    ['file:///etc/passwd', null],
    ['ftp://x.example', null],
    ['//ok.example', null],
    ['ok.example', null],
    ['https://', null],
    ['\\\\ok.example', null],
  ])('%j as a link is http, https or mailto, or the row is not sent', (value, rendered) => {
    expect(bodyOf('<a href="{{Link}}">x</a>', { Link: value })).toBe(
      rendered === null ? 'link_not_allowed' : `<a href="${rendered}">x</a>`,
    )
  })

  it.each([
    ['https://x.example/?q={{A}}&amp;r={{B}}', 'https://x.example/?q=a%20b%2F%26%22&amp;r=%C3%A9'],
    ['https://x.example/{{A}}/{{B}}', 'https://x.example/a%20b%2F%26%22/%C3%A9'],
    ['https://x.example/%7B%7BA%7D%7D', 'https://x.example/a%20b%2F%26%22'],
    ['http://{{Site}}/', 'http://www.x.example/p?q=1'],
    ['http://%7b%7bLink%7d%7d/', 'https://l.example/p?q=1'],
    ['https://{{Site}}', 'https://www.x.example/p?q=1'],
    ['mailto:{{Mail}}?subject={{A}}', 'mailto:a@x.example?subject=a%20b%2F%26%22'],
    ['mailto:{{Two}}', 'mailto:a@x.example%2Cb@x.example%3Fbcc%3Dc@x.example'],
    ['https://x.example/?q={{First%20name}}&amp;r={{100%25}}', 'https://x.example/?q=F&amp;r=P'],
    ['https://x.example/?q={{100%}}', 'https://x.example/?q=P'],
    ['https://x.example/?q={{A%7D}}&amp;r={{%20}}', 'field_empty'],
    ['{{Missing|https://fallback.example/}}', 'https://fallback.example/'],
  ])('a value within the link %s stays one part of it', (link, rendered) => {
    const fields = {
      A: 'a b/&"',
      'First name': 'F',
      '100%': 'P',
      B: '\u00e9',
      Site: 'www.x.example/p?q=1',
      Link: 'https://l.example/p?q=1',
      Mail: 'a@x.example',
      Two: 'a@x.example,b@x.example?bcc=c@x.example',
    }
    expect(bodyOf(`<a href="${link}">x</a>`, fields)).toBe(
      rendered === 'field_empty' ? rendered : `<a href="${rendered}">x</a>`,
    )
  })

  it('a link around blocks, which browsers open more than once, has its value each time', () => {
    const html = '<a href="https://x.example/{{A}}">1<h1>2</a>3</h1>'
    const link = (text: string) => `<a href="https://x.example/a">${text}</a>`
    expect(bodyOf(html, { A: 'a' })).toBe(`${link('1')}<h1>${link('2')}3</h1>`)
  })

  it.each([
    ['scripts', '<p onclick="x">a<script>x</script></p>', '<p>a</p>'],
    ['SVG', 'a<svg onload=x><a href=y>b</a></svg>c', 'ac'],
    ['forms', '<form action="//evil"><input name=x>a<button>b</button></form>', '<div>a</div>'],
    [
      'blocks of other pages',
      '<section>a</section><article style="color:red">b</article>',
      '<div>a</div><div style="color:red">b</div>',
    ],
    ['frames', 'a<iframe src="https://x.example"></iframe>', 'a'],
    [
      'a base, a refresh, a sheet',
      '<base href="//x"><meta http-equiv=refresh content="0"><link rel=stylesheet href=x>a',
      'a',
    ],
    ['links to scripts', '<a href="javascript:x">a</a><a href=" java&#10;script:x">b</a>', '<a>a</a><a>b</a>'],
    [
      'what covers',
      '<p style="position:fixed;margin-bottom:-9px;background:url(x);color:red">a</p>',
      '<p style="color:red">a</p>',
    ],
    [
      'what makes a layer of its own, over the footer where programs strip its place',
      '<div style="height:0;opacity:.99">a</div>',
      '<div style="height:0">a</div>',
    ],
    ['remote styles', '<p style="background-image:url(https://x.example)">a</p>', '<p>a</p>'],
  ])('cleans %s out of a template', (_, html, cleaned) => {
    expect(bodyOf(html, {})).toBe(cleaned)
  })

  it('keeps what Outlook writes', () => {
    const html =
      '<p class="MsoNormal" style="margin:0cm 0cm 0.0001pt 36pt;text-indent:-18pt;font-size:11pt;font-family:Aptos,sans-serif"><b><span style="color:#0563c1">a</span></b></p><table border="0" cellpadding="0" style="border-collapse:collapse;margin-left:-5.4pt"><tbody><tr><td width="100" valign="top" style="border:solid windowtext 1pt;padding:0cm 5.4pt">b</td></tr></tbody></table><ul type="disc"><li>c</li></ul><a href="https://x.example/">d</a><img width="10" src="cid:image001.png@01D" alt="e"><br>'
    expect(bodyOf(html, {})).toBe(html)
  })

  it('keeps the plain rules of its sheets, and what is said of the whole', () => {
    const sheet =
      '<style><!-- @font-face {font-family:Aptos;} p.MsoNormal, div.MsoNormal {margin:0cm; mso-x:y; font-family:"Aptos",sans-serif;} a:link {color:blue} P {margin-top:0} @page S {size:1in} div.S {page:S} --></style>'
    const template = aTemplate(
      `<html lang="fa" dir="rtl"><head>${sheet}</head><body bgcolor="#eeeeee" style="color:red">x`,
    )
    expect(template.source.html).toContain(
      '<style>p.MsoNormal,div.MsoNormal{margin:0cm;font-family:"Aptos",sans-serif}\nP{margin-top:0}</style>',
    )
    expect(template.source.html).toContain(
      '<body><div dir="rtl" lang="fa" style="color:red;background-color:#eeeeee">x</div></body>',
    )
  })

  const places = [
    '<p>{{A}} {{B|b}}</p>',
    '<table><tr><td>{{A}}</td></tr><tr><td title="{{A}}">{{B|b}}</td></tr></table>',
    '<table>{{A}}<tr><td>{{B|b}}</table>',
    '<ul><li>{{A}}<li>{{B|b}}</ul><pre>{{A}}</pre>',
    '<b><i>{{A}}</b>{{B|b}}</i>',
    '<p><img src="https://x.example/{{A}}" alt="{{A}}"><a href="https://x.example/?q={{B|b}}">{{A}}</a>',
    '<a href="{{Link|https://x.example/}}" title="{{A}}"><span>{{<b>A</b>}}</span></a>',
    '{{A}}',
  ].map((html) => aTemplate(html))
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...hostileValues),
    fc
      .array(fc.constantFrom(...hostileValues, '<', '>', '"', "'", '&', '=', ' ', '/'), { maxLength: 6 })
      .map((some) => some.join('')),
  )

  it('whatever the values, the page has the structure of the template without values', () => {
    const footer = footerIn('en')
    fc.assert(
      fc.property(fc.constantFrom(...places), value, value, value, (template, A, B, end) => {
        const mail = render(template, aRow({ A, B, Link: `https://x.example/${end}` }), { footer })
        if ('problem' in mail) expect(A.trim()).toBe('')
        else expect(outline(mail.html)).toBe(outline(emptied(template, footer)))
      }),
      { numRuns: 1000 },
    )
  }, 60_000)

  it('whatever the value of a link, it is of a kind that may be sent, or the row is not', () => {
    const template = aTemplate('<a href="{{Link}}">x</a><img src="{{Link}}">')
    const link = fc.oneof(
      value,
      fc
        .tuple(fc.constantFrom('https:', 'mailto:', 'javascript:', 'data:', '//', '\t'), value)
        .map((some) => some.join('')),
    )
    fc.assert(
      fc.property(link, (Link) => {
        const mail = render(template, aRow({ Link }), { footer: null })
        if (!('problem' in mail)) expect(outline(mail.html)).toContain('<a href></><img src></>')
      }),
      { numRuns: 1000 },
    )
  }, 60_000)
})

describe('one row, one mail', () => {
  const html = '<p>{{First}} of {{Company}}</p><a href="https://x.example/{{Id}}">{{Code|none}}</a>'

  it('each mail carries the data of its row and of no other, in whatever order they come', () => {
    const rows = Array.from({ length: 1250 }, (_, n) =>
      aRow({ First: `F${n};`, company: `C${n};`, ' ID ': `I${n}`, ...(n % 3 > 0 && { Code: `K${n};` }) }, n + 1),
    )
    const others = aTemplate('{{company}} {{Code|x}}', '{{First}}')
    fc.assert(
      fc.property(fc.shuffledSubarray(rows, { minLength: rows.length }), (shuffled) => {
        const template = aTemplate(html, '{{Company}} {{Code|none}}')
        for (const row of shuffled) {
          render(others, row, { footer: null })
          const n = row.row - 1
          const code = n % 3 > 0 ? `K${n};` : 'none'
          const mail = render(template, row, { footer: null })
          if ('problem' in mail) throw new Error(mail.problem.code)
          expect(mail.subject).toBe(`C${n}; ${code}`)
          expect(mail.html).toContain(
            `<body><p>F${n}; of C${n};</p><a href="https://x.example/I${n}">${code}</a></body>`,
          )
        }
      }),
      { numRuns: 3 },
    )
  }, 60_000)

  it('what is stored of a template makes the same mails', () => {
    const template = aTemplate(
      '<p>Hi {{<b>First</b>}}, {{Company|a & b}}<a href="http://%7b%7bLink%7d%7d/" title="{{First}}">',
      'Hi {{ First|<you> }}',
    )
    const again = aTemplate(template.source.html, template.source.subject)
    expect(again.source).toEqual(template.source)
    const row = aRow({ First: '<i>', Link: 'https://x.example/' })
    expect(render(again, row, { footer: null })).toEqual(render(template, row, { footer: null }))
  })
})

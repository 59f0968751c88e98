import { compile, isTemplate } from '@securemailmerge/shared/merging/template/compile'
import { footerIn, showsFooter } from '@securemailmerge/shared/merging/template/footer'
import { emptied, fieldsOf, render } from '@securemailmerge/shared/merging/template/render'
import type { Template } from '@securemailmerge/shared/merging/template/template'
import { hostileValues, swallowing } from './hostile.ts'
import { numbersFrom } from './numbers.ts'
import { outline } from './outline.ts'

/** What became of a run. */
export interface FuzzResult {
  templates: number
  refused: number
  /** By code of their first problem. */
  why: Record<string, number>
  rendered: number
  rowsRefused: number
  /** Of the slowest input, measured again when it seemed slow. */
  worstMsPerKb: number
  /** What went wrong, with the template that it went wrong with. */
  faults: string[]
}

/** What templates are made of; a pilcrow stands between two pieces. */
const pieces = [
  '<p>¶</p>¶<div>¶</div>¶<b>¶</b>¶<i>¶</i>¶<span>¶</span>¶<table>¶<tr>¶<td>¶</td>¶</tr>¶</table>¶<ul>¶<li>¶<br>¶</a>¶<h1>',
  '<a href="{{Link}}">¶<a href="https://x.example/?q={{First}}&amp;r={{Last|x}}">¶<img src="{{Link}}" alt="{{First}}">',
  '<a href="https://x.example/?q={{x%20y|%7d}}">¶<a href="{{%2541%7d}}">¶<a href="http://%7b%7bLink%7d%7d/">¶%257d',
  '{{First}}¶{{ last }}¶{{Company|your <b>company</b>}}¶{{<b>First</b>}}¶{{Fir</span><span>st}}¶{{First&nbsp;}}¶{{Last|}}',
  '{{¶}}¶{¶}¶|¶{{|x}}¶{{}}¶{{{First}}}¶&#123;&#123;First&#125;&#125;¶%7b%7b¶\u200b¶\ufdd00\ufdd1¶{{Link|https://x.example/}}',
  '<!-- x -->¶<!--[if mso]>¶<![endif]-->¶<![CDATA[¶<?xml¶<o:p>¶</o:p>¶<st1:place>¶<font color=red>¶<center>¶<form>',
  '<p style="margin:0cm;color:red">¶<p style="display:none">¶<p class=MsoNormal>¶<p onclick="x">¶<p title="{{First}}">¶<pre>',
  '<style>p.MsoNormal{margin:0cm}</style>¶<style>div{display:none}</style>¶<script>x</script>¶<svg><a>¶<math>¶</svg>',
  'text¶ ¶\n¶&nbsp;¶&amp;¶&lt;b&gt;¶<¶>¶"¶\'¶\0¶\u00e9¶\u{1f680}¶\ud800¶</o>¶<body style="color:red">¶<html dir=rtl>¶</body>',
].flatMap((line) => line.split('¶'))

/** Compiles and renders templates and rows made of hostile pieces. The same seed makes the same ones. */
export function fuzzTemplates(count: number, seed: number): FuzzResult {
  const below = numbersFrom(seed)
  const one = <T>(list: T[]): T => list[below(list.length)]!
  const result: FuzzResult = {
    templates: 0,
    refused: 0,
    why: {},
    rendered: 0,
    rowsRefused: 0,
    worstMsPerKb: 0,
    faults: [],
  }
  for (let run = 0; run < count; run++) {
    const parts = Array.from({ length: 1 + below(25) }, () => (below(40) === 0 ? one(swallowing)[1] : one(pieces)))
    // Mostly few pieces; now and then the same ones a thousand times.
    const html = parts.join('').repeat(below(200) === 0 ? 1 + below(1000) : 1)
    const fields = Object.fromEntries(
      ['First', 'last', 'LINK', 'x Y'].map((name) => [name, one(hostileValues) + one(hostileValues)]),
    )
    fields.LINK = below(3) === 0 ? one(hostileValues) : `https://x.example/${one(hostileValues)}`
    try {
      judge(html, one(['Hi {{First}}', 'Hi', '{{Last|you}}, {{ first }}']), fields, result)
    } catch (error) {
      result.faults.push(`${error instanceof Error ? error.stack : error}: ${html.slice(0, 500)}`)
    }
  }
  return result
}

function judge(html: string, subject: string, fields: Record<string, string>, result: FuzzResult): void {
  const [template, ms] = timed(() => compile(subject, html))
  const kb = Math.max(html.length / 1024, 1)
  // A pause of the machine is no fault of the input.
  const best = ms / kb > 20 ? Math.min(...[1, 2, 3].map(() => timed(() => compile(subject, html))[1])) : ms
  result.worstMsPerKb = Math.max(result.worstMsPerKb, best / kb)
  result.templates++
  if (!isTemplate(template)) {
    result.refused++
    const [first] = template.problems
    if (first) result.why[first.code] = (result.why[first.code] ?? 0) + 1
    else result.faults.push(`refused without a reason: ${html}`)
    return
  }
  const complain = (what: string) => result.faults.push(`${what}: ${JSON.stringify({ html, fields })}`)
  const again = compile(template.source.subject, template.source.html)
  if (!isTemplate(again)) return void complain('what was cleaned is refused')
  const row = { row: 1, to: { address: 'a@x.example', name: null }, cc: [], bcc: [], fields }
  const footer = footerIn('en')
  const mail = render(template, row, { footer })
  if (JSON.stringify(mail) !== JSON.stringify(render(again, row, { footer }))) complain('cleaned twice, another mail')
  if ('problem' in mail) return void result.rowsRefused++
  result.rendered++
  if (/[\r\n\u2028\u2029\u0085\0]/.test(mail.subject)) complain('a subject of two lines')
  if (outline(mail.html) !== outline(emptied(template, footer))) complain('another structure')
  if (!showsFooter(mail.html, footer)) complain('no footer')
  if (hasBraces(template, row)) complain('braces left')
}

/** With values that have no braces themselves, none may be in the mail. */
function hasBraces(template: Template, row: Parameters<typeof render>[1]): boolean {
  const fields = Object.fromEntries(fieldsOf(template).map((name) => [name, 'https://x.example/']))
  const mail = render(template, { ...row, fields }, { footer: null })
  return (
    !('problem' in mail) && /\{\{|\}\}|undefined/.test(mail.subject + mail.html.replace(/<style>.*?<\/style>/s, ''))
  )
}

/** By the processor, not by the clock: other tests run beside this. */
function timed<T>(run: () => T): [T, number] {
  const begun = process.cpuUsage()
  const answer = run()
  const { user, system } = process.cpuUsage(begun)
  return [answer, (user + system) / 1000]
}

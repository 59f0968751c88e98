import { compile, isTemplate } from '@securemailmerge/shared/merging/template/compile'
import { footerIn } from '@securemailmerge/shared/merging/template/footer'
import { render } from '@securemailmerge/shared/merging/template/render'
import handlebars from 'handlebars'
import mustache from 'mustache'
import { sideBySide } from './measure.ts'

const paragraph = '<p style="margin:0">Dear {{First}}, your number is <b>{{No}}</b> of {{Company|your company}}.</p>'
/** About 20 KB when it is rendered. */
const html = `<html><body>${paragraph.repeat(200)}</body></html>`
const peers = html.replaceAll('{{Company|your company}}', '{{Company}}')

/** Mails of 20 KB rendered, ours with its checks and its footer, beside two bare template engines. */
export async function benchRendering(pairs: number, milliseconds: number) {
  const template = compile('Hello {{First}}', html)
  if (!isTemplate(template)) throw new Error('the template of the bench is wrong')
  const handlebar = handlebars.compile(peers)
  mustache.parse(peers)
  const footer = footerIn('en')
  let row = 0
  const fields = () => ({ First: `Zoë ${++row}`, No: String(row), Company: "O'Brien & Sons" })
  const ours = async () => {
    const made = render(
      template,
      { row: 1, to: { address: 'a@b.example', name: null }, cc: [], bcc: [], fields: fields() },
      { footer },
    )
    if ('problem' in made) throw new Error(made.problem.code)
  }
  const bytes = Buffer.byteLength(handlebar(fields()))
  return {
    bytes,
    handlebars: await sideBySide(ours, async () => void handlebar(fields()), pairs, milliseconds),
    mustache: await sideBySide(ours, async () => void mustache.render(peers, fields()), pairs, milliseconds),
  }
}

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { html } from '../../infra/local/html.ts'

/** A picture that was taken. */
export interface Picture {
  /** Which page, in which state. */
  name: string
  look: string
  file: string
  /** What the browser found wrong while it was shown. */
  complaints: string[]
}

const STYLE = `
body { font: 14px system-ui; margin: 1rem }
div { display: flex; gap: 1rem; flex-wrap: wrap }
figure { margin: 0 }
img { max-width: 24rem; max-height: 30rem; border: 1px solid #999 }
`

/** Writes `index.html`: a row for each page, a column for each look. */
export function writeAlbum(folder: string, pictures: Picture[]): void {
  const names = [...new Set(pictures.map(({ name }) => name))]
  const rows = names.map((name) => {
    const figures = pictures
      .filter((one) => one.name === name)
      .map(
        ({ file, look, complaints }) =>
          html`<figure><a href="${file}"><img src="${file}" alt="" loading="lazy"></a><figcaption>${look} ${complaints.join('; ')}</figcaption></figure>`,
      )
    return html`<h2>${name}</h2>\n<div>${figures}</div>\n`
  })
  const page = html`<!doctype html><meta charset="utf-8"><title>Every page</title><style>${STYLE}</style>\n${rows}`
  writeFileSync(join(folder, 'index.html'), page.text)
}

import { acceptedFiles } from '@securemailmerge/shared/merging/files'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'

const file = (name: string, bytes = 3) => ({
  name,
  contentType: 'application/octet-stream',
  base64: Buffer.alloc(bytes, 'a').toString('base64'),
})
const refused = (...files: ReturnType<typeof file>[]) => {
  try {
    acceptedFiles(files)
    return null
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { code: error.code, ...error.details }
  }
}

describe('files of a campaign', () => {
  it('come out as bytes, under their names', () => {
    const [one] = acceptedFiles([{ name: 'Prüfung 1.pdf', contentType: 'application/pdf', base64: 'aGk=' }])
    expect(one).toEqual({ name: 'Prüfung 1.pdf', contentType: 'application/pdf', bytes: Buffer.from('hi') })
  })

  it('have 3 MB together, and not a byte more', () => {
    const half = 1.5 * 1024 * 1024
    expect(refused(file('a', half), file('b', half))).toBeNull()
    expect(refused(file('a', half), file('b', half + 1))).toMatchObject({ code: 'body_too_large', limit: 2 * half })
  })

  it.each([
    ...['report.pdf', 'résumé.pdf', 'a b.docx', '.hidden', 'archive.tar.gz', 'js', 'exe', 'my.exe.pdf'],
    ...['表.xlsx', '👩‍👩‍👧.png', 'עברית.pdf', 'a;b.txt', "it's.pdf", 'x'.repeat(255)],
  ])('%s is a name', (name) => expect(refused(file(name))).toBeNull())

  it.each([
    ...['virus.exe', 'virus.EXE', 'a.pdf.exe', 'a.js', 'a.vbs', 'a.ps1', 'a.lnk', 'a.hta', 'a.bat', 'a.scr', 'a.jar'],
    // Windows drops dots and spaces at the end.
    ...['virus.exe ', 'virus.exe.', 'virus.exe. .', 'virus.js...'],
    // What Outlook blocks as well.
    ...['a.xll', 'a.iso', 'a.IMG', 'a.vhd', 'a.vhdx', 'a.chm', 'a.url', 'a.scf', 'a.msc', 'a.jnlp', 'a.appinstaller'],
    ...['a.library-ms', 'a.settingcontent-ms', 'a.appref-ms', 'a.diagcab', 'a.wsb', 'a.pyz', 'a.msh1xml', 'a.mdb'],
  ])('%j can be run', (name) => {
    expect(refused(file('fine.pdf'), file(name))).toEqual({
      code: 'input_invalid',
      errors: [{ at: 'body.attachments.1.name', fault: 'executable' }],
    })
  })

  it.each([
    ...[
      '../other-campaign/x',
      'a/b.pdf',
      'a\\b.pdf',
      'a\r\nX: y.pdf',
      'a\0.pdf',
      'a\u2028.pdf',
      'a\u2029.pdf',
      'a\x7f.pdf',
    ],
    // Shown as `invoiceexe.pdf`.
    ...['invoice\u202Efdp.exe.txt', 'a\u2066b.pdf', 'a\u202Ab.pdf'],
  ])('%j is no name', (name) => {
    expect(refused(file(name))).toMatchObject({ errors: [{ at: 'body.attachments.0.name', fault: 'not_a_file_name' }] })
  })
})

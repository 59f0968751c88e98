import { Refusal } from '../refusal.ts'
import type { SendingMode } from './campaign.ts'
import type { Attachment } from './mail.ts'

/** All files of a mail together. */
const MOST_BYTES = 3 * 1024 * 1024
/** Template and files, encoded, that fit into the one call of a mail without a draft: Microsoft takes about 4 MB. */
const ONE_CALL_BYTES = 4_000_000
/** What Outlook blocks for whoever receives it, and what a sender rarely means to send (F33). */
const executables = new Set(
  [
    'ade adp app appcontent-ms application appref-ms asp aspx asx bas bat bgi cab cdxml cer chm cmd cnt com cpl crt csh',
    'der diagcab diagcfg diagpack exe fxp gadget grp hlp hpj hta htc img inf ins iso isp its jar jnlp js jse ksh',
    'library-ms lnk mad maf mag mam maq mar mas mat mau mav maw mcf mda mdb mde mdt mdw mdz mht mhtml msc msh msh1 msh2',
    'mshxml msh1xml msh2xml msi msp mst msu ops osd pcd pif pl plg prf prg printerexport ps1 ps1xml ps2 ps2xml psc1 psc2',
    'psd1 psdm1 psm1 pssc pst py pyc pyo pyw pyz pyzw reg scf scr sct search-ms searchconnector-ms settingcontent-ms shb',
    'shs theme themepack tmp udl url vb vbe vbp vbs vhd vhdx vsmacros vsw webpnp website wim ws wsb wsc wsf wsh xbap xll',
    'xnk appinstaller appx appxbundle dll msix msixbundle rdp sh',
  ].flatMap((line) => line.split(' ')),
)
// Windows drops dots and spaces at the end.
const isExecutable = (name: string): boolean =>
  executables.has(/\.([^.]*)$/.exec(name.replace(/[.\s]+$/, ''))?.[1]?.toLowerCase() ?? '')
// What turns the direction of writing makes an ending look like another; what stands behind a colon Windows hides.
const notAName = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069/\\:]|^[.\s]*$/u

/** The files of a campaign, as they may be sent. @throws Refusal `body_too_large`, `input_invalid` */
export function acceptedFiles(given: { name: string; contentType: string; base64: string }[]): Attachment[] {
  const files = given.map(({ base64, ...about }) => ({ ...about, bytes: Buffer.from(base64, 'base64') }))
  if (files.reduce((sum, { bytes }) => sum + bytes.length, 0) > MOST_BYTES)
    throw new Refusal('body_too_large', 'The files have more than 3 MB together.', { limit: MOST_BYTES })
  for (const [at, { name }] of files.entries()) {
    const fault = isExecutable(name) ? 'executable' : notAName.test(name) ? 'not_a_file_name' : null
    if (!fault) continue
    const errors = [{ at: `body.attachments.${at}.name`, fault }]
    throw new Refusal('input_invalid', `The request is wrong at ${errors[0]?.at} (${fault}).`, { errors })
  }
  return files
}

/** @throws Refusal `body_too_large` when a mail without a draft could not carry its files */
export function refuseBeyondOneCall(
  mode: SendingMode,
  { html, attachments }: { html: string; attachments: { base64: string }[] },
): void {
  const encoded = attachments.reduce((sum, { base64 }) => sum + base64.length, Buffer.byteLength(html))
  if (mode === 'send' && attachments.length > 0 && encoded > ONE_CALL_BYTES)
    throw new Refusal('body_too_large', 'Files of this size need drafts.', { limit: ONE_CALL_BYTES })
}

import {
  attachmentOf,
  CAMPAIGN_PROPERTY,
  campaignOf,
  messageOf,
  STAMP_HEADER,
  STAMP_PROPERTY,
} from '@securemailmerge/shared/graph/message'
import { type Mail, stampOf } from '@securemailmerge/shared/merging/mail'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

const aMail = (some: Partial<Mail> = {}): Mail => ({
  ...{ from: null, to: [{ address: 'a@x.example', name: null }], cc: [], bcc: [], subject: 'Hello', html: '<p>Hi</p>' },
  ...{ stamp: stampOf('c1', 7), attachments: [] },
  ...some,
})

describe('a mail in the words of Graph', () => {
  it('has what it needs and nothing else', () => {
    expect(messageOf(aMail({ cc: [{ address: 'c@x.example', name: 'Müller, Jürgen "JJ"' }] }))).toEqual({
      subject: 'Hello',
      body: { contentType: 'HTML', content: '<p>Hi</p>' },
      toRecipients: [{ emailAddress: { address: 'a@x.example' } }],
      ccRecipients: [{ emailAddress: { address: 'c@x.example', name: 'Müller, Jürgen "JJ"' } }],
      bccRecipients: [],
      internetMessageHeaders: [{ name: STAMP_HEADER, value: 'c1.7' }],
      singleValueExtendedProperties: [
        { id: STAMP_PROPERTY, value: 'c1.7' },
        { id: CAMPAIGN_PROPERTY, value: 'c1' },
      ],
    })
  })

  it('names a sender only when it is another mailbox', () => {
    expect(messageOf(aMail())).not.toHaveProperty('from')
    const from = 'events@contoso.example'
    expect(messageOf(aMail({ from }))).toMatchObject({ from: { emailAddress: { address: from } } })
  })

  it('carries texts as they are, and none of them becomes anything else', () => {
    const signs = ['a', ' ', '"', "'", '<', '&', '{', '\\', '\r', '\n', '\u2028', '\u0000', 'é', '\ud800', '😀']
    const text = fc.string({ unit: fc.constantFrom(...signs) })
    fc.assert(
      fc.property(text, text, text, text, (subject, html, name, address) => {
        const mail = aMail({ subject, html, to: [{ address, name }] })
        const sent = JSON.parse(JSON.stringify(messageOf(mail))) as ReturnType<typeof messageOf>
        expect(sent).toEqual(messageOf(mail))
        expect(sent.internetMessageHeaders).toEqual(messageOf(aMail()).internetMessageHeaders)
        expect([sent.toRecipients.length, sent.ccRecipients, sent.bccRecipients]).toEqual([1, [], []])
      }),
    )
  })

  it('reads the campaign off a stamp, whatever the campaign is called', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), (campaign, row) => {
        expect(campaignOf(stampOf(campaign, row))).toBe(campaign)
      }),
    )
    expect(campaignOf('none')).toBe('')
  })

  it('writes the bytes of a file, also of a part of a larger one', () => {
    const bytes = new Uint8Array([0, 1, 2, 253, 254, 255])
    const attachment = { name: 'résumé.pdf', contentType: 'application/pdf', bytes: bytes.subarray(1, 5) }
    expect(attachmentOf(attachment)).toEqual({
      '@odata.type': '#microsoft.graph.fileAttachment',
      name: 'résumé.pdf',
      contentType: 'application/pdf',
      contentBytes: Buffer.from([1, 2, 253, 254]).toString('base64'),
    })
  })
})

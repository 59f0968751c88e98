import type { Content } from '@securemailmerge/shared/merging/content'
import { Rendering } from '@securemailmerge/shared/merging/rendering'
import { describe, expect, it } from 'vitest'
import { aCampaign } from '../../kit/merging-builders.ts'
import { aRow } from './rendering.ts'

/** Content that counts how often a template is read. */
function aContent(attachmentBytes = 0) {
  const loads = { count: 0 }
  const content = {
    row: async () => aRow({ a: 'x' }),
    template: async () => {
      loads.count++
      return { subject: 's', html: '<p>{{a}}</p>' }
    },
    attachments: async () => [{ name: 'a', contentType: 'a/b', bytes: { length: attachmentBytes } as Uint8Array }],
  }
  return { rendering: new Rendering(content as unknown as Content), loads }
}

describe('what all mails of a campaign share', () => {
  it('is read once for each of a thousand campaigns that take turns', async () => {
    const { rendering, loads } = aContent()
    for (let turn = 0; turn < 2; turn++)
      for (let n = 0; n < 1000; n++) await rendering.ready(aCampaign({ campaignId: `m.${n}` }), 1)
    expect(loads.count).toBe(1000)
  })

  it('is read once by all that ask at the same time', async () => {
    const { rendering, loads } = aContent()
    await Promise.all([1, 2, 3].map((position) => rendering.ready(aCampaign(), position)))
    expect(loads.count).toBe(1)
  })

  it('is not kept beyond what a process may hold', async () => {
    const { rendering, loads } = aContent(3 * 1024 * 1024)
    for (let turn = 0; turn < 2; turn++)
      for (let n = 0; n < 100; n++) await rendering.ready(aCampaign({ campaignId: `m.${n}` }), 1)
    expect(loads.count).toBe(200)
  })
})

import { listStored, start } from '@securemailmerge/shared/merging/acts'
import { storeList } from '@securemailmerge/shared/merging/store-list'
import { startSending } from '../kit/sending.ts'

/** A list of so many recipients is taken in and started: seconds from its first byte, and what memory grows by. */
export async function benchAccept(recipients: number) {
  const kit = await startSending({ rate: 1 })
  try {
    const account = kit.person()
    const given = { name: 'Bench', from: null, mode: 'draft' as const, language: 'en' as const, licensedUntil: null }
    const change = { id: 'bench', fingerprint: '' }
    const campaign = await kit.campaigns.create(account, change, given, kit.now())
    await kit.content.putTemplate(campaign, {
      subject: 'Hello {{First}}',
      html: '<p>Dear {{First}} of {{Company}}</p>',
    })
    await kit.content.putAttachments(campaign, [])
    const seen = await kit.campaigns.see(account, campaign.campaignId)
    const list = Buffer.concat(Array.from({ length: recipients }, (_, at) => line(at + 1)))
    global.gc?.()
    const before = process.memoryUsage().rss
    let most = before
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 10)
    const began = performance.now()
    const preflight = await storeList(kit, seen.campaign, pieces(list))
    await kit.campaigns.act(account, campaign.campaignId, listStored(preflight))
    const stored = performance.now()
    await kit.campaigns.act(account, campaign.campaignId, start(null, null))
    const started = performance.now()
    clearInterval(watch)
    return {
      recipients: preflight.mails,
      megabytes: list.length / 1e6,
      seconds: (stored - began) / 1000,
      startMs: started - stored,
      grownMegabytes: (most - before) / 1e6,
    }
  } finally {
    await kit.close()
  }
}

const line = (row: number): Buffer =>
  Buffer.from(
    `${JSON.stringify({ row, to: `person${row}@customers.example`, fields: { First: `Zoë ${row}`, Company: "O'Brien" } })}\n`,
  )

async function* pieces(list: Buffer) {
  for (let at = 0; at < list.length; at += 65_536) yield list.subarray(at, at + 65_536)
}

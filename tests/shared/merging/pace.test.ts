import { actOnTick } from '@securemailmerge/shared/merging/act-on-tick'
import { resume } from '@securemailmerge/shared/merging/acts'
import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import type { TurnParts } from '@securemailmerge/shared/merging/turn'
import { describe, expect, it } from 'vitest'
import { noon } from '../../builders.ts'
import { MemorySending } from '../../kit/memory-sending.ts'
import { aCampaign, aMailbox, mailboxId } from '../../kit/merging-builders.ts'
import { VirtualTime } from '../../kit/virtual-time.ts'

const minute = 60_000

interface Pace {
  /** How long a call takes: to the store, to Microsoft, and a tick on its way, in ms. */
  store: () => number
  graph: () => number
  tick: () => number
  /** What a mail takes, by campaign. */
  need?: (n: number) => { recipients: number; bytes: number }
  campaigns?: Campaign[]
  /** Which campaign and position Microsoft answers what, if not that it is done. */
  answer?: (position: number) => object | undefined
}

/** Turns of one mailbox as they come by their ticks, for so many minutes of a time that is not ours. */
async function mailsOf({ store, graph, tick, ...more }: Pace, minutes: number) {
  const time = new VirtualTime(noon.getTime())
  const sending = new MemorySending(time.now, () => time.sleep(store()))
  const campaigns = more.campaigns ?? [aCampaign({ total: 10_000, mode: 'send' })]
  const sent: { at: number; stamp: string; ended: number }[] = []
  let ticks = 0
  let calls = 0
  const faults: unknown[] = []
  const parts: TurnParts = {
    sending: sending.asSending,
    mails: {
      sendMail: async (_token: string, { stamp }: { stamp: string }) => {
        calls += 1
        const takes = graph()
        await time.sleep(takes / 2)
        const answer = more.answer?.(calls)
        if (!answer) sent.push({ at: time.ms, stamp, ended: time.ms + takes / 2 })
        await time.sleep(takes / 2)
        return answer ?? { kind: 'done', value: undefined }
      },
    } as unknown as TurnParts['mails'],
    monotonic: () => time.ms - 1e12,
    wait: (ms) => time.sleep(ms),
    ready: async ({ campaignId }, position) => ({
      mail: { stamp: `${campaignId} ${position}` } as never,
      to: 'p@x.example',
      row: position,
      need: more.need?.(Number(campaignId.slice(-1))) ?? { recipients: 1, bytes: 1000 },
    }),
    footerDue: () => true,
    maySend: async () => true,
    token: async () => ({ token: 't' }),
    tokenRefused: () => {},
    sent: async () => {},
    tick: async (_, number, at) => {
      ticks += 1
      const due = Math.max(0, (at?.getTime() ?? 0) - time.ms)
      // A bad mailbox would wake itself for ever.
      if (ticks < 20_000)
        void time
          .sleep(due + tick())
          .then(() => actOnTick(parts, { mailboxId, number }, 1).catch((error) => faults.push(error)))
    },
  }
  let pair: { mailbox: Mailbox; campaign: Campaign } = { mailbox: aMailbox(), campaign: campaigns[0] as Campaign }
  for (const campaign of campaigns) {
    pair = resume({ mailbox: pair.mailbox, campaign: { ...campaign, state: 'paused' } }, time.now())
    sending.put(pair.campaign)
  }
  sending.put(pair.mailbox)
  await parts.tick(mailboxId, pair.mailbox.wake.number, null)
  await time.run(noon.getTime() + minutes * minute)
  expect(faults).toEqual([])
  return { sent, ticks, sending, time, calls }
}

/** The most and the fewest in any minute that begins or ends with one of them. */
function perMinute(instants: number[], from: number, until: number) {
  const all = instants.toSorted((a, b) => a - b)
  const inside = (begin: number) => all.filter((at) => at > begin && at <= begin + minute).length
  const within = all.filter((at) => at >= from && at + minute <= until)
  return {
    most: Math.max(...all.map((at) => inside(at - 1))),
    fewest: Math.min(...within.map((at) => inside(at))),
  }
}

const between = (from: number, to: number, seed: number) => {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return from + (state / 2 ** 31) * (to - from)
  }
}

describe('while work waits', () => {
  it.each([
    ['all is fast', between(2, 12, 1), between(0, 50, 2), between(5, 300, 3)],
    ['the store is slow', between(20, 60, 1), between(100, 600, 2), between(5, 300, 3)],
    ['Microsoft takes two seconds', between(5, 20, 1), between(1_500, 2_500, 2), between(5, 300, 3)],
    ['Microsoft takes five seconds', between(5, 20, 1), between(4_000, 5_500, 2), between(5, 300, 3)],
  ])('30 mails leave in a minute, and never more: %s', { timeout: 60_000 }, async (_, store, graph, tick) => {
    const { sent, time } = await mailsOf({ store, graph, tick }, 8)
    const from = noon.getTime() + 15_000
    const accepted = perMinute(
      sent.map(({ at }) => at),
      from,
      time.ms - 10_000,
    )
    const ended = perMinute(
      sent.map(({ ended }) => ended),
      from,
      time.ms - 10_000,
    )
    console.log(_, accepted, ended, sent.length)
    expect(Math.max(accepted.most, ended.most)).toBeLessThanOrEqual(30)
    expect(ended.fewest).toBeGreaterThanOrEqual(29)
  })
})

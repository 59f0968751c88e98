import { actOnTick } from '@securemailmerge/shared/merging/act-on-tick'
import { resume } from '@securemailmerge/shared/merging/acts'
import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import type { Mail } from '@securemailmerge/shared/merging/mail'
import type { Mailbox } from '@securemailmerge/shared/merging/mailbox'
import type { TurnParts } from '@securemailmerge/shared/merging/turn'
import { BYTES_IN_FIVE_MINUTES, emptyWindows, withClaim } from '@securemailmerge/shared/merging/windows'
import { describe, expect, it } from 'vitest'
import { hour, later, noon } from '../../builders.ts'
import { MemorySending } from '../../kit/memory-sending.ts'
import { aCampaign, aMailbox, idOf, mailboxId } from '../../kit/merging-builders.ts'
import { VirtualTime } from '../../kit/virtual-time.ts'

const minute = 60_000

interface Given {
  /** How long a call takes: to the store, to Microsoft, and a tick on its way, in ms. */
  store: () => number
  graph: () => number
  tick: () => number
  mailbox?: Mailbox
  campaigns?: Campaign[]
  /** What a mail takes, by the number of its campaign. */
  need?: (campaign: number) => { recipients: number; bytes: number }
  /** How long the mail of a row takes to be made. */
  render?: (position: number) => number
  /** Whether the mail of a row cannot be made, by a fault of ours. */
  isFaulty?: (position: number) => boolean
}

/** Between two numbers, the same in each run. */
function between(from: number, to: number, seed: number) {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return from + (state / 2 ** 31) * (to - from)
  }
}

const fast = { store: between(2, 12, 1), graph: between(0, 50, 2), tick: between(5, 300, 3) }

/** Turns of one mailbox as they come by their ticks, in a time that is not ours. */
class Sender {
  readonly time = new VirtualTime(noon.getTime())
  readonly sending: MemorySending
  /** What was accepted, and when; and when the call ended. */
  readonly sent: { at: number; ended: number; stamp: string }[] = []
  readonly faults: unknown[] = []
  ticks = 0
  writes = 0
  readonly #given: Given
  readonly #drafts = new Map<string, { stamp: string; isSent: boolean }>()
  readonly #parts: TurnParts

  constructor(given: Given) {
    this.#given = given
    const { time } = this
    this.sending = new MemorySending(time.now, () => time.sleep(given.store()))
    this.#countWrites()
    this.#parts = {
      sending: this.sending.asSending,
      mails: this.#mails(),
      monotonic: () => time.ms - 1e12,
      wait: (ms) => time.sleep(ms),
      ready: async ({ campaignId }, position) => {
        await time.sleep(given.render?.(position) ?? 0)
        return {
          mail: { stamp: `${campaignId} ${position}` } as Mail,
          to: 'p@x.example',
          row: position,
          need: given.need?.(Number(campaignId.slice(-1))) ?? { recipients: 1, bytes: 1000 },
        }
      },
      footerDue: () => true,
      maySend: async () => true,
      token: async () => ({ token: 't' }),
      tokenRefused: () => {},
      ownerAddress: async () => null,
      notTold: () => {},
      sent: async () => {},
      tick: async (_, number, at) => this.#tick(number, at),
    }
  }

  /** Starts its campaigns, and lets so many minutes pass. */
  async run(minutes: number): Promise<this> {
    let { mailbox = aMailbox() } = this.#given
    for (const campaign of this.#given.campaigns ?? [aCampaign({ total: 10_000, mode: 'send' })]) {
      const pair = resume({ mailbox, campaign: { ...campaign, state: 'paused' } }, noon)
      mailbox = pair.mailbox
      this.sending.put(pair.campaign)
    }
    this.sending.put(mailbox)
    this.#tick(mailbox.wake.number, null)
    await this.time.run(noon.getTime() + minutes * minute)
    return this
  }

  /** How many were sent of a campaign. */
  of = (n: number): number => this.sent.filter(({ stamp }) => stamp.startsWith(idOf(n))).length

  #tick(number: number, at: Date | null): void {
    this.ticks += 1
    // A mailbox that wakes itself for nothing would do so for ever.
    if (this.ticks > 5_000) return
    const due = Math.max(0, (at?.getTime() ?? 0) - this.time.ms)
    void this.time
      .sleep(due + this.#given.tick())
      .then(() => actOnTick(this.#parts, { mailboxId, number }, 1))
      .catch((error: unknown) => this.faults.push(error))
  }

  #mails() {
    // Whatever is sent is accepted, also what was sent before: some mailboxes do so (E2).
    const send = async (stamp: string, leaves = () => {}) => {
      if (this.#given.isFaulty?.(Number(stamp.split(' ')[1]))) throw new Error('a fault of ours')
      const takes = this.#given.graph()
      await this.time.sleep(takes / 2)
      leaves()
      this.sent.push({ at: this.time.ms, ended: this.time.ms + takes / 2, stamp })
      await this.time.sleep(takes / 2)
      return { kind: 'done', value: undefined }
    }
    return {
      sendMail: (_token: string, { stamp }: Mail) => send(stamp),
      createDraft: async (_token: string, { stamp }: Mail) => {
        await this.time.sleep(this.#given.graph())
        const id = `draft ${this.#drafts.size}`
        this.#drafts.set(id, { stamp, isSent: false })
        return { kind: 'done', value: { id, internetMessageId: id } }
      },
      sendDraft: (_token: string, id: string) => {
        const draft = this.#drafts.get(id)!
        return send(draft.stamp, () => {
          draft.isSent = true
        })
      },
      deleteDraft: async () => ({ kind: 'done', value: undefined }),
      look: async (_token: string, id: string) => {
        await this.time.sleep(20)
        return { kind: 'done', value: this.#drafts.get(id)?.isSent ? 'sent' : 'draft' }
      },
      find: async () => ({ kind: 'done', value: 'none' }),
    } as unknown as TurnParts['mails']
  }

  #countWrites(): void {
    const { change, replaceRow } = this.sending
    this.sending.change = (...given) => {
      this.writes += 1
      return change.apply(this.sending, given) as never
    }
    this.sending.replaceRow = (...given) => {
      this.writes += 1
      return replaceRow.apply(this.sending, given)
    }
  }
}

/** The most in any minute, and the fewest in any that lies within these. */
function perMinute(instants: number[], from: number, until: number) {
  const all = instants.toSorted((a, b) => a - b)
  const inside = (begin: number) => all.filter((at) => at > begin && at <= begin + minute).length
  const within = all.filter((at) => at >= from && at + minute <= until)
  return { most: Math.max(...all.map((at) => inside(at - 1))), fewest: Math.min(...within.map(inside)) }
}

describe('while work waits', () => {
  it.each([
    ['all is fast', 29, fast],
    ['the store is slow', 29, { store: between(20, 60, 1), graph: between(100, 600, 2), tick: between(5, 300, 3) }],
    ['ticks are late', 28, { ...fast, tick: between(400, 900, 3) }],
    // What is on its way counts until its end is known: the minute is longer by so much (E5).
    ['Microsoft takes 2 s', 27, { ...fast, graph: between(1_500, 2_500, 2) }],
    // Three at a time (E6).
    ['Microsoft takes 5 s', 24, { ...fast, graph: between(4_000, 5_500, 2) }],
  ])('30 mails leave in a minute, and never more: %s', { timeout: 60_000 }, async (_, fewest, given) => {
    const { sent, time, faults, ticks, writes } = await new Sender(given).run(8)
    const range = [noon.getTime() + 15_000, time.ms - 10_000] as const
    for (const instants of [sent.map(({ at }) => at), sent.map(({ ended }) => ended)]) {
      const found = perMinute(instants, ...range)
      expect(found.most).toBeLessThanOrEqual(30)
      expect(found.fewest).toBeGreaterThanOrEqual(fewest)
    }
    expect(faults).toEqual([])
    // A claim and an outcome each; a turn has two of its own, and some at its end (E11).
    expect(writes / sent.length).toBeLessThan(3.2)
    expect(ticks / sent.length).toBeLessThan(1)
  })

  it('the first mail leaves within a second of the start', async () => {
    const { sent } = await new Sender(fast).run(1)
    expect(sent[0]!.at - noon.getTime()).toBeLessThan(1_000)
  })
})

describe('when a mail takes more than is left', () => {
  const campaigns = [aCampaign({ total: 500, mode: 'send' }), aCampaign({ total: 500, mode: 'send' }, 2)]
  const many = (campaign: number) => ({ recipients: campaign === 1 ? 50 : 1, bytes: 1000 })
  const almost = aMailbox({ windows: withClaim(emptyWindows(), { recipients: 9_960, bytes: 0 }, later(-hour)) })

  it('of the day, the mailbox sleeps until there is room, and does not wake itself in vain', async () => {
    const one = await new Sender({ ...fast, mailbox: almost, campaigns: campaigns.slice(0, 1), need: many }).run(60)
    expect(one.of(1)).toBe(0)
    expect(one.ticks).toBeLessThan(5)
  })

  it('of the day, smaller mails of another campaign go on', async () => {
    const one = await new Sender({ ...fast, mailbox: almost, campaigns, need: many }).run(60)
    expect(one.of(1)).toBe(0)
    expect(one.of(2)).toBe(40)
    expect(one.ticks).toBeLessThan(30)
  })

  it('of the bytes, both go on at what is allowed', async () => {
    const large = (campaign: number) => ({ recipients: 1, bytes: campaign === 1 ? 8_000_000 : 1000 })
    const one = await new Sender({ ...fast, campaigns, need: large }).run(20)
    const sent = one.sent.filter(({ stamp }) => stamp.startsWith(idOf(1)))
    for (const { at: from } of sent)
      expect(sent.filter(({ at }) => at >= from && at < from + 5 * minute).length * 8_000_000).toBeLessThanOrEqual(
        BYTES_IN_FIVE_MINUTES,
      )
    expect(one.of(1)).toBeGreaterThan(40)
    expect(one.of(2)).toBe(500)
    expect(one.ticks).toBeLessThan(one.sent.length)
  })
})

describe('when something takes longer than it should', () => {
  it('a row whose mail took almost as long to make as a lease lasts is sent once', async () => {
    let made = 0
    const render = (position: number) => {
      made += 1
      // Each turn that comes meanwhile waits as well.
      return position === 1 && made < 13 ? 113_800 : 0
    }
    const campaigns = [aCampaign({ total: 3 })]
    const sender = await new Sender({ ...fast, graph: () => 8_000, campaigns, render }).run(10)
    expect(sender.sent.map(({ stamp }) => stamp).toSorted()).toEqual([1, 2, 3].map((n) => `${idOf()} ${n}`))
  })

  it('a fault of ours in one mail ends its turn, and no process', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const one = await new Sender({ ...fast, isFaulty: (position) => position === 2 }).run(2)
    process.off('unhandledRejection', note)
    expect(one.faults.length).toBeGreaterThan(0)
    expect(unhandled).toEqual([])
    expect(one.of(1)).toBeGreaterThan(30)
  })
})

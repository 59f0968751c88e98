import type { Outcome } from '@securemailmerge/shared/graph/outcome'
import type { Claim } from '@securemailmerge/shared/merging/mailbox'
import { claimableAt, folded } from '@securemailmerge/shared/merging/moves'
import { type SettleParts, settleOld } from '@securemailmerge/shared/merging/settle-claims'
import { emptyWindows, withEnd } from '@securemailmerge/shared/merging/windows'
import { describe, expect, it } from 'vitest'
import { later, noon, second } from '../../builders.ts'
import { MemorySending, rowsOf } from '../../kit/memory-sending.ts'
import { aCampaign, aMailbox, aRow, idOf, mailboxId } from '../../kit/merging-builders.ts'

const minute = 60 * second
const draft = { id: 'draft', internetMessageId: '<id@x.example>' }
const claim: Claim = { id: 'claim', campaignId: idOf(), position: 1, at: noon.toISOString() }
const done = <T>(value: T): Outcome<T> => ({ kind: 'done', value })
const away: Outcome<never> = { kind: 'refused', why: { class: 'transient', code: 'ErrorServerBusy' } }
const barred: Outcome<never> = { kind: 'refused', why: { class: 'sender', code: 'ErrorAccessDenied' } }
const day = 24 * 60 * minute

interface Given {
  /** How long ago the claim was made. */
  age?: number
  mode?: 'draft' | 'send'
  row?: Parameters<typeof aRow>[0]
  look?: Outcome<'draft' | 'sent' | 'gone'>
  find?: Outcome<'draft' | 'sent' | 'none'>
  isSignedIn?: boolean
}

/** One claim whose host has died, and what becomes of it. */
async function settled({ age = 2 * minute, mode = 'draft', row = {}, look, find, isSignedIn = true }: Given) {
  const sending = new MemorySending(() => later(age))
  const stored = aRow({ state: 'sending', claim: claim.id, draft, ...row })
  sending.put(aMailbox({ claims: [claim] }), aCampaign({ mode, cursor: 1 }), stored)
  const looks: string[] = []
  const parts: SettleParts = {
    sending: sending.asSending,
    mails: {
      look: async () => {
        looks.push('look')
        return look ?? away
      },
      find: async () => {
        looks.push('find')
        return find ?? away
      },
    },
    token: async () => (isSignedIn ? { token: 't' } : { lost: 'needs_sign_in' }),
  }
  const [result] = await settleOld(parts, mailboxId)
  const [after] = rowsOf(sending.kept, idOf())
  return { state: result?.state, result, row: after!, looks }
}

describe('a claim whose host has died', () => {
  it.each<[string, Given, string | undefined]>([
    ['is left alone for two minutes', { age: 2 * minute - 1, look: done('sent') }, undefined],
    ['is sent when its draft is one no more', { look: done('sent') }, 'sent'],
    ['is sent when its id finds nothing and its message id does', { look: done('gone'), find: done('sent') }, 'sent'],
    ['is tried again when its draft lies there', { look: done('draft') }, 'pending'],
    ['is tried again when it never had a draft', { row: { draft: null } }, 'pending'],
    ['has failed when hosts die of it again and again', { row: { draft: null, attempts: 4 } }, 'failed'],
    ['is looked for again while Microsoft refuses the look', { age: day - 1, look: barred }, undefined],
    ['is unknown when it has refused for a day', { age: day, look: barred }, 'unknown'],
    ['is looked for again while Microsoft is away, however long', { age: 9 * day, look: away }, undefined],
    ['is looked for again when nothing is found yet', { look: done('gone'), find: done('none') }, undefined],
    ['… or a draft under another id', { look: done('gone'), find: done('draft') }, undefined],
    [
      'is unknown when nothing is found for 15 minutes',
      { age: 15 * minute, look: done('gone'), find: done('none') },
      'unknown',
    ],
    ['is never given up unseen: Microsoft is away', { age: 600 * minute, look: away }, undefined],
    ['… nor when only the search is', { age: 600 * minute, look: done('gone'), find: away }, undefined],
    ['… nor while its owner is signed out', { age: 600 * minute, isSignedIn: false, look: done('gone') }, undefined],
    ['is unknown at once when it went by a single call', { mode: 'send', row: { draft: null } }, 'unknown'],
    ['is what its row says, when that has an end', { row: { state: 'failed', claim: null } }, 'failed'],
    ['… pending too', { row: { state: 'pending', claim: null } }, 'pending'],
    ['is not ended by a row that somebody else is sending', { row: { claim: 'another' } }, undefined],
  ])('%s', async (_, given, state) => {
    const { state: found, row } = await settled(given)
    expect(found).toBe(state)
    if (state !== undefined) expect(row).toMatchObject({ state, claim: null })
  })

  it('keeps its draft, which alone may be sent', async () => {
    expect((await settled({ look: done('draft') })).row.draft).toEqual(draft)
  })

  it('is searched for only when its id finds nothing', async () => {
    expect((await settled({ look: done('sent') })).looks).toEqual(['look'])
    expect((await settled({ look: done('gone'), find: done('sent') })).looks).toEqual(['look', 'find'])
  })

  it('counts for the pace until a minute after it can have left at the latest', async () => {
    const { result } = await settled({ look: done('sent') })
    expect(result?.end).toEqual(later(90 * second))
    // 29 ends of the last minute, and this one: the thirty-first waits.
    const ends = Array.from({ length: 29 }, (_, n) => later(2 * minute - 50 * second + n))
    const mailbox = aMailbox({ claims: [claim], windows: ends.reduce(withEnd, emptyWindows()) })
    const after = folded({ mailbox, campaign: aCampaign() }, result!, later(2 * minute)).mailbox
    const at = claimableAt(after, { recipients: 1, bytes: 0 }, later(2 * minute))
    // Hosts may be some tenths of a second apart.
    expect(at).toEqual(later(2 * minute + 10 * second + 100))
    const pending = await settled({ look: done('draft') })
    expect(pending.result?.end).toBeNull()
  })
})

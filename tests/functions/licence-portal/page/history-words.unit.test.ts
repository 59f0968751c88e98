import { describe, expect, it } from 'vitest'
import type { HistoryEntry } from '../../../../functions/licence-portal/page/data/answers.ts'
import {
  ERASED_ADDRESS,
  listedAddresses,
  withdrawnIn,
} from '../../../../functions/licence-portal/page/pages/subscription/history/addresses.ts'
import { sentencesOf } from '../../../../functions/licence-portal/page/pages/subscription/history/sentences.ts'
import { whoDid } from '../../../../functions/licence-portal/page/pages/subscription/history/who.ts'
import type { Deed } from '../../../../shared/licensing/change.ts'
import { ERASED_ADDRESS as serversErasedAddress } from '../../../../shared/licensing/erasing.ts'
import { sayIn } from '../../../kit/page-texts.ts'

const anEntry = (did: string, more: Partial<HistoryEntry> = {}): HistoryEntry => ({
  ...{ id: 'c1', at: '2026-11-28T12:00:00.000Z', by: 'you', did },
  ...{ quantity: null, quantityBefore: null, state: null, changed: [], seats: [] },
  ...more,
})
const seat = (address: string, outcome: string) => ({ seat: `seat of ${address}`, address, outcome })
const said = (entry: HistoryEntry, before?: Parameters<typeof sentencesOf>[2]) =>
  sentencesOf(sayIn('en'), entry, before).map((sentence) => sentence.replaceAll('\u00a0', ' '))

const bob = 'bob@contoso.example'
const ann = 'ann@contoso.example'

describe('what a change did, in words', () => {
  const cases: [Deed, Partial<HistoryEntry>, string[]][] = [
    ['granted', { quantity: 1 }, ['1 licence was granted.']],
    ['altered', { quantity: 20 }, ['The agreement was changed: 20 licences.']],
    ['assigned', { seats: [seat(bob, 'assigned'), seat(ann, 'assigned')] }, ['2 licences were assigned.']],
    ['withdrawn', { seats: [seat(bob, 'withdrawn')] }, ['1 licence was withdrawn.']],
    [
      'handed_on',
      { seats: [seat(bob, 'withdrawn'), seat(ann, 'assigned')] },
      [`A licence was handed on from ${bob} to ${ann}.`],
    ],
    ['purchased', { quantity: 12, state: 'active' }, ['12 licences were bought.']],
    ['quantity_asked', { quantity: 9, quantityBefore: 12 }, ['9 licences were asked for instead of 12.']],
    ['bound', { seats: [seat(bob, 'bound')] }, ['1 licence is now used by an account.']],
    [
      'rebound',
      { seats: [seat(bob, 'rebound')] },
      ['1 licence was assigned anew: the next account that shows the address has it.'],
    ],
    ['erased', {}, ['Somebody’s data was erased.']],
    ['erased', { seats: [seat(bob, 'erased')] }, ['Somebody’s data was erased.', 'Licences that they had are free.']],
  ]
  it.each(cases)('%s', (did, more, sentences) => {
    expect(said(anEntry(did, more))).toEqual(sentences)
  })

  it('every kind there is has words of its own, in both languages, with nothing left in braces', () => {
    const kinds: Record<Deed, true> = {
      ...{ granted: true, altered: true, assigned: true, withdrawn: true, handed_on: true, rebound: true, bound: true },
      ...{ purchased: true, changed_at_seller: true, quantity_asked: true, cancel_asked: true, undo_asked: true },
      ...{ invited_owner: true, claimed: true, recovered: true, extended: true, described: true, erased: true },
    }
    const seats = [seat(bob, 'withdrawn'), seat(ann, 'assigned')]
    for (const language of ['en', 'fr'] as const) {
      const other = sentencesOf(sayIn(language), anEntry('a_kind_of_tomorrow'), undefined)
      expect(other).toHaveLength(1)
      for (const did of Object.keys(kinds)) {
        const sentences = sentencesOf(
          sayIn(language),
          anEntry(did, { quantity: 3, quantityBefore: 2, state: 'active', seats }),
          undefined,
        )
        expect(sentences.length).toBeGreaterThan(0)
        expect(sentences.join(' ')).not.toMatch(/[{}]|undefined/)
        expect(sentences).not.toEqual(other)
      }
    }
  })

  it('a kind that this page does not know is not taken for one that every object has', () => {
    expect(said(anEntry('toString'))).toEqual(['Something was changed.'])
  })

  it('a licence that somebody takes into use by assigning it to themselves was not given twice', () => {
    const seats = [seat(bob, 'already_assigned')]
    expect(said(anEntry('assigned', { seats }))).toEqual(['1 licence is now used by an account.'])
  })

  it('says where a licence became free because the other one had a licence already', () => {
    const seats = [seat(bob, 'withdrawn'), seat(ann, 'already_bound')]
    expect(said(anEntry('handed_on', { seats }))[1]).toBe(`${ann} had one already, so a licence became free.`)
  })

  it('says of a purchase whose money is on its way that it is', () => {
    const [, second] = said(anEntry('purchased', { quantity: 5, state: 'payment_pending' }))
    expect(second).toBe('State: Waiting for the payment.')
  })

  it.each([
    [{ quantity: 10, state: 'active' }, ['The quantity went from 10 to 12 licences.']],
    [{ quantity: 12, state: 'past_due' }, ['State: Active.']],
    [{ quantity: 9, state: 'past_due' }, ['The quantity went from 9 to 12 licences.', 'State: Active.']],
    [{ quantity: 12, state: 'active' }, ['The paid period or its end has changed.']],
    [undefined, ['There are 12 licences now.', 'State: Active.']],
  ] as const)(
    'of what the payment provider says only the difference is told: before it was %j',
    (before, sentences) => {
      expect(said(anEntry('changed_at_seller', { quantity: 12, state: 'active' }), before)).toEqual(sentences)
    },
  )

  it('tells what was said before and since, name, reference and contact', () => {
    const changed: HistoryEntry['changed'] = [
      { what: 'name', from: 'A', to: 'B' },
      { what: 'reference', from: null, to: 'PO 1' },
      { what: 'contact', from: 'Ann', to: null },
    ]
    expect(said(anEntry('described', { changed }))).toEqual([
      'The name was “A”. It is “B” now.',
      'The reference “PO 1” was added.',
      'The contact text “Ann” was taken away.',
    ])
  })

  it('does not show what stands for an address that was erased', () => {
    expect(ERASED_ADDRESS).toBe(serversErasedAddress)
    const seats = [seat(ERASED_ADDRESS, 'withdrawn'), seat(ann, 'assigned')]
    expect(said(anEntry('handed_on', { seats }))).toEqual([`A licence was handed on from (erased) to ${ann}.`])
  })
})

describe('addresses', () => {
  it('are listed but where the sentence names them', () => {
    const seats = [seat(bob, 'withdrawn'), seat(ann, 'assigned')]
    expect(listedAddresses({ did: 'assigned', seats })).toEqual([bob, ann])
    expect(listedAddresses({ did: 'handed_on', seats })).toEqual([])
  })

  it('can have a licence again if they lost it and were not erased, each once', () => {
    const seats = [
      seat(bob, 'withdrawn'),
      seat(bob, 'withdrawn'),
      seat(ERASED_ADDRESS, 'withdrawn'),
      seat(ann, 'assigned'),
    ]
    expect(withdrawnIn({ seats })).toEqual([bob])
  })
})

it.each([
  ['you', 'assigned', 'history.by.you'],
  ['another_account', 'assigned', 'history.by.another'],
  ['operator', 'granted', 'history.by.operator'],
  ['erased', 'withdrawn', 'history.by.erased'],
  ['system', 'changed_at_seller', 'history.by.seller'],
  ['system', 'purchased', 'history.by.seller'],
  ['system', 'bound', 'history.by.itself'],
] as const)('what %s did as %s is said to be by %s', (by, did, who) => {
  expect(whoDid({ by, did })).toBe(who)
})

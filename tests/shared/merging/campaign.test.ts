import {
  campaignItem,
  failsMostly,
  isOver,
  mailboxOf,
  withLately,
  workAt,
} from '@securemailmerge/shared/merging/campaign'
import { describe, expect, it } from 'vitest'
import { later, noon } from '../../builders.ts'
import { aCampaign, idOf, mailboxId } from '../../kit/merging-builders.ts'

describe('a campaign', () => {
  it('tells its mailbox by its id', () => {
    expect(mailboxOf(idOf())).toBe(mailboxId)
    expect(mailboxOf('')).toBe('')
    expect(campaignItem('a')).toBe('campaign:a')
  })

  it.each([
    ['draft', false],
    ['ready', false],
    ['running', false],
    ['paused', false],
    ['blocked', false],
    ['completed', true],
    ['completed_with_errors', true],
    ['cancelled', true],
  ] as const)('that is %s is over: %s', (state, over) => expect(isOver(aCampaign({ state }))).toBe(over))
})

describe('it has something to claim', () => {
  const again = [
    { position: 3, at: later(9_000).toISOString() },
    { position: 4, at: later(7_000).toISOString() },
  ]
  it.each([
    ['at once while rows are ahead', {}, 0],
    ['at once while failed rows are looked for', { cursor: 10, retryFrom: 3 }, 0],
    ['at the first of those to try again', { cursor: 10, again }, 7_000],
    ['at once when rows are ahead as well', { again }, 0],
    ['not before its start', { startAt: later(60_000).toISOString() }, 60_000],
    ['not before its start either', { cursor: 10, again, startAt: later(60_000).toISOString() }, 60_000],
    ['never at its end', { cursor: 10 }, null],
    ['never while it is paused', { state: 'paused', again }, null],
    ['never when it is cancelled', { state: 'cancelled' }, null],
  ] as const)('%s', (_, some, ms) => {
    const at = workAt(aCampaign({ ...some, again: [...('again' in some ? some.again : [])] }), noon)
    expect(at && at.getTime() - noon.getTime()).toBe(ms)
  })
})

describe('its error budget', () => {
  const lately = (text: string) => [...text].reduce((all, one) => withLately(all, one as 's'), '')

  it('looks at the last twenty', () => expect(lately('s'.repeat(30) + 'f'.repeat(20))).toBe('f'.repeat(20)))

  it.each([
    ['f'.repeat(19), false],
    ['f'.repeat(20), true],
    ['s'.repeat(5) + 'f'.repeat(15), true],
    ['s'.repeat(6) + 'f'.repeat(14), false],
    ['f'.repeat(15) + 's'.repeat(20), false],
  ])('%s has run out: %s', (text, out) => expect(failsMostly(aCampaign({ lately: lately(text) }))).toBe(out))
})

import { describe, expect, it } from 'vitest'
import { Problem } from '../../../../functions/licence-portal/page/data/problem.ts'
import { isDone, keptSession, type SignIn } from '../../../../functions/licence-portal/page/data/sign-in.ts'
import { SignInGate, whySignIn } from '../../../../functions/licence-portal/page/data/sign-in-gate.ts'
import { isOfFresh, wordsOfRefusal } from '../../../../functions/licence-portal/page/pages/sign-in/words-of-refusal.ts'
import { statusOf } from '../../../../shared/http/problems.ts'
import { signInRefusals } from '../../../../shared/identity/sign-in-attempt.ts'
import page from '../../../../shared/languages/page.en.json' with { type: 'json' }
import type { RefusalCode } from '../../../../shared/refusal.ts'

const refused = (code: RefusalCode) => new Problem(code, statusOf[code])
/** A service that refuses as often as there are codes, then answers; and how often it was asked. */
function aService(...codes: RefusalCode[]) {
  const asked = { times: 0 }
  const ask = async () => {
    const code = codes[asked.times++]
    if (code) throw refused(code)
    return 'done'
  }
  return { asked, ask }
}
function aGate() {
  const gate = new SignInGate()
  gate.know()
  return gate
}
/** Everything that waits has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a call that wants a new sign-in', () => {
  it.each([
    ['token_invalid', 'ended'],
    ['fresh_sign_in_required', 'not_fresh'],
  ] as const)('waits when it is refused as %s, and is done once more by itself', async (code, why) => {
    const gate = aGate()
    const { asked, ask } = aService(code)
    const answer = gate.through(false, ask)
    await settled()
    expect([gate.wanted(), asked.times]).toEqual([why, 1])
    gate.settle(true)
    expect(await answer).toBe('done')
    expect([gate.wanted(), asked.times]).toEqual([null, 2])
  })

  it('is refused as it was when the person puts it off', async () => {
    const gate = aGate()
    const { asked, ask } = aService('token_invalid')
    const answer = gate.through(false, ask)
    await settled()
    gate.settle(false)
    await expect(answer).rejects.toMatchObject({ code: 'token_invalid', status: 401 })
    expect([gate.wanted(), asked.times]).toEqual([null, 1])
  })

  it('is not done a third time for the same reason', async () => {
    const gate = aGate()
    const { asked, ask } = aService('token_invalid', 'token_invalid')
    const answer = gate.through(false, ask)
    await settled()
    gate.settle(true)
    await expect(answer).rejects.toMatchObject({ code: 'token_invalid' })
    expect([gate.wanted(), asked.times]).toEqual([null, 2])
  })

  it('asks for a fresh sign-in, too, when the new one was not fresh', async () => {
    const gate = aGate()
    const { asked, ask } = aService('token_invalid', 'fresh_sign_in_required')
    const answer = gate.through(false, ask)
    await settled()
    gate.settle(true)
    await settled()
    expect(gate.wanted()).toBe('not_fresh')
    gate.settle(true)
    expect([await answer, asked.times]).toEqual(['done', 3])
  })

  it('does not wait for other refusals, nor for what is no refusal', async () => {
    const gate = aGate()
    await expect(gate.through(false, aService('not_allowed').ask)).rejects.toMatchObject({ code: 'not_allowed' })
    await expect(gate.through(false, () => Promise.reject(new Error('a fault')))).rejects.toThrow('a fault')
    expect([gate.wanted(), whySignIn(new Error('token_invalid'))]).toEqual([null, undefined])
  })
})

describe('the gate', () => {
  it('asks nobody to sign in again who never was signed in on this page', async () => {
    const gate = new SignInGate()
    await expect(gate.through(true, aService('token_invalid').ask)).rejects.toMatchObject({ code: 'token_invalid' })
    expect(gate.wanted()).toBeNull()
  })

  it('lets all that wait go on by one sign-in, the freshest that any of them wants', async () => {
    const gate = aGate()
    const seen: (string | null)[] = []
    gate.watch(() => seen.push(gate.wanted()))
    const answers = [
      gate.through(true, aService('token_invalid').ask),
      gate.through(false, aService('fresh_sign_in_required').ask),
      gate.through(true, aService('token_invalid').ask),
    ]
    await settled()
    expect(gate.wanted()).toBe('not_fresh')
    gate.settle(true)
    expect(await Promise.all(answers)).toEqual(['done', 'done', 'done'])
    expect(seen).toEqual(['ended', 'not_fresh', null])
  })

  it('does not ask again by itself when it was put off, but when the person changes something, or is back', async () => {
    const gate = aGate()
    const put = gate.through(true, aService('token_invalid').ask)
    await settled()
    gate.settle(false)
    await expect(put).rejects.toThrow()
    await expect(gate.through(true, aService('token_invalid').ask)).rejects.toThrow()
    expect(gate.wanted()).toBeNull()

    const change = gate.through(false, aService('token_invalid').ask)
    await settled()
    expect(gate.wanted()).toBe('ended')
    gate.settle(false)
    await expect(change).rejects.toThrow()

    gate.know()
    const read = gate.through(true, aService('token_invalid').ask)
    await settled()
    expect(gate.wanted()).toBe('ended')
    gate.settle(true)
    expect(await read).toBe('done')
  })

  it('tells nobody any more who has stopped watching', async () => {
    const gate = aGate()
    const seen: (string | null)[] = []
    gate.watch(() => seen.push(gate.wanted()))()
    void gate.ask('ended', false)
    expect(seen).toEqual([])
  })
})

describe('a new sign-in', () => {
  const before: SignIn = {
    account: { tenantId: 't', objectId: 'o' },
    endsAt: '2026-11-28T20:00:00.000Z',
    freshUntil: '2026-11-28T12:10:00.000Z',
  }
  const now: SignIn = { ...before, endsAt: '2026-11-29T04:00:00.000Z', freshUntil: '2026-11-28T20:10:00.000Z' }

  it('is what was wanted, of the same account', () => {
    expect([isDone('ended', before, now), isDone('not_fresh', before, now)]).toEqual([true, true])
  })

  it('is none while it is the one of before', () => {
    expect([isDone('ended', before, before), isDone('not_fresh', before, before)]).toEqual([false, false])
  })

  it('is not fresh where Microsoft does not say when', () => {
    expect(isDone('not_fresh', before, { ...now, freshUntil: null })).toBe(false)
    expect(isDone('not_fresh', { ...before, freshUntil: null }, now)).toBe(true)
  })

  it.each([
    { tenantId: 't', objectId: 'another' },
    { tenantId: 'another', objectId: 'o' },
  ])('is never that of another account: %j', (account) => {
    expect([isDone('ended', before, { ...now, account }), isDone('not_fresh', before, { ...now, account })]).toEqual([
      false,
      false,
    ])
  })
})

describe('the session that the page knows', () => {
  const olivia = { signedIn: true, name: 'Olivia' }
  const nobody = { signedIn: false, name: '' }

  it('stays that of the person when it has ended, and says so', () => {
    const over = keptSession(olivia, nobody)
    expect(over).toEqual({ ...olivia, isOver: true })
    expect(keptSession(over, nobody)).toEqual({ ...olivia, isOver: true })
  })

  it('is the new one when somebody has signed in', () => {
    const over = keptSession(olivia, nobody)
    expect(keptSession(over, { signedIn: true, name: 'Amir' })).toEqual({ signedIn: true, name: 'Amir' })
    expect(keptSession(nobody, olivia)).toEqual(olivia)
  })

  it('is nobody where nobody was', () => {
    expect([keptSession(undefined, nobody), keptSession(nobody, nobody)]).toEqual([nobody, nobody])
  })
})

describe('a sign-in that was refused', () => {
  it('has words of its own for each reason', () => {
    const words = signInRefusals.map((code) => page[wordsOfRefusal(code) as keyof typeof page])
    expect(words.filter(Boolean)).toHaveLength(signInRefusals.length)
    expect(new Set(words).size).toBe(signInRefusals.length)
  })

  it.each(['', 'new_reason', 'toString', '__proto__'])('has plain words for %j', (code) => {
    expect(wordsOfRefusal(code)).toBe('not_signed_in.not_accepted')
  })

  it('is tried again as a fresh one only where only a fresh one ends so', () => {
    expect(signInRefusals.filter(isOfFresh)).toEqual(['another_account', 'not_fresh'])
  })
})

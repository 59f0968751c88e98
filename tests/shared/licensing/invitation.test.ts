import { hash } from '@securemailmerge/shared/hash'
import type { Account } from '@securemailmerge/shared/identity/account'
import type { Decide, Decision, State } from '@securemailmerge/shared/licensing/change'
import {
  acceptInvitation,
  INVITATION_MS,
  InvitationSecret,
  inviteOwner,
  recoverOwner,
  SecretHash,
} from '@securemailmerge/shared/licensing/invitation'
import { type Invitation, InvitationId } from '@securemailmerge/shared/licensing/subscription'
import { Refusal } from '@securemailmerge/shared/refusal'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  aChange,
  anAccount,
  aPersonalAccount,
  aSeat,
  aSubscription,
  day,
  fabrikam,
  later,
  noon,
  owner,
  refusalOf,
  second,
} from '../../builders.ts'

const unclaimed = (invitations: Invitation[] = []): State => ({
  subscription: aSubscription({ source: 'purchased', owner: null }),
  seats: new Map(),
  invitations,
})
const secret = 's'.repeat(44)
const accept = (account: Account, shown = secret) => acceptInvitation(account, (known) => known === hash(shown))
const made = (n: number, at = noon) => aChange({ id: `change-${n}`, at, by: { kind: 'operator' } })

/** What is stored after a decision. */
function stored(state: State, { subscription, invitations = [] }: Decision<unknown>): State {
  const all = new Map([...(state.invitations ?? []), ...invitations].map((one) => [one.id, one]))
  return { ...state, subscription: subscription ?? state.subscription, invitations: [...all.values()] }
}
const open = ({ invitations = [] }: State) => invitations.filter(({ state }) => state === 'open')

/** An unclaimed subscription with one open invitation, of noon. */
function invited() {
  const state = unclaimed()
  const decision = inviteOwner(hash(secret))(state, made(1))
  const [invitation] = decision.invitations ?? []
  if (!invitation) throw new Error('nobody was invited')
  return { decision, invitation, state: stored(state, decision) }
}
const missing = { code: 'not_found', message: 'This link does not work (any more).', details: {} }

describe('inviting an owner', () => {
  it('makes one open invitation for 30 days that holds a hash', () => {
    const { decision, invitation } = invited()
    const { subscriptionId } = aSubscription()
    const { invitationId } = invitation
    const expiresAt = '2026-03-31T12:00:00.000Z'
    expect(invitation).toEqual({
      id: `invitation:${invitationId}`,
      kind: 'invitation',
      subscriptionId,
      invitationId,
      for: 'owner',
      secretHash: hash(secret),
      state: 'open',
      at: noon.toISOString(),
      expiresAt,
      account: null,
      acceptedAt: null,
    })
    expect(InvitationId.safeParse(invitationId).success).toBe(true)
    expect(decision).toMatchObject({ answer: { subscriptionId, invitationId, expiresAt }, did: 'invited_owner' })
    expect(later(INVITATION_MS).toISOString()).toBe(expiresAt)
  })

  it('writes the subscription too, unchanged: its ETag is what two who invite or claim at once meet at', () => {
    const state = unclaimed()
    const { subscription } = inviteOwner(hash(secret))(state, made(1))
    expect(subscription).toEqual(state.subscription)
    expect(subscription).not.toBe(state.subscription)
  })

  it('has the same id for each repeat of its change, and another for another change', () => {
    const idOf = (n: number) => inviteOwner(hash(secret))(unclaimed(), made(n)).answer.invitationId
    expect(idOf(1)).toBe(idOf(1))
    expect(idOf(2)).not.toBe(idOf(1))
  })

  it('ends the one that is open', () => {
    const { state, invitation } = invited()
    const next = stored(state, inviteOwner(hash('other'))({ ...state, invitations: open(state) }, made(2)))
    expect(next.invitations).toContainEqual({ ...invitation, state: 'ended' })
    expect(open(next).map(({ secretHash }) => secretHash)).toEqual([hash('other')])
  })

  it('is refused for what has an owner, however it was got', () => {
    for (const source of ['granted', 'purchased'] as const) {
      const state = { ...unclaimed(), subscription: aSubscription({ source }) }
      expect(refusalOf(() => inviteOwner(hash(secret))(state, made(1))).code).toBe('not_allowed')
    }
  })
})

describe('accepting', () => {
  const claimer = anAccount(4, fabrikam)

  it.each([
    ['of a company, found by its owner and by people of its tenant', claimer, ['role', 'shown']],
    ['that is personal, found by its owner alone', aPersonalAccount, ['role']],
  ])('makes an account the owner %s', (_, account, kinds) => {
    const { state, invitation } = invited()
    const at = later(day)
    const { hints, ...decision } = accept(account)(state, aChange({ at }))
    expect(decision).toEqual({
      answer: { subscriptionId: state.subscription.subscriptionId },
      did: 'claimed',
      subscription: { ...state.subscription, owner: account },
      invitations: [{ ...invitation, state: 'accepted', account, acceptedAt: at.toISOString() }],
    })
    expect(hints?.map(({ kind }) => kind)).toEqual(kinds)
  })

  it('again, by the same account with the same secret, writes nothing and answers the same, also past its end', () => {
    const { state } = invited()
    const first = accept(claimer)(state, aChange())
    const again = accept(claimer)(stored(state, first), aChange({ id: 'change-2', at: later(90 * day) }))
    expect(again).toEqual({ answer: first.answer })
  })

  it.each([
    ['one millisecond before its end', INVITATION_MS - 1, true],
    ['at its end', INVITATION_MS, false],
    ['a second later', INVITATION_MS + second, false],
  ])('by time alone: %s', (_, ms, isOpen) => {
    const { state } = invited()
    const run = () => accept(claimer)(state, aChange({ at: later(ms) }))
    if (isOpen) expect(run().did).toBe('claimed')
    else expect(refusalOf(run)).toEqual(missing)
  })

  const { state, invitation } = invited()
  const claimed = stored(state, accept(claimer)(state, aChange()))
  it.each<[string, State, Account, string]>([
    ['a wrong secret', state, claimer, 'x'.repeat(44)],
    ['one that does not exist', unclaimed(), claimer, secret],
    ['one that ended', unclaimed([{ ...invitation, state: 'ended' }]), claimer, secret],
    ['one that another account used', claimed, anAccount(5), secret],
    ['the account that used it, with a wrong secret', claimed, claimer, 'x'.repeat(44)],
    ['what has got an owner meanwhile', { ...state, subscription: aSubscription() }, claimer, secret],
    ['what its intent has given to this very account', { ...state, subscription: aSubscription() }, owner, secret],
    ['the account that used it and was replaced', { ...claimed, subscription: aSubscription() }, claimer, secret],
  ])('is refused in one and the same way: %s', (_, given, account, shown) => {
    expect(refusalOf(() => accept(account, shown)(given, aChange()))).toEqual(missing)
  })

  it('asks of a hash before of anything else, so that an accepted one is no way in either', () => {
    const asked: string[] = []
    const decide = acceptInvitation(claimer, (known) => asked.push(known) === 0)
    expect(refusalOf(() => decide(claimed, aChange()))).toEqual(missing)
    expect(asked).toEqual([hash(secret)])
  })
})

describe('recovering', () => {
  it.each([null, owner, anAccount(2)])('sets the owner, whoever it was (%j), and keeps the rest', (before) => {
    const seats = [aSeat('bob@contoso.example')]
    const subscription = aSubscription({ owner: before, assigned: 1, nextOrder: 2 })
    const state = { subscription, seats: new Map(seats.map((seat) => [seat.seatId, seat])), invitations: [] }
    const decision = recoverOwner(anAccount(7, fabrikam))(state, made(1))
    expect(decision).toMatchObject({ did: 'recovered', invitations: [] })
    expect(decision.subscription).toEqual({ ...subscription, owner: anAccount(7, fabrikam) })
    expect(decision.hints?.map(({ kind, of }) => [kind, of])).toEqual([
      ['role', anAccount(7, fabrikam)],
      ['shown', fabrikam],
    ])
  })

  it('ends what is open, so that no link is left over', () => {
    const { state, invitation } = invited()
    expect(recoverOwner(owner)(state, made(2)).invitations).toEqual([{ ...invitation, state: 'ended' }])
  })
})

describe('shapes', () => {
  it.each(['a'.repeat(43), 'a'.repeat(45), `${'a'.repeat(43)}=`, `${'a'.repeat(43)}+`, '', ` ${'a'.repeat(44)}`])(
    'no secret: %j',
    (text) => expect(InvitationSecret.safeParse(text).success).toBe(false),
  )

  it('a secret is never taken for a hash, nor a hash for a secret', () => {
    expect(SecretHash.safeParse(secret).success).toBe(false)
    expect(InvitationSecret.safeParse(hash(secret)).success).toBe(false)
    expect(SecretHash.safeParse(hash(secret)).success).toBe(true)
  })
})

describe('any order of inviting, accepting, recovering and days going by', () => {
  const accounts = [anAccount(1), anAccount(2), anAccount(3)]
  const secrets = ['a', 'b'].map((letter) => letter.repeat(44))
  const step = fc.record({
    what: fc.constantFrom(...['invite', 'invite', 'recover'], ...Array.from({ length: 9 }, () => 'accept')),
    account: fc.constantFrom(...accounts),
    secret: fc.constantFrom(...secrets),
    which: fc.nat(2),
    days: fc.nat(12),
  })

  it('an owner comes in by the secret of the one open invitation or by an operator, and nobody else ever', () => {
    let claims = 0
    const life = fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
      let state = unclaimed()
      let at = noon
      for (const [n, { what, account, secret: shown, which, days }] of steps.entries()) {
        at = later(days * day, at)
        const named = state.invitations?.[which]
        const before = open(state)[0]
        const [decide, asked]: [Decide<unknown>, Invitation[]] =
          what === 'invite'
            ? [inviteOwner(hash(shown)), open(state)]
            : what === 'recover'
              ? [recoverOwner(account), open(state)]
              : [accept(account, shown), named ? [named] : []]
        const decision = decided(decide, { ...state, invitations: asked }, aChange({ id: `${n}`, at }))
        const next = stored(state, decision)
        expect(open(next).length).toBeLessThanOrEqual(1)
        if (decision.did === 'claimed') {
          claims += 1
          expect(state.subscription.owner).toBeNull()
          expect(before).toMatchObject({ invitationId: named?.invitationId, secretHash: hash(shown) })
          expect(at.getTime()).toBeLessThan(Date.parse(before?.expiresAt ?? ''))
        }
        const owns = what === 'invite' || !decision.did ? state.subscription.owner : account
        expect(next.subscription.owner).toEqual(owns)
        state = next
      }
    })
    fc.assert(life, { numRuns: 1000 })
    expect(claims).toBeGreaterThan(50)
  })
})

/** A refusal is a decision that writes nothing. */
function decided(decide: Decide<unknown>, state: State, change: ReturnType<typeof aChange>): Decision<unknown> {
  try {
    return decide(state, change)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return { answer: error.code }
  }
}

import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import { hash } from '@securemailmerge/shared/hash'
import type { Decide } from '@securemailmerge/shared/licensing/change'
import { acceptInvitation as acceptRule, recoverOwner } from '@securemailmerge/shared/licensing/invitation'
import names from '@securemailmerge/shared/names.json' with { type: 'json' }
import { applied } from '@securemailmerge/shared/purchasing/apply'
import { purchasedId } from '@securemailmerge/shared/purchasing/event'
import { newIntent } from '@securemailmerge/shared/purchasing/intent'
import type { Purchase } from '@securemailmerge/shared/purchasing/purchase'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { acceptInvitation } from '../../../functions/seat-assignment/accept-invitation.ts'
import { Command } from '../../../functions/seat-assignment/command.ts'
import { obeyCommand } from '../../../functions/seat-assignment/obey-command.ts'
import { wiring } from '../../../functions/seat-assignment/wiring.ts'
import { cast, tenants } from '../../../infra/local/identity/cast.ts'
import type { Person } from '../../../infra/local/identity/person.ts'
import { contextOf, invoke } from '../../kit/invoke.ts'
import { type Kit, startKit, type Who } from '../../kit/services.ts'

let kit: Kit
/** A second process of the service. */
let other: Kit['seats']
beforeAll(async () => {
  kit = await startKit()
  other = wiring(kit.env)
})
afterEach(() => {
  kit.cosmos.faults.clear()
  kit.cosmos.faults.release()
})
afterAll(async () => {
  await other.close()
  await kit.close()
})

const day = 86_400_000
const why = 'bought by a payment link'
const missing = 'sub_AAAAAAAAAAAAAAAAAAAAAA'
const accountOf = ({ tenantId, objectId }: Person) => ({ tenantId, objectId })

/** Somebody whose token shows this address; a new account each time, so that limits of one do not meet in tests. */
const somebody = (mail = 'kim@fabrikam.example', tenantId: string = tenants.fabrikam.id): Person => {
  const objectId = crypto.randomUUID()
  return { tenantId, objectId, upn: mail, mail, name: mail, kind: 'member', edov: true }
}

/** The seller's word on a purchase that names nobody. */
const aPurchase = (): Purchase => {
  const subscription = `sub_${crypto.randomUUID().replaceAll('-', '')}`
  const paidUntil = new Date(kit.now().getTime() + 365 * day).toISOString()
  const seller = { mode: 'test', subscription, customer: 'cus_1', item: 'si_1', interval: 'yearly' } as const
  const state = { state: 'active', why: 'paid', term: 'renewing', pastDueSince: null } as const
  return { seller, ...state, quantity: 5, paidUntil, intent: null, reversal: null }
}

/** Our subscription as a refresh writes it; with a buyer, as one whose intent has been found. */
async function refreshed(seen: Purchase, buyer?: Person): Promise<string> {
  const id = purchasedId('test', seen.seller.subscription)
  const wish = { name: 'Bought', reference: null, quantity: 5, interval: 'yearly' as const, language: 'en' as const }
  const intent = buyer ? newIntent('intent_1', 'test', accountOf(buyer), 'f', wish, kit.now()) : null
  const write = (ours: Parameters<typeof applied>[0]) => applied(ours, seen, intent, kit.now())
  const look = async () => ({ write })
  await kit.seats.subscriptions.observe(id, look, kit.now)
  return id
}
const unclaimed = () => refreshed(aPurchase())

// As docs/operations.md tells an operator to make one.
const newSecret = () => randomBytes(33).toString('base64url')
const command = async (body: object, messageId?: string) => {
  const [line] = await kit.deliver('seat-assignment-commands', body, messageId)
  return line as NonNullable<typeof line>
}
const invite = (subscriptionId: string, secret: string, messageId?: string) =>
  command({ command: 'invite_owner', subscriptionId, secretHash: hash(secret), why }, messageId)
const recover = (subscriptionId: string, owner: object, messageId?: string) =>
  command({ command: 'recover_owner', subscriptionId, owner, why: 'asked for from the billing address' }, messageId)

/** What the link carries that a billing address was mailed. */
interface Link {
  subscriptionId: string
  invitationId: string
  secret: string
}
async function invited(subscriptionId?: string): Promise<Link> {
  const id = subscriptionId ?? (await unclaimed())
  const secret = newSecret()
  const { result } = await invite(id, secret)
  return { subscriptionId: id, invitationId: String(result.invitationId), secret }
}
const accept = (as: Who, body: object, headers: Record<string, string> = {}) =>
  kit.call('accept_invitation', { as, body, headers })

const items = (subscriptionId: string, kind: string) =>
  kit.cosmos.items('subscriptions', subscriptionId).filter((item) => item.kind === kind)
const deeds = (subscriptionId: string) =>
  items(subscriptionId, 'history')
    .map(({ did }) => did)
    .reverse()
const ownerOf = (subscriptionId: string) => items(subscriptionId, 'subscription')[0]?.owner
const states = (subscriptionId: string) => items(subscriptionId, 'invitation').map(({ state }) => state)
const listed = async (as: Who) =>
  (await kit.call('list_subscriptions', { as })).json.subscriptions.map(({ id }: { id: string }) => id)

/** Holds the next writes of a subscription until so many have come; then lets all go at once. */
async function atBarrier(count: number, partitionKey: string, act: () => Promise<unknown>[]): Promise<void> {
  const match = { container: 'subscriptions', operation: 'batch', partitionKey } as const
  kit.cosmos.faults.add({ match, times: count, do: { hold: true } })
  const acts = act()
  while (kit.cosmos.faults.held().length < count) await new Promise((resolve) => setTimeout(resolve, 5))
  kit.cosmos.faults.release()
  await Promise.all(acts)
}
async function acceptIn(process: Kit['seats'], as: Person, body: object) {
  const headers = { authorization: `Bearer ${await kit.tokenOf(as)}` }
  return invoke(acceptInvitation(process), 'accept_invitation', { method: 'POST', headers, body })
}

describe('invite_owner', () => {
  it("answers the invitation, its end and the link's beginning, and leaves a hash behind", async () => {
    const subscriptionId = await unclaimed()
    const secret = newSecret()
    const line = await invite(subscriptionId, secret)
    const [invitation] = items(subscriptionId, 'invitation')
    const invitationId = String(invitation?.invitationId)
    expect(line).toMatchObject({ event: 'command_done', outcome: 'done' })
    expect(line.result).toEqual({
      subscriptionId,
      invitationId,
      expiresAt: invitation?.expiresAt,
      link: `http://localhost:4280/invitation#${subscriptionId}.${invitationId}.`,
    })
    expect(invitation).toMatchObject({ for: 'owner', state: 'open', secretHash: hash(secret), account: null })
    expect(Date.parse(String(invitation?.expiresAt)) - Date.parse(String(invitation?.at))).toBe(30 * day)
    expect(items(subscriptionId, 'history')[0]).toMatchObject({ did: 'invited_owner', by: { kind: 'operator' }, why })
  })

  it('twice with one message id makes one invitation and gives one answer, also after it was accepted', async () => {
    const subscriptionId = await unclaimed()
    const secret = newSecret()
    const deliver = () => invite(subscriptionId, secret, 'invite-1')
    const first = await deliver()
    expect((await deliver()).result).toEqual(first.result)
    const { invitationId } = first.result
    expect((await accept(somebody(), { subscriptionId, invitationId, secret })).status).toBe(200)
    expect((await deliver()).result).toEqual(first.result)
    expect(states(subscriptionId)).toEqual(['accepted'])
    expect(deeds(subscriptionId)).toEqual(['purchased', 'invited_owner', 'claimed'])
  })

  it('one message id for another invitation is a mistake, and said to be one', async () => {
    const subscriptionId = await unclaimed()
    await invite(subscriptionId, newSecret(), 'invite-2')
    expect((await invite(subscriptionId, newSecret(), 'invite-2')).outcome).toBe('idempotency_mismatch')
    expect(states(subscriptionId)).toEqual(['open'])
  })

  it('a new one ends the one before, whose link is dead from then on', async () => {
    const first = await invited()
    const second = await invited(first.subscriptionId)
    expect(states(first.subscriptionId).sort()).toEqual(['ended', 'open'])
    expect((await accept(somebody(), first)).status).toBe(404)
    expect((await accept(somebody(), second)).status).toBe(200)
    expect(states(first.subscriptionId).sort()).toEqual(['accepted', 'ended'])
  })

  it('two at once, in one process and in two: one stays open', async () => {
    const [one, two] = [await unclaimed(), await unclaimed()]
    await Promise.all([invite(one, newSecret()), invite(one, newSecret())])
    expect(states(one).sort()).toEqual(['ended', 'open'])
    await atBarrier(2, two, () =>
      [kit.seats, other].map((process, n) => {
        const body = { command: 'invite_owner', subscriptionId: two, secretHash: hash(newSecret()), why }
        return Promise.resolve(obeyCommand(process)(body, contextOf('obey', [], { messageId: `at-once-${n}` })))
      }),
    )
    expect(states(two).sort()).toEqual(['ended', 'open'])
  })

  it.each([
    ['has an owner, granted', () => kit.grant('olivia', 1), 'not_allowed'],
    ['has an owner, purchased', () => refreshed(aPurchase(), somebody()), 'not_allowed'],
    ['does not exist', async () => missing, 'not_found'],
  ])('is refused for what %s', async (_, make, outcome) => {
    const subscriptionId = await make()
    expect((await invite(subscriptionId, newSecret())).outcome).toBe(outcome)
    expect(items(subscriptionId, 'invitation')).toEqual([])
  })

  it.each([
    ['the secret itself', { secretHash: newSecret() }],
    ['a hash in hexadecimal', { secretHash: 'a'.repeat(64) }],
    ['a hash with padding', { secretHash: `${'a'.repeat(43)}=` }],
    ['no reason', { why: undefined }],
    ["the seller's id", { subscriptionId: 'sub_1QAbcdEfgh' }],
    ['a further field', { secret: newSecret() }],
    ['an address', { address: 'kim@fabrikam.example' }],
  ])('is parked with %s, without a word of it', async (_, wrong) => {
    const right = { command: 'invite_owner', subscriptionId: missing, secretHash: hash('x'), why }
    const line = await command({ ...right, ...wrong })
    expect(line.event).toBe('parked')
    const [text = ''] = Object.values(wrong)
    const parked = JSON.stringify(kit.cosmos.items('operations').filter(({ kind }) => kind === 'parked'))
    if (text) expect(parked + JSON.stringify(line)).not.toContain(text)
  })
})

describe('accept_invitation', () => {
  it('200: the account owns it, finds it in its list, assigns; its organisation is told', async () => {
    const kim = somebody()
    const link = await invited()
    const colleague = somebody('colleague@fabrikam.example')
    expect(await listed(kim)).toEqual([])
    const { status, json } = await accept(kim, link)
    expect(status).toBe(200)
    expect(json).toMatchObject({ id: link.subscriptionId, source: 'purchased', quantity: 5, licensing: true })
    expect(json.role).toBe('owner')
    expect(json.may).toEqual(['see', 'assign', 'quantity', 'invoices', 'billing', 'describe'])
    expect(await listed(kim)).toEqual([link.subscriptionId])
    expect((await kit.call('look_up_licence', { as: colleague })).json.code).toBe('not_assigned')
    const params = { subscriptionId: link.subscriptionId }
    const assigned = await kit.call('assign_seats', { as: kim, params, body: { addresses: [colleague.upn] } })
    expect(assigned.status).toBe(200)
    const { history } = (await kit.call('list_history', { as: kim, params })).json
    expect(history.map(({ did, by }: { did: string; by: string }) => [did, by])).toEqual([
      ['assigned', 'you'],
      ['claimed', 'you'],
      ['invited_owner', 'operator'],
      ['purchased', 'system'],
    ])
  })

  it('200: repeated by the same account, with and without its key, also at once, it is the same answer', async () => {
    const kim = somebody()
    const link = await invited()
    const once = { 'idempotency-key': 'once' }
    const answers = await Promise.all([accept(kim, link, once), accept(kim, link), acceptIn(other, kim, link)])
    answers.push(await accept(kim, link, once), await accept(kim, link))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
    expect(deeds(link.subscriptionId)).toEqual(['purchased', 'invited_owner', 'claimed'])
  })

  it('200: a personal account may own; nobody of the tenant of all personal accounts is told', async () => {
    const pat = { ...somebody('pat@mailbox.example', tenants.consumers.id), kind: 'personal' as const }
    const link = await invited()
    expect((await accept(pat, link)).status).toBe(200)
    const hints = kit.cosmos.items('directory').filter((hint) => hint.subscriptionId === link.subscriptionId)
    expect(hints.map(({ kind }) => kind)).toEqual(['role'])
  })

  it.each([
    ['the answer is lost after the write', { applyThenDrop: true }],
    ['the connection is cut before it', { dropBefore: true }],
    ['the store is unavailable for a moment', { status: 503 }],
  ])('200: once, although %s', async (_, fault) => {
    const kim = somebody()
    const link = await invited()
    const match = { container: 'subscriptions', operation: 'batch' } as const
    kit.cosmos.faults.add({ match, times: 1, do: fault as never })
    expect((await accept(kim, link)).status).toBe(200)
    expect(ownerOf(link.subscriptionId)).toEqual(accountOf(kim))
    expect(deeds(link.subscriptionId)).toEqual(['purchased', 'invited_owner', 'claimed'])
  })

  const ways: [string, () => Promise<{ as: Person; body: object }>][] = [
    [
      'an unknown subscription',
      async () => ({ as: somebody(), body: { ...(await invited()), subscriptionId: missing } }),
    ],
    [
      'an unknown invitation',
      async () => ({ as: somebody(), body: { ...(await invited()), invitationId: `inv_${'A'.repeat(22)}` } }),
    ],
    ['a wrong secret', async () => ({ as: somebody(), body: { ...(await invited()), secret: newSecret() } })],
    [
      'the invitation of another subscription',
      async () => ({ as: somebody(), body: { ...(await invited()), subscriptionId: await unclaimed() } }),
    ],
    [
      'one that ended',
      async () => {
        const link = await invited()
        await invited(link.subscriptionId)
        return { as: somebody(), body: link }
      },
    ],
    [
      'one that expired',
      async () => {
        const link = await invited()
        kit.advance(30 * day)
        return { as: somebody(), body: link }
      },
    ],
    [
      'one that another account used',
      async () => {
        const link = await invited()
        await accept(somebody(), link)
        return { as: somebody(), body: link }
      },
    ],
    [
      'the right account, later with a wrong secret',
      async () => {
        const [as, link] = [somebody(), await invited()]
        await accept(as, link)
        return { as, body: { ...link, secret: newSecret() } }
      },
    ],
    [
      'what its intent has given to its buyer meanwhile',
      async () => {
        const seen = aPurchase()
        const link = await invited(await refreshed(seen))
        await refreshed(seen, somebody())
        return { as: somebody(), body: link }
      },
    ],
    [
      'the account that used it and was replaced',
      async () => {
        const [as, link] = [somebody(), await invited()]
        await accept(as, link)
        await recover(link.subscriptionId, accountOf(somebody()))
        return { as, body: link }
      },
    ],
    [
      'what is owned and was never offered',
      async () => ({ as: somebody(), body: { ...(await invited()), subscriptionId: await kit.grant('olivia', 1) } }),
    ],
  ]
  it.each(ways)('404, one and the same: %s', async (_, make) => {
    const { as, body } = await make()
    const { subscriptionId } = body as Link
    const before = kit.cosmos.items('subscriptions', subscriptionId)
    const hints = kit.cosmos.items('directory')
    const owned = await listed(as)
    const answer = await accept(as, body)
    const { requestId: _id, ...problem } = answer.json
    expect([answer.status, problem]).toEqual([
      404,
      {
        type: 'urn:securemailmerge:problem:not_found',
        title: 'not_found',
        status: 404,
        detail: 'This link does not work (any more).',
      },
    ])
    expect(kit.cosmos.items('subscriptions', subscriptionId)).toEqual(before)
    expect(kit.cosmos.items('directory')).toEqual(hints)
    expect(await listed(as)).toEqual(owned)
  })

  it('by time alone: a second before its end it works', async () => {
    const link = await invited()
    kit.advance(30 * day - 60_000)
    expect((await accept(somebody(), link)).status).toBe(200)
  })

  it.each([1, 2, 3, 4, 5])('two accounts at once from two processes, both about to write: one owner (%i)', async () => {
    const link = await invited()
    const [kim, eve] = [somebody(), somebody('eve@evil.example', crypto.randomUUID())]
    const answers: number[] = []
    await atBarrier(2, link.subscriptionId, () =>
      [acceptIn(kit.seats, kim, link), acceptIn(other, eve, link)].map((asked, n) =>
        asked.then(({ status }) => (answers[n] = status)),
      ),
    )
    expect(answers.toSorted()).toEqual([200, 404])
    const [winner, loser] = answers[0] === 200 ? [kim, eve] : [eve, kim]
    expect(ownerOf(link.subscriptionId)).toEqual(accountOf(winner))
    expect(await listed(winner)).toEqual([link.subscriptionId])
    // The loser's hint may stay: it leads nowhere.
    expect(await listed(loser)).toEqual([])
    expect(deeds(link.subscriptionId)).toEqual(['purchased', 'invited_owner', 'claimed'])
    expect(items(link.subscriptionId, 'invitation')[0]).toMatchObject({ account: accountOf(winner) })
  })

  it('ten accounts at once in one process: one owner', async () => {
    const link = await invited()
    const people = Array.from({ length: 10 }, () => somebody())
    const answers = await Promise.all(people.map((person) => accept(person, link)))
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array.from({ length: 9 }, () => 404)])
    const winner = people[answers.findIndex(({ status }) => status === 200)]
    expect(ownerOf(link.subscriptionId)).toEqual(accountOf(winner as Person))
  })

  it("a claim and the buyer's own intent at once, both about to write: one owner, who stays", async () => {
    const seen = aPurchase()
    const link = await invited(await refreshed(seen))
    const [kim, buyer] = [somebody(), somebody()]
    let status = 0
    await atBarrier(2, link.subscriptionId, () => [
      acceptIn(other, kim, link).then((answer) => (status = answer.status)),
      refreshed(seen, buyer),
    ])
    const winner = status === 200 ? kim : buyer
    expect([200, 404]).toContain(status)
    expect(ownerOf(link.subscriptionId)).toEqual(accountOf(winner))
    // A claimed one stays claimed when the seller is looked at again (B4).
    await refreshed(seen, buyer)
    expect(ownerOf(link.subscriptionId)).toEqual(accountOf(winner))
  })

  it('F13: no e-mail claim counts: the billing address in a token gives nothing', async () => {
    const billing = 'accounts@fabrikam.example'
    const holder = somebody(billing)
    // As a tenant of an attacker's own can say of anybody, with and without Microsoft's word for it.
    const claims = [true, 1, undefined].map((edov): Person => {
      const { edov: _, ...person } = somebody(billing, crypto.randomUUID())
      return { ...person, ...(edov === undefined ? {} : { edov: edov as true }) }
    })
    const { secret, ...named } = await invited()
    const params = { subscriptionId: named.subscriptionId }
    for (const as of [holder, ...claims]) {
      expect(await listed(as)).toEqual([])
      expect((await kit.call('show_subscription', { as, params })).status).toBe(404)
      expect((await accept(as, { ...named, secret: newSecret() })).status).toBe(404)
    }
    expect(ownerOf(named.subscriptionId)).toBeNull()
    // And the lack of one costs nothing.
    const stranger = somebody('kim.private@else.example', crypto.randomUUID())
    expect((await accept(stranger, { ...named, secret })).status).toBe(200)
  })

  it.each([
    ['secret', 'too short', { secret: newSecret().slice(1) }],
    ['secret', 'with padding', { secret: `${newSecret().slice(1)}=` }],
    ['secret', 'no text', { secret: 1 }],
    ['invitationId', 'the id of an item', { invitationId: 'subscription' }],
    ['invitationId', 'a way out', { invitationId: `inv_${'/'.repeat(22)}` }],
    ['subscriptionId', "the seller's", { subscriptionId: 'sub_1QAbcdEfgh' }],
    ['owner', 'a further field', { owner: accountOf(cast.olivia) }],
  ])('400: %s is %s', async (field, _, wrong) => {
    const link = await invited()
    const { status, json } = await accept(somebody(), { ...link, ...wrong })
    expect([status, json.errors[0].at]).toEqual([400, `body.${field}`])
    expect(ownerOf(link.subscriptionId)).toBeNull()
  })

  it('401 without a token; 403 from another application', async () => {
    const link = await invited()
    expect((await kit.call('accept_invitation', { body: link })).status).toBe(401)
    const override = { azp: '00000000-0000-4000-8000-00000000dead' }
    const audience = { client: 'addIn', audience: 'licensingApi' } as const
    const { access_token: token } = await kit.identity.issue({ person: somebody(), ...audience, override })
    expect((await kit.call('accept_invitation', { token, body: link })).json.title).toBe('client_not_allowed')
    expect(ownerOf(link.subscriptionId)).toBeNull()
  })

  it('429: the eleventh try of an account in a minute, right or wrong; another minute, another account go on', async () => {
    const eve = somebody()
    const link = await invited()
    kit.advance(60_000 - (kit.now().getTime() % 60_000))
    const tries = await Promise.all(Array.from({ length: 10 }, () => accept(eve, { ...link, secret: newSecret() })))
    expect(new Set(tries.map(({ status }) => status))).toEqual(new Set([404]))
    const { status, headers } = await accept(eve, link)
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeGreaterThan(0)
    expect(ownerOf(link.subscriptionId)).toBeNull()
    kit.advance(60_000)
    expect((await accept(eve, link)).status).toBe(200)
  })

  it('503 while changes are stopped, and the link is as good as before', async () => {
    const link = await invited()
    await command({ command: 'stop', switch: 'read_only', why })
    kit.advance(15_000)
    expect((await accept(somebody(), link)).json.title).toBe('read_only')
    await command({ command: 'go', switch: 'read_only', why })
    kit.advance(15_000)
    expect((await accept(somebody(), link)).status).toBe(200)
  })
})

describe('recover_owner', () => {
  it('sets the owner of what belongs to nobody, once however often it comes, and ends what is open', async () => {
    const kim = somebody()
    const link = await invited()
    const deliver = () => recover(link.subscriptionId, accountOf(kim), `recover-${link.subscriptionId}`)
    const first = await deliver()
    expect(first).toMatchObject({ outcome: 'done', result: { subscriptionId: link.subscriptionId } })
    expect((await deliver()).result).toEqual(first.result)
    expect(await listed(kim)).toEqual([link.subscriptionId])
    expect(states(link.subscriptionId)).toEqual(['ended'])
    expect((await accept(somebody(), link)).status).toBe(404)
    expect(deeds(link.subscriptionId)).toEqual(['purchased', 'invited_owner', 'recovered'])
    const [entry] = items(link.subscriptionId, 'history')
    expect(entry).toMatchObject({ by: { kind: 'operator' }, why: 'asked for from the billing address' })
  })

  it('undoes a wrong claim: the right account owns it, the wrong one has nothing left', async () => {
    const [eve, kim] = [somebody('eve@evil.example', crypto.randomUUID()), somebody()]
    const link = await invited()
    await accept(eve, link, { 'idempotency-key': 'mine' })
    expect((await recover(link.subscriptionId, accountOf(kim))).outcome).toBe('done')
    expect(await listed(kim)).toEqual([link.subscriptionId])
    expect(await listed(eve)).toEqual([])
    const colleague = somebody('colleague@evil.example', eve.tenantId)
    expect((await kit.call('look_up_licence', { as: colleague })).json.code).toBe('free')
    for (const headers of [{}, { 'idempotency-key': 'mine' }]) {
      const again = await accept(eve, link, headers)
      expect([again.status, again.json.detail]).toEqual([404, 'This link does not work (any more).'])
    }
    expect(ownerOf(link.subscriptionId)).toEqual(accountOf(kim))
  })

  it('in one batch with the claim that it undoes: it counts, and the invitation tells who had used it', async () => {
    const [eve, kim] = [somebody(), somebody()]
    const { subscriptionId, invitationId } = await invited()
    const ask = (n: number, invitations: string[] | 'open', decide: Decide<unknown>) => {
      const by = { kind: 'operator' as const }
      const change = { id: `${subscriptionId}-${n}`, fingerprint: '', at: kit.now(), by }
      return kit.seats.subscriptions.change(subscriptionId, { change, allow: () => {}, seats: [], invitations, decide })
    }
    kit.cosmos.count.reset()
    await Promise.all([
      ask(
        1,
        [invitationId],
        acceptRule(accountOf(eve), () => true),
      ),
      ask(2, 'open', recoverOwner(accountOf(kim))),
    ])
    expect(kit.cosmos.count.read().subscriptions?.batch?.operations).toBe(1)
    expect(ownerOf(subscriptionId)).toEqual(accountOf(kim))
    expect(items(subscriptionId, 'invitation')[0]).toMatchObject({ state: 'accepted', account: accountOf(eve) })
  })

  it('works for a granted one, and keeps its seats', async () => {
    const id = await kit.grant('olivia', 2)
    const params = { subscriptionId: id }
    await kit.call('assign_seats', { as: 'olivia', params, body: { addresses: ['amir@contoso.example'] } })
    expect((await recover(id, accountOf(cast.bea))).outcome).toBe('done')
    expect((await kit.call('show_subscription', { as: 'bea', params })).json).toMatchObject({ assigned: 1 })
    expect((await kit.call('show_subscription', { as: 'olivia', params })).status).toBe(404)
  })

  it.each([
    ['an address for an owner', { owner: 'kim@fabrikam.example' }],
    ['half an account', { owner: { tenantId: tenants.fabrikam.id } }],
    ['nobody', { owner: null }],
    ['no reason', { why: '' }],
  ])('is parked with %s', async (_, wrong) => {
    const subscriptionId = await unclaimed()
    const right = { command: 'recover_owner', subscriptionId, owner: accountOf(somebody()), why }
    expect((await command({ ...right, ...wrong })).event).toBe('parked')
    expect(ownerOf(subscriptionId)).toBeNull()
  })

  it('is refused for what does not exist', async () => {
    expect((await recover(missing, accountOf(somebody()))).outcome).toBe('not_found')
  })
})

describe('what docs/operations.md says of a purchase that belongs to nobody', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8')
  const section = page.split('### A purchase that belongs to nobody\n')[1]?.split('\n### ')[0] ?? ''
  const blocks = (language: string) =>
    [...section.matchAll(new RegExp(`\`\`\`${language}\\n([^\`]+)\`\`\``, 'g'))].map(([, text = '']) => text)

  it('its query finds what belongs to nobody, and nothing else', async () => {
    const [nobodys, owned] = [await unclaimed(), await refreshed(aPurchase(), somebody())]
    const stores = azure(readConfig('seat-assignment', kit.env))
    const [sql = ''] = blocks('sql')
    const found = await stores.items('subscriptions').across<{ id: string; subscriptionId: string }>({ sql }, 1000)
    await stores.close()
    const ids = found.map(({ subscriptionId }) => subscriptionId)
    expect(ids).toContain(nobodys)
    expect(ids).not.toContain(owned)
    for (const id of ids) expect(ownerOf(id)).toBeNull()
  })

  it('its commands are understood, once the ids are filled in', () => {
    const commands = blocks('json').map((text) =>
      text
        .replaceAll('<guid>', crypto.randomUUID())
        .replaceAll(/<(\d+) characters>/g, (_, length) => 'A'.repeat(Number(length))),
    )
    const understood = commands.map((text) => Command.parse(JSON.parse(text)).command)
    expect(understood).toEqual(['invite_owner', 'recover_owner'])
  })
})

describe('F10 secrets', () => {
  it('stand in no item of any container, in no line that is logged, and in no answer', async () => {
    const seen: unknown[] = []
    const kim = somebody()
    const subscriptionId = await unclaimed()
    const [dead, secret, wrong] = [newSecret(), newSecret(), newSecret()]
    seen.push(await invite(subscriptionId, dead))
    const line = await invite(subscriptionId, secret)
    const link = { subscriptionId, invitationId: String(line.result.invitationId), secret }
    const key = { 'idempotency-key': 'kept' }
    const answers = [
      await accept(kim, { ...link, secret: wrong }),
      await accept(kim, { ...link, secret: `${secret}x` }),
      await accept(kim, { ...link, more: secret }),
      await accept(kim, link, key),
      await accept(kim, link, key),
      await accept(somebody(), link),
      await kit.call('list_history', { as: kim, params: { subscriptionId } }),
    ]
    expect(answers.map(({ status }) => status)).toEqual([404, 400, 400, 200, 200, 404, 200])
    const containers = Object.keys(names.containers).flatMap((container) => kit.cosmos.items(container))
    const stored = [...containers, ...kit.cosmos.items('subscriptions', subscriptionId)]
    expect(stored.some((item) => item.secretHash === hash(secret))).toBe(true)
    const everything = JSON.stringify([seen, line, answers, stored])
    for (const text of [dead, secret, wrong]) expect(everything).not.toContain(text)
    // Neither does an answer or a line hold the hash.
    expect(JSON.stringify([seen, line, answers])).not.toContain(hash(secret))
  })
})

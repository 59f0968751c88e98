import { azure } from '@securemailmerge/shared/azure/clients'
import { readConfig } from '@securemailmerge/shared/config'
import { hash } from '@securemailmerge/shared/hash'
import { TypedAddress } from '@securemailmerge/shared/licensing/address'
import type { Decide } from '@securemailmerge/shared/licensing/change'
import { personOf } from '@securemailmerge/shared/licensing/erase'
import { takeOut } from '@securemailmerge/shared/licensing/erasing'
import { giveSeats } from '@securemailmerge/shared/licensing/seats'
import { applied } from '@securemailmerge/shared/purchasing/apply'
import { purchasedId } from '@securemailmerge/shared/purchasing/event'
import { type Intent, newIntent } from '@securemailmerge/shared/purchasing/intent'
import type { Purchase } from '@securemailmerge/shared/purchasing/purchase'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { obeyCommand } from '../../../functions/seat-assignment/obey-command.ts'
import { wiring } from '../../../functions/seat-assignment/wiring.ts'
import type { Person } from '../../../infra/local/identity/person.ts'
import { contextOf } from '../../kit/invoke.ts'
import { type Kit, type RouteName, startKit, type Who } from '../../kit/services.ts'

let kit: Kit
beforeAll(async () => {
  kit = await startKit()
})
afterEach(() => kit.cosmos.faults.clear())
afterAll(() => kit.close())

const day = 86_400_000
const why = 'asked for by the person'
const queue = 'seat-assignment-commands'
const accountOf = ({ tenantId, objectId }: Person) => ({ tenantId, objectId })

type Somebody = Person & { mail: string }
let people = 0
/** Somebody new, of a tenant of their own or of a colleague's. */
function somebody(tenantId: string = crypto.randomUUID()): Somebody {
  const mail = `p${++people}@shop-${tenantId.slice(0, 8)}.example`
  return { tenantId, objectId: crypto.randomUUID(), upn: mail, mail, name: mail, kind: 'member', edov: true }
}

const command = async (body: object, messageId?: string) => {
  const [line] = await kit.deliver(queue, body, messageId)
  return line as NonNullable<typeof line>
}
const erase = (whom: object, messageId?: string) => command({ command: 'erase', ...whom, why }, messageId)
const both = (person: Somebody) => ({ account: accountOf(person), address: person.mail })
const code = async (as: Who) => (await kit.call('look_up_licence', { as })).json.code

async function granted(owner: Person, quantity = 5, days = 365): Promise<string> {
  const until = new Date(kit.now().getTime() + days * day).toISOString()
  const terms = { owner: accountOf(owner), quantity, until, name: 'Shop', contact: 'Ask us', shownToTenant: false, why }
  return String((await command({ command: 'grant', ...terms })).result.subscriptionId)
}
const recover = (subscriptionId: string, owner: Person) =>
  command({ command: 'recover_owner', subscriptionId, owner: accountOf(owner), why })
async function change(as: Person, name: RouteName, subscriptionId: string, body: object, more = {}) {
  const { status, json } = await kit.call(name, { as, params: { subscriptionId, ...more }, body })
  expect(status, JSON.stringify(json)).toBe(200)
  return json
}
const assign = async (as: Person, id: string, ...addresses: string[]): Promise<string[]> =>
  (await change(as, 'assign_seats', id, { addresses })).seats.map(({ seat }: { seat: string }) => seat)
/** A first use, which binds. */
async function used(...all: Person[]): Promise<void> {
  for (const person of all) expect(await code(person)).toBe('licensed')
  await kit.settleUses()
}

type Item = Record<string, unknown> & { id: string; kind: string }
const containers = ['subscriptions', 'directory', 'operations']
const everything = (): Item[] => containers.flatMap((name) => kit.cosmos.items(name) as unknown as Item[])
const of = (subscriptionId: string, kind: string) =>
  (kit.cosmos.items('subscriptions', subscriptionId) as unknown as Item[]).filter((item) => item.kind === kind)
const naming = (person: Somebody) =>
  everything().filter((item) => [person.mail, person.objectId].some((name) => JSON.stringify(item).includes(name)))
const assigned = (subscriptionId: string) => of(subscriptionId, 'subscription')[0]?.assigned
const erasedIn = (subscriptionId: string) => of(subscriptionId, 'history').filter(({ did }) => did === 'erased')

/** An account binds a seat, as its first use does. */
async function bind(person: Person, subscriptionId: string, seatId: unknown) {
  const seat = of(subscriptionId, 'seat').find((one) => one.seatId === seatId)
  const generation = seat?.generation
  const use = { subscriptionId, seatId, account: accountOf(person), generation }
  expect((await kit.deliver('seat-uses', use))[0]?.outcome).toBe('bound')
}

/** Somebody leaves traces of every kind in three subscriptions, in which a colleague is too. */
async function tracesOf(pia: Somebody, ann: Somebody): Promise<[string, string, string]> {
  // Owned, and handed over: what they did there, and what they said of it.
  const owned = await granted(pia)
  await assign(pia, owned, pia.mail, ann.mail)
  await used(pia, ann)
  await change(pia, 'describe_subscription', owned, { contact: `Ask ${pia.mail}` })
  await change(pia, 'describe_subscription', owned, { contact: 'Ask Ann' })
  await recover(owned, ann)
  // An entry of the colleague's whose answer names a seat that the entry itself does not.
  await assign(ann, owned, pia.mail, `new-${ann.mail}`)
  // Withdrawn, given again, and handed on.
  const withdrawn = await granted(ann)
  await change(ann, 'withdraw_seats', withdrawn, { seats: await assign(ann, withdrawn, pia.mail) })
  const [seatId] = await assign(ann, withdrawn, pia.mail)
  await change(ann, 'hand_on_seat', withdrawn, { address: ann.mail }, { seatId })
  // Theirs once, the colleague's since.
  const rebound = await granted(ann)
  const seats = await assign(ann, rebound, `desk-${ann.mail}`)
  await bind(pia, rebound, seats[0])
  await change(ann, 'rebind_seats', rebound, { seats })
  await bind(ann, rebound, seats[0])
  return [owned, withdrawn, rebound]
}

/** Items by container and id, without what the store adds. */
const plain = (items: Item[]) =>
  new Map(items.map(({ _etag, _ts, ...item }) => [`${item.subscriptionId} ${item.key} ${item.id}`, item]))

describe('erase', () => {
  it('leaves no item that names them, frees their seats at once, and touches nothing of anybody else', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const [owned, withdrawn, rebound] = await tracesOf(pia, ann)
    const before = naming(pia)
    expect(new Set(before.map(({ kind }) => kind))).toEqual(new Set(['history', 'seat', 'role']))
    expect(before.length).toBeGreaterThan(12)
    const others = plain(
      everything().filter((item) => !before.some(({ id, key }) => id === item.id && key === item.key)),
    )
    const line = await erase(both(pia))
    expect(line).toMatchObject({ event: 'command_done', outcome: 'done' })
    const entries = before.filter(({ kind }) => kind === 'history').length
    const hints = before.filter(({ key }) => key !== undefined).length
    expect(line.result).toEqual({ outcome: 'erased', seats: 2, entries, invitations: 0, hints })
    expect(naming(pia)).toEqual([])
    expect(JSON.stringify(line)).not.toMatch(new RegExp(`${pia.mail}|${pia.objectId}`))
    const after = plain(everything())
    for (const [where, item] of others) {
      // The count of a subscription is all that changes, and the day that their own seat was used on goes with it.
      if (item.kind === 'subscription') expect(after.get(where)).toEqual({ ...item, assigned: expect.any(Number) })
      else if (item.kind !== 'use') expect(after.get(where), where).toEqual(item)
    }
    expect([owned, withdrawn, rebound].map(assigned)).toEqual([2, 1, 1])
    expect([owned, rebound].flatMap((id) => of(id, 'use')).map(({ seatId }) => seatId)).toHaveLength(2)
    expect([owned, withdrawn, rebound].map((id) => of(id, 'seat').length)).toEqual([2, 1, 1])
    expect(of(rebound, 'seat')[0]).toMatchObject({ state: 'bound', account: accountOf(ann), formerAccount: null })
    expect(await code(ann)).toBe('licensed')
  })

  it('their look-up answers as to one who never was, also with the last proof of their seat', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const guest: Somebody = { ...somebody(), edov: false, upn: 'x#EXT#@shop.example', kind: 'guest' }
    const id = await granted(ann)
    await assign(ann, id, pia.mail, guest.mail)
    await bind(guest, id, of(id, 'seat')[0]?.seatId)
    const { proof } = (await kit.call('look_up_licence', { as: pia })).json
    expect(proof).toEqual(expect.any(String))
    await kit.settleUses()
    for (const person of [pia, guest]) await erase(both(person))
    const headers = { 'licence-proof': proof }
    const answers = [pia, guest].map(async (as) => (await kit.call('look_up_licence', { as, headers })).json)
    expect((await Promise.all(answers)).map((json) => [json.code, json.footer, json.address])).toEqual([
      ['free', true, null],
      ['not_confirmed', true, null],
    ])
    const [line] = await kit.deliver(queue, { command: 'look_up', ...both(pia) })
    expect(line?.result).toEqual({ subscriptions: [], hints: [] })
  })

  it('the history stays: who did it is a hash, which seat it was too; the operator alone is named', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const [owned] = await tracesOf(pia, ann)
    const told = () => of(owned, 'history').map(({ id, at, did, why: said }) => `${at} ${id} ${did} ${said}`)
    const before = told()
    await erase(both(pia))
    expect(told().filter((line) => !line.includes(' erased '))).toHaveLength(before.length)
    expect(told()).toEqual(expect.arrayContaining(before))
    const { history } = (await kit.call('list_history', { as: ann, params: { subscriptionId: owned } })).json
    expect(history[0]).toMatchObject({ did: 'erased', by: 'operator', seats: [{ address: 'erased@erased.invalid' }] })
    const given = history.filter(({ did }: { did: string }) => did === 'assigned').at(-1)
    expect(given.by).toBe('erased')
    expect(given.seats.map(({ address }: { address: string }) => address)).toEqual(['erased@erased.invalid', ann.mail])
    expect(new Set(given.seats.map(({ seat }: { seat: string }) => seat)).size).toBe(2)
    expect(history.flatMap(({ changed }: { changed: unknown[] }) => changed)).toEqual([])
    expect(erasedIn(owned)[0]).toMatchObject({ by: { kind: 'operator' }, why })
  })

  it('a repeat does nothing more, also when they have come back since; another message does', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const [owned] = await tracesOf(pia, ann)
    const { result } = await erase(both(pia), 'erase-1')
    expect((await erase(both(pia), 'erase-1')).result).toEqual({ ...result, outcome: 'known' })
    expect(erasedIn(owned)).toHaveLength(1)
    await assign(ann, owned, pia.mail)
    expect(await code(pia)).toBe('licensed')
    await erase(both(pia), 'erase-1')
    expect(await code(pia)).toBe('licensed')
    expect((await erase(both(ann), 'erase-1')).outcome).toBe('idempotency_mismatch')
    expect((await erase(both(pia), 'erase-2')).result).toMatchObject({ outcome: 'erased', seats: 1 })
    expect(await code(pia)).toBe('free')
  })

  it('somebody of whom nothing is known: counts of nothing, and no history', async () => {
    const before = everything().filter(({ kind }) => kind === 'history')
    const { result } = await erase(both(somebody()))
    expect(result).toEqual({ outcome: 'erased', seats: 0, entries: 0, invitations: 0, hints: 0 })
    expect(everything().filter(({ kind }) => kind === 'history')).toEqual(before)
  })

  it('by the account alone: also the address of the seat that it holds, there and nowhere else', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const [here, there] = [await granted(ann), await granted(ann)]
    await assign(ann, here, pia.mail)
    await assign(ann, there, pia.mail)
    await bind(pia, here, of(here, 'seat')[0]?.seatId)
    await erase({ account: accountOf(pia) })
    expect(naming(pia).map(({ subscriptionId }) => subscriptionId)).not.toContain(here)
    expect(of(there, 'seat')).toMatchObject([{ address: pia.mail, state: 'assigned' }])
    await erase({ address: pia.mail })
    expect(naming(pia)).toEqual([])
  })

  it('by the address alone: the seat of whoever holds it, not the account elsewhere', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const [here, there] = [await granted(ann), await granted(ann)]
    await bind(pia, here, (await assign(ann, here, pia.mail))[0])
    await bind(pia, there, (await assign(ann, there, `alias-${pia.mail}`))[0])
    await erase({ address: ` ${pia.mail.toUpperCase()} ` })
    expect(of(here, 'seat')).toEqual([])
    expect(of(there, 'seat')).toMatchObject([{ state: 'bound', account: accountOf(pia) }])
    expect(await code(pia)).toBe('licensed')
  })

  it('a seat that was withdrawn long ago, of which only the history tells', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const id = await granted(ann)
    await change(ann, 'withdraw_seats', id, { seats: await assign(ann, id, pia.mail) })
    kit.advance(91 * day)
    expect(naming(pia).map(({ kind }) => kind)).toEqual(['history', 'history'])
    await erase({ address: pia.mail })
    expect(naming(pia)).toEqual([])
  })

  it('an account that has claimed an ended purchase, its invitation with it', async () => {
    const [pia, seller] = [somebody(), `sub_${crypto.randomUUID().replaceAll('-', '')}`]
    const id = purchasedId('test', seller)
    const intent = newIntent('intent_1', 'test', accountOf(pia), 'f', wish, kit.now())
    await refresh(seller, 'active', null)
    const secret = 'x'.repeat(44)
    const invited = await command({ command: 'invite_owner', subscriptionId: id, secretHash: hash(secret), why })
    const body = { subscriptionId: id, invitationId: invited.result.invitationId, secret }
    expect((await kit.call('accept_invitation', { as: pia, body })).status).toBe(200)
    expect((await erase(both(pia))).outcome).toBe('not_allowed')
    await refresh(seller, 'ended', intent)
    expect((await erase(both(pia))).result).toMatchObject({ outcome: 'erased', invitations: 1 })
    expect(naming(pia)).toEqual([])
    expect(of(id, 'subscription')[0]).toMatchObject({ owner: null, name: 'SecureMailMerge', contact: null })
    // What the seller says later, and what they once meant to buy, does not bring them back.
    await refresh(seller, 'ended', intent)
    expect(of(id, 'subscription')[0]?.owner).toBeNull()
    expect(naming(pia)).toEqual([])
  })
})

const wish = { name: 'Bought', reference: null, quantity: 5, interval: 'yearly' as const, language: 'en' as const }
/** Our subscription as a look at the seller writes it. */
function refresh(subscription: string, state: 'active' | 'ended', intent: Intent | null) {
  const paidUntil = new Date(kit.now().getTime() + 30 * day).toISOString()
  const seller = { mode: 'test', subscription, customer: 'cus_1', item: 'si_1', interval: 'yearly' } as const
  const told = { state, why: state, term: 'renewing', pastDueSince: null } as const
  const seen: Purchase = { seller, ...told, quantity: 5, paidUntil, intent: null, reversal: null }
  const write = (ours: Parameters<typeof applied>[0]) => applied(ours, seen, intent, kit.now())
  return kit.seats.subscriptions.observe(purchasedId('test', subscription), async () => ({ write }), kit.now)
}

describe('an owner', () => {
  it('is not erased while the subscription is live: said in words, with ids, and nothing is done', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const [other] = await tracesOf(pia, ann)
    const id = await granted(pia)
    const before = everything().filter(({ kind }) => kind !== 'parked')
    for (const whom of [both(pia), { account: accountOf(pia) }]) {
      const { outcome, result } = await erase(whom)
      expect(outcome).toBe('not_allowed')
      expect(result).toEqual({ subscriptions: [id], detail: expect.stringContaining('recover_owner') })
    }
    expect(everything().filter(({ kind }) => kind !== 'parked')).toEqual(before)
    await recover(id, ann)
    expect((await erase(both(pia))).result.outcome).toBe('erased')
    expect(naming(pia)).toEqual([])
    expect(of(other, 'subscription')[0]?.owner).toEqual(accountOf(ann))
  })

  it('is known by the seat that their account holds, when an address alone is named', async () => {
    const pia = somebody()
    const id = await granted(pia)
    await assign(pia, id, pia.mail)
    expect((await erase({ address: pia.mail })).outcome).toBe('not_allowed')
    expect(assigned(id)).toBe(1)
  })

  it('is erased once it is over; what they called it goes with them, the seats of others stay', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const id = await granted(pia, 5, 10)
    await assign(pia, id, pia.mail, ann.mail)
    await change(pia, 'describe_subscription', id, { name: pia.mail, reference: pia.mail, contact: pia.mail })
    expect((await erase(both(pia))).outcome).toBe('not_allowed')
    kit.advance(11 * day)
    expect((await erase(both(pia))).result).toMatchObject({ outcome: 'erased', seats: 1 })
    expect(naming(pia)).toEqual([])
    expect(of(id, 'seat')).toMatchObject([{ address: ann.mail }])
  })
})

describe('an erasure that is cut off', () => {
  /** A process that dies before its n-th step, and says how many it would have taken. */
  function dying(before: number) {
    const process = wiring(kit.env)
    let steps = 0
    const step = (whole: object, name: string) => {
      const part = whole as Record<string, (...asked: unknown[]) => Promise<unknown>>
      const real = part[name]?.bind(whole)
      part[name] = async (...asked) => {
        if (++steps >= before) throw new Error('the host dies here')
        return real?.(...asked)
      }
    }
    for (const name of ['change', 'forgetUses']) step(process.subscriptions, name)
    step(process.directory, 'remove')
    for (const name of ['begin', 'finish']) step(process.erasures, name)
    const run = (body: object, messageId: string) =>
      Promise.resolve(obeyCommand(process)(body, contextOf('obey', [], { messageId }))).then(
        () => steps,
        () => 0,
      )
    return { run, close: () => process.close() }
  }

  it.each([
    ['both', both],
    ['the account', (pia: Somebody) => ({ account: accountOf(pia) })],
  ])('anywhere, is done by the same message: by %s', async (_, whom) => {
    for (let before = 1; ; before += 1) {
      const [pia, ann] = [somebody(), somebody()]
      const owned = await granted(pia)
      await assign(pia, owned, pia.mail, ann.mail)
      await recover(owned, ann)
      const [body, messageId] = [{ command: 'erase', ...whom(pia), why }, crypto.randomUUID()]
      const process = dying(before)
      const steps = await process.run(body, messageId)
      await process.close()
      if (steps === 0) expect((await erase(whom(pia), messageId)).result.outcome).toBe('erased')
      const left = naming(pia)
      expect(
        left.filter(({ subscriptionId }) => subscriptionId === owned),
        `cut off before step ${before}`,
      ).toEqual([])
      if ('address' in whom(pia)) expect(left, `cut off before step ${before}`).toEqual([])
      expect([assigned(owned), of(owned, 'seat').length, erasedIn(owned).length]).toEqual([1, 1, 1])
      if (steps > 0) return expect(before).toBeGreaterThan(7)
    }
  })

  it.each([
    ['the answer is lost after a write', { applyThenDrop: true }],
    ['the connection is cut before it', { dropBefore: true }],
    ['the store is unavailable for a moment', { status: 503 }],
  ] as const)('goes on by itself when %s', async (_, fault) => {
    const [pia, ann] = [somebody(), somebody()]
    const [owned] = await tracesOf(pia, ann)
    kit.cosmos.faults.add({ match: { container: 'subscriptions', operation: 'batch' }, times: 2, do: fault })
    await erase(both(pia))
    expect(naming(pia)).toEqual([])
    expect([assigned(owned), erasedIn(owned).length]).toEqual([2, 1])
  })

  it('twice at once, in two processes, while a manager gives them a seat: once, or theirs anew with its hint', async () => {
    const second = wiring(kit.env)
    for (let time = 0; time < 3; time += 1) {
      const [pia, ann] = [somebody(), somebody()]
      const [owned] = await tracesOf(pia, ann)
      const [body, messageId] = [{ command: 'erase', ...both(pia), why }, crypto.randomUUID()]
      await Promise.all([
        erase(both(pia), messageId),
        Promise.resolve(obeyCommand(second)(body, contextOf('obey', [], { messageId }))),
        assign(ann, owned, pia.mail),
      ])
      const again = of(owned, 'seat').some(({ address }) => address === pia.mail)
      expect(await code(pia)).toBe(again ? 'licensed' : 'free')
      expect(assigned(owned)).toBe(of(owned, 'seat').length)
    }
    await second.close()
  })
})

it('who is given a seat again in the very batch that takes them out has one, and it is a new one', async () => {
  const [pia, ann] = [somebody(), somebody()]
  const id = await granted(ann)
  const [seatId = ''] = await assign(ann, id, pia.mail)
  await bind(pia, id, seatId)
  const [before] = of(id, 'seat')
  const request = (by: object, decide: Decide<unknown>) => ({
    ...{ allow: () => {}, seats: [seatId], decide: decide as Decide<number> },
    change: { id: crypto.randomUUID(), fingerprint: '', at: kit.now(), by: { kind: 'operator' as const }, ...by },
  })
  const own = { account: accountOf(ann), evidence: [], claimed: null }
  kit.cosmos.count.reset()
  await Promise.all([
    kit.seats.subscriptions.change(id, request({}, takeOut(personOf(accountOf(pia), null)))),
    kit.seats.subscriptions.change(id, request({}, giveSeats([TypedAddress.parse(pia.mail)], own))),
  ])
  expect(kit.cosmos.count.read().subscriptions?.batch?.operations).toBe(1)
  expect(of(id, 'seat')).toMatchObject([{ state: 'assigned', account: null, formerAccount: null }])
  expect(Number(of(id, 'seat')[0]?.generation)).toBeGreaterThan(Number(before?.generation))
  expect([assigned(id), await code(pia)]).toEqual([1, 'licensed'])
})

describe('after a restore', () => {
  /** Puts the items of a subscription, and the hints of a person, back as they were. */
  async function restored(items: Item[]) {
    const stores = azure(readConfig('seat-assignment', kit.env))
    const container = (item: Item) => stores.items('key' in item ? 'directory' : 'subscriptions')
    for (const { _etag, _ts, _rid, _self, _attachments, ...item } of items)
      await container(item as Item).upsert(item as Item)
    await stores.close()
  }

  it('what was erased since is erased again, by hashes; what was erased before and came back stays', async () => {
    const [pia, ann, old] = [somebody(), somebody(), somebody()]
    const [owned] = await tracesOf(pia, ann)
    await assign(ann, owned, old.mail)
    await erase(both(old))
    kit.advance(3_600_000)
    await assign(ann, owned, old.mail)
    const instant = kit.now().toISOString()
    kit.advance(60_000)
    const copy = naming(pia)
    await erase(both(pia))
    kit.advance(60_000)
    await restored(copy)
    expect(naming(pia).length).toBe(copy.length)
    const line = await command({ command: 'erase', since: instant, why: 'restore, incident 12' })
    expect(line.result).toMatchObject({ outcome: 'erased', erasures: 1, owners: [] })
    expect(naming(pia)).toEqual([])
    expect(await code(old)).toBe('licensed')
  })

  it('once by a message: come again it leaves whoever was given a licence after it, and what it noted erases nobody', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const id = await granted(ann)
    await assign(ann, id, pia.mail)
    const instant = kit.now().toISOString()
    kit.advance(60_000)
    await erase(both(pia))
    await assign(ann, id, pia.mail)
    const again = (messageId: string, since = instant) =>
      command({ command: 'erase', since, why: 'restore, incident 12' }, messageId)
    expect((await again('again-1')).result).toMatchObject({ outcome: 'erased', erasures: 1, seats: 1 })
    await assign(ann, id, pia.mail)
    for (let time = 0; time < 2; time += 1)
      expect((await again('again-1')).result).toMatchObject({ outcome: 'known', seats: 1 })
    expect(await code(pia)).toBe('licensed')
    expect((await again('again-1', kit.now().toISOString())).outcome).toBe('idempotency_mismatch')
    expect((await again('again-2')).result).toMatchObject({ outcome: 'erased', erasures: 1, seats: 1 })
  })

  it('whoever has come back as an owner stays, is named by the subscription, and is erased the next time', async () => {
    const [pia, ann] = [somebody(), somebody()]
    const id = await granted(pia)
    const copy = naming(pia)
    const instant = kit.now().toISOString()
    kit.advance(60_000)
    await recover(id, ann)
    await erase(both(pia))
    await restored(copy)
    const again = () => command({ command: 'erase', since: instant, why: 'restore, incident 12' })
    expect((await again()).result).toMatchObject({ owners: [id] })
    expect(of(id, 'subscription')[0]?.owner).toEqual(accountOf(pia))
    await recover(id, ann)
    expect((await again()).result).toMatchObject({ owners: [] })
    expect(naming(pia)).toEqual([])
  })

  it('an erasure is known for longer than a backup is kept, and then forgotten', async () => {
    const pia = somebody()
    await erase(both(pia))
    const known = () => everything().filter(({ kind }) => kind === 'erasure').length
    kit.advance(34 * day)
    expect(known()).toBeGreaterThan(0)
    kit.advance(2 * day)
    expect(known()).toBe(0)
  })
})

describe('a command to erase', () => {
  it.each([
    ['nobody', {}],
    ['no address', { address: 'kim' }],
    ['an instant and an address', { address: 'kim@contoso.example', since: '2026-12-01T03:00:00Z' }],
    ['a further field', { address: 'kim@contoso.example', subscriptionId: `sub_${'A'.repeat(22)}` }],
    ['no reason', { address: 'kim@contoso.example', why: '' }],
  ])('is parked with %s, without a word of it', async (_, wrong) => {
    const line = await command({ command: 'erase', why, ...wrong })
    expect(line.event).toBe('parked')
    expect(JSON.stringify(line)).not.toContain('kim')
  })
})

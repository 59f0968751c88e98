import type { DetailChange } from '@securemailmerge/shared/licensing/details'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { assignSeats } from '../../../functions/seat-assignment/assign-seats.ts'
import { describeSubscription } from '../../../functions/seat-assignment/describe-subscription.ts'
import { wiring } from '../../../functions/seat-assignment/wiring.ts'
import { cast } from '../../../infra/local/identity/cast.ts'
import type { Person } from '../../../infra/local/identity/person.ts'
import { invoke } from '../../kit/invoke.ts'
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

/** Somebody new, of an organisation that nobody else is of. */
const somebody = (tenantId: string = crypto.randomUUID()): Person => {
  const objectId = crypto.randomUUID()
  const mail = `u-${objectId}@t-${tenantId}.example`
  return { tenantId, objectId, upn: mail, mail, name: mail, kind: 'member', edov: true }
}
const accountOf = ({ tenantId, objectId }: Person) => ({ tenantId, objectId })
/** A subscription of somebody new. */
async function owned(some: Record<string, unknown> = {}) {
  const owner = somebody()
  const subscriptionId = await kit.grant('olivia', 5, { owner: accountOf(owner), ...some })
  return { owner, subscriptionId, params: { subscriptionId } }
}
type Owned = Awaited<ReturnType<typeof owned>>

const say = ({ owner, params }: Owned, body: unknown, key?: string, as: Who = owner) =>
  kit.call('describe_subscription', { as, params, body, ...(key ? { headers: { 'idempotency-key': key } } : {}) })
const shown = async ({ owner, params }: Owned) => (await kit.call('show_subscription', { as: owner, params })).json
const history = async ({ owner, params }: Owned) => (await kit.call('list_history', { as: owner, params })).json.history
const dids = async (one: Owned) => (await history(one)).map(({ did }: { did: string }) => did)
const message = async (as: Who, language: string) =>
  (await kit.call('look_up_licence', { as, headers: { 'accept-language': language } })).json.message
const hints = (subscriptionId: string) =>
  kit.cosmos.items('directory').filter((hint) => hint.subscriptionId === subscriptionId)

describe('describe_subscription', () => {
  it('200: the subscription as it is then, with all that a page shows of it; what was not named stays', async () => {
    const one = await owned({ name: 'Contoso', reference: 'PO 17', contact: 'Ask Pat' })
    const { status, json } = await say(one, { name: '  Contoso A/S ', contact: 'Ask Kim <it@contoso.example>' })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      ...{ id: one.subscriptionId, name: 'Contoso A/S', reference: 'PO 17', contact: 'Ask Kim <it@contoso.example>' },
      ...{ role: 'owner', may: ['see', 'assign', 'describe'], state: 'active', licensing: true },
      ...{ quantity: 5, assigned: 0, free: 5, ceiling: null, overQuantity: 0, term: 'fixed' },
    })
    expect(json).toEqual(await shown(one))
    expect((await say(one, { reference: null })).json).toEqual({ ...json, reference: null })
  })

  it('every list shows the new name, and so does the copy where lists begin', async () => {
    const one = await owned()
    await say(one, { name: 'Fabrikam' })
    expect(
      hints(one.subscriptionId)
        .map(({ kind, name }) => [kind, name])
        .toSorted(),
    ).toEqual([
      ['role', 'Fabrikam'],
      ['shown', 'Fabrikam'],
    ])
    const { subscriptions } = (await kit.call('list_subscriptions', { as: one.owner })).json
    expect(subscriptions.map(({ name }: { name: string }) => name)).toEqual(['Fabrikam'])
  })

  it('the next look-up says whom to ask in the new words, in each language, and nobody once they are gone', async () => {
    const one = await owned({ contact: 'Ask Pat' })
    const colleague = somebody(one.owner.tenantId)
    expect(await message(colleague, 'en')).toContain('Whom to ask: Ask Pat')
    await say(one, { contact: 'Élodie, +33 1 23 45 67 89, $& {date}' })
    expect(await message(colleague, 'en')).toContain('Whom to ask: Élodie, +33 1 23 45 67 89, $& {date}')
    expect(await message(colleague, 'fr')).toContain('À qui demander : Élodie, +33 1 23 45 67 89, $& {date}')
    await say(one, { contact: null })
    expect(await message(colleague, 'en')).toContain('Ask whoever manages the licences in your organisation.')
  })

  it('the holder of a licence is shown the new name', async () => {
    const one = await owned()
    const colleague = somebody(one.owner.tenantId)
    await kit.call('assign_seats', { as: one.owner, params: one.params, body: { addresses: [colleague.mail] } })
    await say(one, { name: 'Fabrikam' })
    const { subscription } = (await kit.call('look_up_licence', { as: colleague })).json
    expect(subscription).toEqual({ id: one.subscriptionId, name: 'Fabrikam' })
  })

  it('history tells once who said what, and what it said before', async () => {
    const one = await owned({ name: 'Contoso', contact: 'Ask Pat' })
    await say(one, { name: 'Fabrikam', reference: 'PO 17', contact: null })
    const [entry, ...earlier] = await history(one)
    expect(entry).toMatchObject({
      ...{ did: 'described', by: 'you', seats: [] },
      changed: [
        { what: 'name', from: 'Contoso', to: 'Fabrikam' },
        { what: 'reference', from: null, to: 'PO 17' },
        { what: 'contact', from: 'Ask Pat', to: null },
      ],
    })
    expect(earlier).toMatchObject([{ did: 'granted', changed: [] }])
  })

  it('200: what is said already writes nothing', async () => {
    const one = await owned({ name: 'Contoso', contact: 'Ask Pat' })
    const before = await shown(one)
    kit.cosmos.count.reset()
    expect((await say(one, { name: 'Contoso', contact: 'Ask Pat', reference: null })).json).toEqual(before)
    expect(kit.cosmos.count.read().subscriptions).not.toHaveProperty('batch')
    expect(kit.cosmos.count.read().directory).toBeUndefined()
    expect(await dids(one)).toEqual(['granted'])
  })

  it('200: a repeat under its key is done once, and takes nothing back that was said since', async () => {
    const one = await owned()
    const first = await say(one, { name: 'First' }, 'k1')
    expect((await say(one, { name: 'First' }, 'k1')).json).toEqual(first.json)
    await say(one, { name: 'Second' }, 'k2')
    expect((await say(one, { name: 'First' }, 'k1')).json).toMatchObject({ name: 'Second' })
    expect(await shown(one)).toMatchObject({ name: 'Second' })
    expect(await dids(one)).toEqual(['described', 'described', 'granted'])
  })

  it('200: ten at once under one key are one change', async () => {
    const one = await owned()
    const answers = await Promise.all(Array.from({ length: 10 }, () => say(one, { name: 'Once' }, 'k1')))
    expect(new Set(answers.map(({ status, json }) => `${status} ${json.name}`))).toEqual(new Set(['200 Once']))
    expect(await dids(one)).toEqual(['described', 'granted'])
  })

  it('422: the same key for something else', async () => {
    const one = await owned()
    await say(one, { name: 'First' }, 'k1')
    const { status, json } = await say(one, { name: 'Second' }, 'k1')
    expect([status, json.title]).toEqual([422, 'idempotency_mismatch'])
    expect(await shown(one)).toMatchObject({ name: 'First' })
  })

  it.each([
    ['body', 'needs_at_least_one_field', {}],
    ['body.name', 'too_small', { name: ' ' }],
    ['body.name', 'wrong_type', { name: null }],
    ['body.name', 'too_big', { name: 'n'.repeat(101) }],
    ['body.name', 'not_plain_text', { name: 'Your mailbox is full: https://evil.example' }],
    ['body.name', 'not_plain_text', { name: 'Con\u202etoso' }],
    ['body.reference', 'too_big', { reference: 'r'.repeat(101) }],
    ['body.contact', 'too_big', { contact: 'c'.repeat(301) }],
    ['body.contact', 'not_plain_text', { name: 'Fine', contact: 'two\nlines' }],
    ['body.contact', 'not_plain_text', { contact: 'half a letter \ud83d' }],
    ['body.owner', 'unknown_field', { name: 'Fine', owner: accountOf(cast.amir) }],
    ['body', 'wrong_type', ['name']],
  ])('400: %s is %s, and nothing is said', async (at, fault, body) => {
    const one = await owned()
    const before = await shown(one)
    const { status, json } = await say(one, body)
    expect([status, json.errors]).toEqual([400, [{ at, fault }]])
    expect(await shown(one)).toEqual(before)
    expect(await dids(one)).toEqual(['granted'])
  })

  it('404: a colleague, somebody with a licence, and an owner who was replaced, also with the key of before', async () => {
    const one = await owned({ name: 'Contoso' })
    const [colleague, successor] = [somebody(one.owner.tenantId), somebody()]
    await kit.call('assign_seats', { as: one.owner, params: one.params, body: { addresses: [colleague.mail] } })
    await kit.call('look_up_licence', { as: colleague })
    await kit.settleUses()
    for (const stranger of [colleague, somebody(one.owner.tenantId), cast.olivia]) {
      expect((await say(one, { name: 'Mine' }, 'mine', stranger)).json.title).toBe('not_found')
    }
    expect((await say(one, { name: 'Fabrikam' }, 'k1')).status).toBe(200)
    const recover = { command: 'recover_owner', ...one.params, owner: accountOf(successor), why: 'test' }
    await kit.deliver('seat-assignment-commands', recover)
    expect((await say(one, { name: 'Fabrikam' }, 'k1')).status).toBe(404)
    expect((await say(one, { name: 'Mine' })).status).toBe(404)
    expect(await shown({ ...one, owner: successor })).toMatchObject({ name: 'Fabrikam', role: 'owner' })
    expect((await say({ ...one, owner: successor }, { name: 'Theirs' })).json).toMatchObject({ name: 'Theirs' })
  })
})

describe('at the same time as others', () => {
  /** Calls of two processes whose first writes are let go at once: of these one is beaten, and asked again. */
  async function together(one: Owned, ours: () => Promise<unknown>, theirs: () => Promise<unknown>): Promise<void> {
    const match = { container: 'subscriptions', operation: 'batch', partitionKey: one.subscriptionId } as const
    kit.cosmos.count.reset()
    kit.cosmos.faults.add({ match, times: 2, do: { hold: true } })
    const all = [ours(), theirs()]
    while (kit.cosmos.faults.held().length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
    kit.cosmos.faults.release()
    await Promise.all(all)
    expect(kit.cosmos.count.read().subscriptions?.batch?.operations).toBe(3)
  }
  async function inOther(handler: 'assign' | 'describe', { owner, params }: Owned, body: unknown): Promise<number> {
    const headers = { authorization: `Bearer ${await kit.tokenOf(owner)}` }
    const handle = handler === 'assign' ? assignSeats(other) : describeSubscription(other)
    return (await invoke(handle, handler, { method: 'POST', headers, params, body })).status
  }

  it('a seat that is assigned: both are there, whoever wrote first', async () => {
    const one = await owned()
    const statuses: number[] = []
    await together(
      one,
      async () => statuses.push((await say(one, { name: 'Fabrikam', contact: 'Ask Kim' })).status),
      async () => statuses.push(await inOther('assign', one, { addresses: ['a@contoso.example'] })),
    )
    expect(statuses).toEqual([200, 200])
    expect(await shown(one)).toMatchObject({ name: 'Fabrikam', contact: 'Ask Kim', assigned: 1, free: 4 })
    expect((await dids(one)).toSorted()).toEqual(['assigned', 'described', 'granted'])
  })

  it('another name and another contact text: both are said', async () => {
    const one = await owned({ name: 'Contoso', contact: 'Ask Pat' })
    const statuses: number[] = []
    await together(
      one,
      async () => statuses.push((await say(one, { name: 'Fabrikam' })).status),
      async () => statuses.push(await inOther('describe', one, { contact: 'Ask Kim' })),
    )
    expect(statuses).toEqual([200, 200])
    expect(await shown(one)).toMatchObject({ name: 'Fabrikam', contact: 'Ask Kim' })
    expect(await dids(one)).toEqual(['described', 'described', 'granted'])
  })

  it('many of all kinds in one process: nothing is lost', async () => {
    const one = await owned()
    const give = (n: number) => {
      const body = { addresses: [`u${n}@contoso.example`] }
      return kit.call('assign_seats', { as: one.owner, params: one.params, body })
    }
    const all = [0, 1, 2, 3, 4].flatMap((n) => [
      give(n),
      say(one, { name: `Name ${n}` }),
      say(one, { contact: `Ask ${n}` }),
    ])
    const answers = await Promise.all(all)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    const { assigned, free, name, contact } = await shown(one)
    expect([assigned, free]).toEqual([5, 0])
    // Each was said over exactly one other, which history tells; the last one stands there.
    const changes: DetailChange[] = (await history(one)).flatMap(({ changed }: { changed: DetailChange[] }) => changed)
    for (const [what, before, now] of [
      ['name', 'Contoso', name],
      ['contact', null, contact],
    ] as const) {
      const told = changes.filter((change) => change.what === what)
      expect(told).toHaveLength(5)
      expect([...told.map(({ from }) => from), now].toSorted()).toEqual(
        [before, ...told.map(({ to }) => to)].toSorted(),
      )
    }
    expect(await dids(one)).toHaveLength(16)
  })
})

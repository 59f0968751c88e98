import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import type { Person } from '../../infra/local/identity/person.ts'
import { accountOf, type Operator, somebody } from './commands-kit.ts'
import type { Body, Row } from './commands-table.ts'

/** Where commands of seat-assignment go. */
export const queue = 'seat-assignment-commands'
const why = 'by telephone'
const DAY_MS = 86_400_000
const inAYear = ({ system }: Operator) => new Date(system.clock.now().getTime() + 365 * DAY_MS).toISOString()

/** The command that gives somebody a subscription of three. */
export const aGrant = (operator: Operator, owner: Person, more: object = {}): Body => ({
  ...{ command: 'grant', owner: accountOf(owner), quantity: 3, until: inAYear(operator), name: 'Contoso North', why },
  ...more,
})
/** Such a subscription: its id. */
export const granted = async (operator: Operator, owner: Person): Promise<string> =>
  String((await operator.done(queue, aGrant(operator, owner))).subscriptionId)

/** The subscriptions that somebody finds. */
export const listed = async (operator: Operator, person: Person): Promise<{ id: string; quantity: number }[]> =>
  (await operator.asked(person, { path: '/api/subscriptions' })).subscriptions
const owns = async (operator: Operator, person: Person, ids: string[]) =>
  expect((await listed(operator, person)).map(({ id }) => id)).toEqual(ids)
/** An owner gives an address a licence; it keeps the one that it has. */
export const assigned = (operator: Operator, owner: Person, id: string, address: string) =>
  operator.asked(owner, { method: 'POST', path: `/api/subscriptions/${id}/seats`, body: { addresses: [address] } })

/** A purchase by a payment link: it belongs to nobody. */
async function unclaimed(operator: Operator): Promise<string> {
  const { done } = await operator.control('stripe', 'act', { do: 'buy', with: [{ quantity: 4 }] })
  const { subscriptionId } = await operator.done('purchase-webhooks-commands', {
    command: 'reconcile',
    seller: done.id,
  })
  await operator.quiet()
  return String(subscriptionId)
}

const newSecret = () => randomBytes(33).toString('base64url')
const secretHash = (secret: string) => createHash('sha256').update(secret).digest('base64url')
const anInvitation = (subscriptionId: string, secret: string): Body => ({
  ...{ command: 'invite_owner', subscriptionId, secretHash: secretHash(secret), why },
})
/** The invitation that is open, from the item that an operator reads. */
async function openInvitation(operator: Operator, subscriptionId: string): Promise<string> {
  const sql = `SELECT c.invitationId FROM c WHERE c.subscriptionId = '${subscriptionId}' AND c.kind = 'invitation' AND c.state = 'open'`
  const found = await operator.query<{ invitationId: string }>('subscriptions', sql)
  expect(found).toHaveLength(1)
  return String(found[0]?.invitationId)
}
const accepts = (operator: Operator, person: Person, body: object) =>
  operator.call(person, { method: 'POST', path: '/api/invitations/accept', body })

/** Who a subscription belongs to. */
export const owners: Row[] = [
  {
    command: 'invite_owner',
    does: 'makes whoever knows the secret the owner, once',
    async prepare(operator) {
      const [subscriptionId, secret, claimer] = [await unclaimed(operator), newSecret(), somebody()]
      let invitationId = ''
      return {
        body: anInvitation(subscriptionId, secret),
        result: { subscriptionId, link: expect.stringContaining('/invitation#') },
        async seen() {
          invitationId ||= await openInvitation(operator, subscriptionId)
          const link = { subscriptionId, invitationId, secret }
          expect((await accepts(operator, claimer, link)).status).toBe(200)
          expect((await accepts(operator, somebody(), link)).status).toBe(404)
          await owns(operator, claimer, [subscriptionId])
        },
      }
    },
  },
  {
    command: 'invite_owner',
    does: 'come again, leaves a newer invitation open',
    async prepare(operator) {
      const [subscriptionId, older, newer, claimer] = [await unclaimed(operator), newSecret(), newSecret(), somebody()]
      return {
        body: anInvitation(subscriptionId, older),
        result: { subscriptionId },
        later: {
          next: async () => void (await operator.done(queue, anInvitation(subscriptionId, newer))),
          async seen() {
            const link = { subscriptionId, invitationId: await openInvitation(operator, subscriptionId) }
            expect((await accepts(operator, claimer, { ...link, secret: older })).status).toBe(404)
            expect((await accepts(operator, claimer, { ...link, secret: newer })).status).toBe(200)
          },
        },
      }
    },
  },
  {
    command: 'recover_owner',
    does: 'gives a subscription to another account',
    async prepare(operator) {
      const [owner, heir, third] = [somebody(), somebody(), somebody()]
      const subscriptionId = await granted(operator, owner)
      const to = (person: Person) => ({ command: 'recover_owner', subscriptionId, owner: accountOf(person), why })
      const belongsTo = async (person: Person) => {
        for (const one of [owner, heir, third]) await owns(operator, one, one === person ? [subscriptionId] : [])
      }
      return {
        body: to(heir),
        result: { subscriptionId },
        seen: () => belongsTo(heir),
        later: { next: async () => void (await operator.done(queue, to(third))), seen: () => belongsTo(third) },
      }
    },
  },
]

/** Who is in it no more. */
export const erasures: Row[] = [
  {
    command: 'erase',
    does: 'takes somebody out of all subscriptions; whoever is given a licence after that keeps it',
    async prepare(operator) {
      const [owner, person] = [somebody(), somebody()]
      const subscriptionId = await granted(operator, owner)
      const isAssigned = async (count: number, code: RegExp) => {
        expect(await listed(operator, owner)).toEqual([expect.objectContaining({ assigned: count })])
        expect(await operator.licence(person)).toMatch(code)
        await operator.quiet()
      }
      await assigned(operator, owner, subscriptionId, person.mail ?? '')
      await isAssigned(1, /^licensed$/)
      return {
        body: { command: 'erase', account: accountOf(person), address: person.mail, why },
        result: { outcome: 'erased', seats: 1 },
        repeat: { outcome: 'known', seats: 1 },
        seen: () => isAssigned(0, /^(free|not_assigned)$/),
        later: {
          next: () => assigned(operator, owner, subscriptionId, person.mail ?? ''),
          seen: () => isAssigned(1, /^licensed$/),
        },
      }
    },
  },
  {
    command: 'erase',
    does: 'since an instant erases once more whoever was erased since',
    async prepare(operator) {
      const [owner, person, since] = [somebody(), somebody(), operator.system.clock.now().toISOString()]
      const subscriptionId = await granted(operator, owner)
      await assigned(operator, owner, subscriptionId, person.mail ?? '')
      await operator.done(queue, { command: 'erase', address: person.mail, why })
      // They are back, as after a restore.
      await assigned(operator, owner, subscriptionId, person.mail ?? '')
      return {
        body: { command: 'erase', since, why },
        result: { outcome: 'erased', erasures: 1, seats: 1 },
        repeat: { outcome: 'known', seats: 1 },
        seen: async () => expect(await listed(operator, owner)).toEqual([expect.objectContaining({ assigned: 0 })]),
        later: {
          next: () => assigned(operator, owner, subscriptionId, person.mail ?? ''),
          seen: async () => expect(await operator.licence(person)).toBe('licensed'),
        },
      }
    },
  },
]

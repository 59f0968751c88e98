import { expect } from 'vitest'
import type { Person } from '../../infra/local/identity/person.ts'
import { accountOf, type Operator, somebody } from './commands-kit.ts'
import { aGrant, assigned, erasures, granted, listed, owners, queue } from './commands-of-owners.ts'
import type { CommandTable, Row, SwitchRow } from './commands-table.ts'

const hasQuantity = async (operator: Operator, person: Person, quantity: number) =>
  expect(await listed(operator, person)).toEqual([expect.objectContaining({ quantity })])

const lookUps = (['address', 'account', 'subscriptionId'] as const).map(
  (by): Row => ({
    command: 'look_up',
    does: `says by ${by} where somebody stands, in ids and states`,
    async prepare(operator) {
      const owner = somebody()
      const subscriptionId = await granted(operator, owner)
      await assigned(operator, owner, subscriptionId, owner.mail ?? '')
      const asked = { address: owner.mail, account: accountOf(owner), subscriptionId }[by]
      const state = { subscriptionId, source: 'granted', quantity: 3, assigned: 1, state: 'active' }
      return { body: { command: 'look_up', [by]: asked }, result: { subscriptions: [state] } }
    },
  }),
)

const grants: Row[] = [
  {
    command: 'grant',
    does: 'makes one subscription, which its owner finds and gives licences of',
    async prepare(operator) {
      const owner = somebody()
      return {
        body: aGrant(operator, owner),
        result: { quantity: 3, outcome: 'new' },
        repeat: { quantity: 3, outcome: 'known' },
        async seen() {
          await hasQuantity(operator, owner, 3)
          const [one] = await listed(operator, owner)
          await assigned(operator, owner, String(one?.id), owner.mail ?? '')
          expect(await operator.licence(owner)).toBe('licensed')
        },
      }
    },
  },
  {
    command: 'grant',
    does: 'with an id gives that subscription new terms',
    async prepare(operator) {
      const owner = somebody()
      const subscriptionId = await granted(operator, owner)
      const terms = (quantity: number) => aGrant(operator, owner, { subscriptionId, quantity })
      return {
        body: terms(8),
        result: { subscriptionId, quantity: 8 },
        seen: () => hasQuantity(operator, owner, 8),
        later: {
          next: async () => void (await operator.done(queue, terms(10))),
          seen: () => hasQuantity(operator, owner, 10),
        },
      }
    },
  },
]

const switches: SwitchRow[] = [
  {
    name: 'read_only',
    does: 'refuses owners every change; look-ups go on',
    async prepare(operator) {
      const owner = somebody()
      const subscriptionId = await granted(operator, owner)
      const body = { addresses: [owner.mail] }
      return {
        async isStopped(origin) {
          const path = `/api/subscriptions/${subscriptionId}/seats`
          const said = await operator.call(owner, { method: 'POST', path, body }, origin)
          if (said.status !== 200) expect([said.status, said.body?.title]).toEqual([503, 'read_only'])
          return said.status !== 200
        },
        async goesOn(origin) {
          expect((await operator.asked(owner, { path: '/api/licence' }, origin)).code).toBe('licensed')
          await operator.asked(owner, { path: `/api/subscriptions/${subscriptionId}` }, origin)
        },
      }
    },
  },
]

/** The commands of seat-assignment. */
export const seatCommands: CommandTable = {
  ...{ queue, service: 'seat-assignment', switches },
  rows: [...lookUps, ...grants, ...owners, ...erasures],
  wrong: {
    help: {},
    look_up: {
      subscriptionId: ['sub_1', 'not_a_subscription_id'],
      account: ['kim@contoso.example', 'wrong_type'],
      address: ['kim', 'not_an_address', 'message: names_nobody'],
    },
    grant: {
      subscriptionId: ['sub_1', 'not_a_subscription_id'],
      owner: ['kim@contoso.example', 'wrong_type'],
      quantity: [0, 'too_small'],
      until: ['1.1.2028', 'invalid_format'],
      name: ['see www.evil.example', 'not_plain_text'],
      reference: ['', 'too_small'],
      contact: [7, 'wrong_type'],
      shownToTenant: ['no', 'wrong_type'],
      why: ['', 'too_small'],
    },
    invite_owner: {
      subscriptionId: [7, 'wrong_type'],
      secretHash: ['a secret', 'not_a_hash'],
      why: ['x'.repeat(201), 'too_big'],
    },
    recover_owner: {
      subscriptionId: ['sub_1', 'not_a_subscription_id'],
      owner: [null, 'wrong_type'],
      why: [' ', 'too_small'],
    },
    erase: {
      account: ['kim@contoso.example', 'wrong_type'],
      address: ['kim', 'not_an_address'],
      since: ['yesterday', 'invalid_format'],
      why: ['', 'too_small'],
    },
    stop: { switch: ['sending', 'invalid_value'], why: ['', 'too_small'] },
    go: { switch: ['everything', 'invalid_value'], why: [null, 'wrong_type'] },
  },
}

import assert from 'node:assert/strict'
import type { CastKey } from '../identity/cast.ts'
import { cast } from '../identity/cast.ts'
import type { Stage } from './stage.ts'

const colleagues = ['amir', 'bea', 'carla'] as const
const mailOf = (person: CastKey) => cast[person].mail
const DAYS = 30

/** Opens the add-in of a person and sees what it shows. */
export async function sees(stage: Stage, person: CastKey, code: string): Promise<void> {
  const shown = await stage.open(person)
  assert.equal(shown.by, 'server', `${person}: no answer`)
  assert.equal(shown.by === 'server' && shown.answer.code, code, `${person}: another answer`)
  assert.equal(shown.footer, !code.startsWith('licensed'), `${person}: footer`)
}

/** Until queue seat-uses is worked off and the proof is one of 14 days. */
async function bound(stage: Stage, person: CastKey): Promise<void> {
  const until = Date.now() + 10_000
  for (;;) {
    const shown = await stage.open(person)
    if (shown.by === 'server' && shown.answer.recheckAfter > 300) return
    assert.ok(Date.now() < until, `${person} is not bound after 10 s`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** The story of the product, one sentence a step. */
export const steps: [title: string, play: (stage: Stage) => Promise<void>][] = [
  [
    'Amir has installed the add-in: free version, with footer, nothing has ended',
    (stage) => sees(stage, 'amir', 'free'),
  ],
  [
    `an operator grants Contoso 3 licences for ${DAYS} days`,
    async (stage) => {
      const { tenantId, objectId } = cast.olivia
      const until = new Date(stage.system.clock.now().getTime() + DAYS * 86_400_000).toISOString()
      const grant = {
        command: 'grant',
        owner: { tenantId, objectId },
        quantity: 3,
        until,
        name: 'Contoso',
        why: 'demo',
      }
      stage.subscriptionId = String((await stage.command(grant)).subscriptionId)
      assert.match(stage.subscriptionId, /^sub_/)
    },
  ],
  ['Bea, a colleague, is told that the organisation has licences', (stage) => sees(stage, 'bea', 'not_assigned')],
  [
    'Olivia, the owner, finds her subscription; Amir finds none',
    async (stage) => {
      const names = async (person: CastKey) => {
        const { body } = await stage.call(person, 'GET', '/api/subscriptions')
        return (body.subscriptions as { name: string }[]).map(({ name }) => name)
      }
      assert.deepEqual([await names('olivia'), await names('amir')], [['Contoso'], []])
    },
  ],
  [
    'Olivia assigns three licences in one call',
    async (stage) => {
      const { status, body } = await stage.owner('', { addresses: colleagues.map(mailOf) })
      assert.deepEqual([status, body.quantity, body.assigned], [200, 3, 3])
    },
  ],
  [
    'each of the three has no footer at the very next look-up',
    async (stage) => {
      for (const person of colleagues) await sees(stage, person, 'licensed')
      for (const person of colleagues) await bound(stage, person)
    },
  ],
  [
    'a fourth and a fifth are refused, with the count; nobody is half assigned',
    async (stage) => {
      const { status, body } = await stage.owner('', { addresses: [mailOf('lee'), mailOf('kimOld')] })
      assert.deepEqual([status, body.title, body.free, body.missing], [409, 'no_free_seat', 0, 2])
    },
  ],
  [
    "Bea's licence is withdrawn: footer at the next look-up",
    async (stage) => {
      await stage.owner('/withdraw', { seats: [stage.seats.get(mailOf('bea'))] })
      await sees(stage, 'bea', 'withdrawn')
    },
  ],
  [
    "Carla's is handed on to Kim: Kim is licensed, Carla is not",
    async (stage) => {
      const seat = stage.seats.get(mailOf('carla'))
      assert.equal((await stage.owner(`/${seat}/hand-on`, { address: mailOf('kimOld') })).status, 200)
      await sees(stage, 'kimOld', 'licensed')
      await sees(stage, 'carla', 'withdrawn')
      await bound(stage, 'kimOld')
    },
  ],
  [
    'Kim leaves, the address is given to a new account: that one is told whose the licence is',
    (stage) => sees(stage, 'kimNew', 'other_account'),
  ],
  [
    'Olivia frees the licence from the old account, and the new one has it',
    async (stage) => {
      await stage.owner('/rebind', { seats: [stage.seats.get(mailOf('kimOld'))] })
      await sees(stage, 'kimNew', 'licensed')
      await bound(stage, 'kimNew')
      await sees(stage, 'kimOld', 'withdrawn')
    },
  ],
  [
    'a stranger gets nothing, and does not learn that there is something',
    async (stage) => {
      const path = `/api/subscriptions/${stage.subscriptionId}/seats`
      assert.equal((await stage.call('rita', 'GET', path)).status, 404)
    },
  ],
  [
    'the services are down: the add-in keeps its proof, without footer',
    async (stage) => {
      await bound(stage, 'amir')
      await stage.system.host.kill('SIGKILL')
      const shown = await stage.open('amir')
      assert.deepEqual([shown.by, shown.footer], ['proof', false])
      await stage.system.host.restart()
      await sees(stage, 'amir', 'licensed')
    },
  ],
  [
    `${DAYS} days later the subscription has ended: the footer is back, and says why`,
    async (stage) => {
      stage.advance(DAYS)
      await sees(stage, 'amir', 'ended')
      await sees(stage, 'fred', 'free')
    },
  ],
]

import assert from 'node:assert/strict'
import type { Stage } from '../../infra/local/demo/stage.ts'
import { sees } from '../../infra/local/demo/steps.ts'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'

const SEATS = 3
const DAYS = 300
const mailOf = (person: CastKey) => cast[person].mail

/** An operator grants Olivia some licences. */
export async function beginSeats(stage: Stage): Promise<void> {
  const { tenantId, objectId } = cast.olivia
  const until = new Date(stage.system.clock.now().getTime() + DAYS * 86_400_000).toISOString()
  const owner = { tenantId, objectId }
  const grant = { command: 'grant', owner, quantity: SEATS, until, name: 'Contoso', why: 'two versions' }
  stage.subscriptionId = String((await stage.command(grant)).subscriptionId)
  assert.match(stage.subscriptionId, /^sub_/)
}

/** Seats are given, used, handed on, freed and taken back, until nobody has one: then it can begin anew. */
export async function playSeats(stage: Stage): Promise<void> {
  const owner = async (path: string, body: unknown) => {
    const said = await stage.owner(path, body)
    assert.equal(said.status, 200, `${path}: ${JSON.stringify(said.body)}`)
    return said.body
  }
  const seat = (person: CastKey) => stage.seats.get(mailOf(person))
  await owner('', { addresses: (['amir', 'carla'] as const).map(mailOf) })
  for (const person of ['amir', 'carla'] as const) await sees(stage, person, 'licensed')
  for (const person of ['amir', 'carla'] as const) await bound(stage, person)
  await owner('/withdraw', { seats: [seat('amir')] })
  await sees(stage, 'amir', 'withdrawn')
  await owner(`/${seat('carla')}/hand-on`, { address: mailOf('kimOld') })
  await sees(stage, 'kimOld', 'licensed')
  await bound(stage, 'kimOld')
  await sees(stage, 'carla', 'withdrawn')
  await owner('/rebind', { seats: [seat('kimOld')] })
  await sees(stage, 'kimNew', 'licensed')
  await bound(stage, 'kimNew')
  await sees(stage, 'kimOld', 'withdrawn')
  const { assigned } = await owner('/withdraw', { seats: [seat('kimOld')] })
  assert.equal(assigned, 0)
  await lists(stage)
}

/** The message of the first use has come to whoever binds. */
async function bound(stage: Stage, person: CastKey): Promise<void> {
  await stage.soon(async () => {
    const shown = await stage.open(person)
    assert.ok(shown.by === 'server' && shown.answer.recheckAfter > 300, `${person} is not bound`)
  })
}

/** What was written by either can be listed. */
async function lists(stage: Stage): Promise<void> {
  const path = `/api/subscriptions/${stage.subscriptionId}`
  for (const what of ['', '/seats', '/history?limit=50']) {
    const said = await stage.call('olivia', 'GET', path + what)
    assert.equal(said.status, 200, `${what}: ${JSON.stringify(said.body)}`)
  }
}

import { randomBytes } from 'node:crypto'
import { hash } from '@securemailmerge/shared/hash'
import { type CastKey, cast } from '../../infra/local/identity/cast.ts'
import { type Shop, startShop } from '../kit/shop.ts'
import { type Asked, inOrder, itemsIn, messagesIn, type Recorded } from './recorded.ts'

const why = 'for the record'

/** Everything about licences and purchases that this version writes, while a little of everything is under way. */
export async function recordLicensing(): Promise<Recorded> {
  const shop = await startShop()
  try {
    const granted = await seatsOf(shop)
    const uses = messagesIn(shop.bus, 'seat-uses')
    await shop.settleUses()
    const { bought, intent } = await purchasesOf(shop)
    const invitation = await unclaimed(shop)
    await operated(shop)
    const wakes = messagesIn(shop.bus, 'purchases')
    const asked = await allAsked(shop, granted, bought, intent)
    const proof = String((await shop.call('look_up_licence', { as: 'amir' })).json.proof)
    const { d: _secret, ...proofKey } = JSON.parse(shop.env.PROOF_KEY)
    return {
      at: shop.now().toISOString(),
      items: itemsIn(shop.cosmos),
      messages: [...uses, ...wakes],
      blobs: {},
      asked,
      secrets: { granted, bought, ...invitation, proof, proofKey: JSON.stringify(proofKey) },
    }
  } finally {
    await shop.close()
  }
}

/** Seats that are assigned, bound, handed on, freed, withdrawn, and used. */
async function seatsOf(shop: Shop): Promise<string> {
  const subscriptionId = await shop.grant('olivia', 4)
  const people = ['amir', 'bea', 'carla'] as const
  const owner = async (name: 'assign_seats' | 'withdraw_seats' | 'hand_on_seat' | 'rebind_seats', more: object) => {
    const { params = {}, ...body } = more as { params?: Record<string, string> }
    const said = await shop.call(name, { as: 'olivia', params: { subscriptionId, ...params }, body })
    if (said.status !== 200) throw new Error(`${name}: ${said.status} ${said.text}`)
    return said.json
  }
  const { seats } = await owner('assign_seats', { addresses: people.map((person) => cast[person].mail) })
  const [, bea, carla] = (seats as { seat: string }[]).map(({ seat }) => seat)
  for (const person of people) await shop.call('look_up_licence', { as: person })
  await shop.settleUses()
  await owner('withdraw_seats', { seats: [bea] })
  await owner('hand_on_seat', { params: { seatId: String(carla) }, address: cast.kimOld.mail })
  await owner('assign_seats', { addresses: [cast.otto.mail] })
  for (const person of ['amir', 'kimOld'] as const) await shop.call('look_up_licence', { as: person })
  return subscriptionId
}

/** One bought, with a wish for more that is answered; one whose page is open. */
async function purchasesOf(shop: Shop): Promise<{ bought: string; intent: string }> {
  const { subscriptionId, intent } = await shop.buy('bea')
  await shop.call('assign_seats', { as: 'bea', params: { subscriptionId }, body: { addresses: [cast.lee.mail] } })
  await shop.call('look_up_licence', { as: 'lee' })
  const asked = await shop.ask('set_quantity', { as: 'bea', params: { subscriptionId }, body: { quantity: 7 } })
  if (asked.status !== 200) throw new Error(asked.text)
  await shop.ask('cancel_subscription', { as: 'bea', params: { subscriptionId } })
  await shop.delivered()
  await shop.settle()
  await shop.open('bea')
  return { bought: subscriptionId, intent }
}

/** One that nobody owns, with an invitation; events that wait, are put off, ignored and parked. */
async function unclaimed(shop: Shop): Promise<Record<string, string>> {
  const one = shop.stripe.act.buy({})
  await shop.delivered()
  await shop.settle()
  const secret = randomBytes(33).toString('base64url')
  const unowned = String((await shop.ours(one.id))?.subscriptionId)
  const command = { command: 'invite_owner', subscriptionId: unowned, secretHash: hash(secret), why }
  const [line] = await shop.deliver('seat-assignment-commands', command)
  shop.byHand()
  await shop.happens(() => shop.stripe.act.change(one.id, { status: 'a_new_word' }))
  await shop.look(one)
  shop.stripe.act.change(one.id, { status: 'active' })
  shop.stripe.faults.add({ times: -1, do: { status: 503 } })
  await shop.happens(() => shop.stripe.act.change(one.id, {}))
  await shop.look(one)
  shop.stripe.faults.clear()
  await shop.happens(() => shop.stripe.act.buy({}))
  return { unowned, secret, invitation: String(line?.result.invitationId) }
}

/** What operators have done, and what nobody understood. */
async function operated(shop: Shop): Promise<void> {
  for (const command of ['stop', 'go']) {
    await shop.deliver('seat-assignment-commands', { command, switch: 'read_only', why })
    await shop.command({ command, switch: 'purchases', why })
  }
  await shop.deliver('seat-uses', { no: 'use' })
}

async function allAsked(shop: Shop, granted: string, bought: string, intent: string): Promise<Asked[]> {
  const asked: Asked[] = []
  for (const as of ['amir', 'bea', 'carla', 'kimOld', 'kimNew', 'lee', 'otto', 'rita'] as const)
    asked.push(await askedOf(shop, 'look_up_licence', as))
  for (const [as, subscriptionId] of [['olivia', granted] as const, ['bea', bought] as const]) {
    asked.push(await askedOf(shop, 'list_subscriptions', as))
    for (const name of ['show_subscription', 'list_seats', 'list_history'] as const)
      asked.push(await askedOf(shop, name, as, { subscriptionId }))
  }
  asked.push(await askedOf(shop, 'show_intent', 'bea', { intentId: intent }))
  return asked
}

/** A route that reads. */
export type Reading =
  | 'look_up_licence'
  | 'list_subscriptions'
  | 'show_subscription'
  | 'list_seats'
  | 'list_history'
  | 'show_intent'

/** Asks and keeps how it was answered, but for proofs and words: those are made anew each time, these may be mended. */
export async function askedOf(
  shop: Shop,
  name: Reading,
  as: CastKey,
  params: Record<string, string> = {},
): Promise<Asked> {
  const said = name === 'show_intent' ? await shop.ask(name, { as, params }) : await shop.call(name, { as, params })
  const { proof: _anew, message: _words, ...json } = said.json as Record<string, unknown>
  return { name, as, params, status: said.status, json: inOrder(json) }
}

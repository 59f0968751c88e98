import * as z from 'zod'
import { type Called, callAs, seatOf } from '../call-as.ts'
import { castMember } from '../identity/cast.ts'
import { processNames } from '../processes.ts'
import { bought } from '../purchase-page/buyers.ts'
import type { System } from '../system.ts'
import { beginFault, changeProcess, clearFaults, faultNames } from './faults.ts'
import { filled, type Note } from './notes.ts'
import type { Words } from './words.ts'

/** What happened, and where the browser goes next when that is not back to the page. */
type Outcome = Omit<Note, 'at'> & { go?: string }
type Act = (system: System, form: Record<string, string>, say: Words) => Promise<Outcome>

const HOUR_MS = 3_600_000
const COMMAND_MS = 5_000
const Address = z.string().trim().min(1)
const Grant = z.object({
  person: z.string(),
  name: z.string(),
  quantity: z.coerce.number().int(),
  days: z.coerce.number().int().min(1),
})
const Buy = z.object({
  person: z.string(),
  name: z.string(),
  quantity: z.coerce.number().int(),
  interval: z.enum(['monthly', 'yearly']),
})
const Manage = z.object({
  person: z.string(),
  subscription: z.string().min(1),
  addresses: z.string().transform((text) => text.split(/\s+/).filter(Boolean)),
  to: z.string().trim(),
  deed: z.enum(['assign', 'withdraw', 'handOn']),
})

/** What the buttons of the page do, by the last part of the address that they post to. */
export const actions: Record<string, Act> = {
  grant,
  manage,
  buy,
  async process(system, form, say) {
    const { name, deed } = z.object({ name: z.enum(processNames), deed: z.enum(['kill', 'restart']) }).parse(form)
    await changeProcess(system, name, deed)
    return { text: filled(deed === 'kill' ? say.notes.killed : say.notes.restarted, { name }) }
  },
  async clock({ clock }, form, say) {
    const { step } = z.object({ step: z.enum(['now', 'hour', 'day', 'month']) }).parse(form)
    if (step === 'now') clock.set(0)
    else clock.advance(step === 'month' ? monthFrom(clock.now()) : step === 'day' ? 24 * HOUR_MS : HOUR_MS)
    return { text: filled(say.notes.moved, { time: clock.now().toISOString() }) }
  },
  async fault(system, form, say) {
    const { name } = z.object({ name: z.enum(faultNames) }).parse(form)
    await beginFault(system, name)
    return { text: filled(say.notes.fault, { name: say.fault[name] }) }
  },
  async clear(system, _, say) {
    await clearFaults(system)
    return { text: say.notes.cleared }
  },
  async resend({ busControl }, form, say) {
    const response = await fetch(`${busControl}/queues/${form.queue}/resend-dead-letters`, { method: 'POST' })
    const { resent } = (await response.json()) as { resent?: number }
    return { text: filled(say.notes.resent, { count: resent ?? 0 }) }
  },
}

/** Milliseconds until the same day of the next month, or its last one. */
function monthFrom(now: Date): number {
  const next = new Date(now)
  next.setUTCMonth(now.getUTCMonth() + 1)
  // 31 January and a month would be 3 March.
  if (next.getUTCDate() !== now.getUTCDate()) next.setUTCDate(0)
  return next.getTime() - now.getTime()
}

async function grant(system: System, form: Record<string, string>, say: Words): Promise<Outcome> {
  const { person, name, quantity, days } = Grant.parse(form)
  const owner = castMember(person)
  if (!owner) throw new Error(`nobody is called ${person}`)
  const messageId = await system.sendCommand({
    command: 'grant',
    owner: { tenantId: owner.tenantId, objectId: owner.objectId },
    quantity,
    name,
    until: new Date(system.clock.now().getTime() + days * 24 * HOUR_MS).toISOString(),
    why: 'granted on the local page',
  })
  const line = await system.waitForLog((one) => one.messageId === messageId, COMMAND_MS).catch(() => undefined)
  if (!line) return { text: say.notes.waits }
  const detail = JSON.stringify(line, null, 2)
  if (line.event !== 'command_done' || line.outcome !== 'done') {
    return { text: filled(say.notes.refused, { code: line.outcome ?? line.reason }), detail }
  }
  return { text: filled(say.notes.granted, { name: owner.name, quantity, subscription: name }), detail }
}

async function buy(system: System, form: Record<string, string>, say: Words): Promise<Outcome> {
  const { person, ...wish } = Buy.parse(form)
  const said = await callAs(system, person, { method: 'POST', path: '/api/purchases/checkout', body: wish })
  const detail = JSON.stringify(said.body, null, 2) ?? ''
  if (said.status !== 200) return { text: filled(say.notes.refused, { code: said.body?.title ?? said.status }), detail }
  bought(system, said.body.intent, person)
  const name = castMember(person)?.name ?? person
  return { text: filled(say.notes.buys, { name, quantity: wish.quantity }), detail, go: said.body.url }
}

async function manage(system: System, form: Record<string, string>, say: Words): Promise<Outcome> {
  const { person, subscription, addresses, to, deed } = Manage.parse(form)
  const seats = `/api/subscriptions/${subscription}/seats`
  const ask = (path: string, body: object) => callAs(system, person, { method: 'POST', path, body })
  const told = ({ status, body }: Called) => {
    const what = `${castMember(person)?.name}: ${say[deed]} ${addresses.join(', ')}`
    return { text: filled(say.notes.answered, { what, status }), detail: JSON.stringify(body, null, 2) ?? '' }
  }
  if (deed === 'assign') return told(await ask(seats, { addresses }))
  const ids: string[] = []
  for (const address of addresses) {
    const id = await seatOf(system, person, subscription, address)
    if (!id) return { text: filled(say.notes.missing, { address }) }
    ids.push(id)
  }
  if (deed === 'withdraw') return told(await ask(`${seats}/withdraw`, { seats: ids }))
  return told(await ask(`${seats}/${ids[0]}/hand-on`, { address: Address.parse(to) }))
}

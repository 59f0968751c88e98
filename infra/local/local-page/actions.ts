import * as z from 'zod'
import { type Called, callAs, seatOf } from '../call-as.ts'
import { castMember } from '../identity/cast.ts'
import type { Language } from '../identity/words.ts'
import { processNames } from '../processes.ts'
import type { System } from '../system.ts'
import { command, grant } from './commands.ts'
import { beginFault, changeProcess, clearFaults, faultNames } from './faults.ts'
import { filled, type Note } from './notes.ts'
import type { Words } from './words.ts'

/** What happened, and where the browser goes next when that is not back to the page. */
type Outcome = Omit<Note, 'at'> & { go?: string }
/** A button that was pressed: what was posted, and in which language it is told. */
export interface Pressed {
  system: System
  form: Record<string, string>
  say: Words
  language: Language
}
/** What a button does. @throws Error that says what did not work */
export type Act = (pressed: Pressed) => Promise<Outcome>

const HOUR_MS = 3_600_000
const Address = z.string().trim().min(1)
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
  command,
  manage,
  buy,
  async process({ system, form, say }) {
    const { name, deed } = z.object({ name: z.enum(processNames), deed: z.enum(['kill', 'restart']) }).parse(form)
    await changeProcess(system, name, deed)
    return { text: filled(deed === 'kill' ? say.notes.killed : say.notes.restarted, { name }) }
  },
  async clock({ system: { clock }, form, say }) {
    const { step } = z.object({ step: z.enum(['now', 'hour', 'day', 'month']) }).parse(form)
    if (step === 'now') clock.set(0)
    else clock.advance(step === 'month' ? monthFrom(clock.now()) : step === 'day' ? 24 * HOUR_MS : HOUR_MS)
    return { text: filled(say.notes.moved, { time: clock.now().toISOString() }) }
  },
  async fault({ system, form, say }) {
    const { name } = z.object({ name: z.enum(faultNames) }).parse(form)
    await beginFault(system, name)
    return { text: filled(say.notes.fault, { name: say.fault[name] }) }
  },
  async clear({ system, say }) {
    await clearFaults(system)
    return { text: say.notes.cleared }
  },
  async resend({ system: { busControl }, form, say }) {
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

async function buy({ system, form, say, language }: Pressed): Promise<Outcome> {
  const { person, ...wish } = Buy.parse(form)
  const said = await callAs(system, person, { method: 'POST', path: '/api/purchases/checkout', body: wish, language })
  const detail = JSON.stringify(said.body, null, 2) ?? ''
  if (said.status !== 200) return { text: filled(say.notes.refused, { code: codeOf(said) }), detail }
  const name = castMember(person)?.name ?? person
  return { text: filled(say.notes.buys, { name, quantity: wish.quantity }), detail, go: said.body.url }
}

async function manage({ system, form, say, language }: Pressed): Promise<Outcome> {
  const { person, subscription, addresses, to, deed } = Manage.parse(form)
  const seats = `/api/subscriptions/${subscription}/seats`
  const ask = (path: string, body: object) => callAs(system, person, { method: 'POST', path, body, language })
  const told = (said: Called) => {
    const what = `${castMember(person)?.name}: ${say[deed]} ${addresses.join(', ')}`
    const status = said.status === 200 ? '200' : `${said.status} ${codeOf(said)}`
    return { text: filled(say.notes.answered, { what, status }), detail: JSON.stringify(said.body, null, 2) ?? '' }
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

/** The code of a refusal, with the fields that it names or the reason that it gives. */
function codeOf({ status, body }: Called): string {
  const named = (body?.errors ?? []) as { at: string; fault: string }[]
  const why = [...named.map(({ at, fault }) => `${at}: ${fault}`), ...(body?.reason ? [body.reason] : [])]
  const code = String(body?.title ?? status)
  return why.length === 0 ? code : `${code} (${why.join('; ')})`
}

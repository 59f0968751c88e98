import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type * as z from 'zod'
import * as sending from '../../functions/merge-send-queue/command.ts'
import * as purchases from '../../functions/purchase-webhooks/command.ts'
import * as seats from '../../functions/seat-assignment/command.ts'
import { newId, Operator } from './commands-kit.ts'
import { purchaseCommands } from './commands-of-purchases.ts'
import { seatCommands } from './commands-of-seats.ts'
import { sendingCommands } from './commands-of-sending.ts'
import type { Body, CommandTable } from './commands-table.ts'

// Design.md, decision 8: an operator has queues to send to, and logs and stores to read. Here nothing else is used.

const common = ['help', 'stop', 'go']
const SWITCH_MS = 15_000
const tables: CommandTable[] = [seatCommands, purchaseCommands, sendingCommands]
const schemas = {
  'seat-assignment-commands': seats,
  'purchase-webhooks-commands': purchases,
  'merge-send-queue-commands': sending,
}

let operator: Operator
beforeAll(async () => {
  operator = await Operator.start()
}, 120_000)
afterAll(() => operator.stop())

/** What `help` says: each command with an example, ids filled in. */
async function helpOf({ queue }: CommandTable): Promise<Record<string, Body>> {
  const { commands } = await operator.done(queue, { command: 'help' })
  const text = JSON.stringify(commands)
    .replaceAll('<guid>', crypto.randomUUID())
    .replaceAll(/<(\d+) characters>/g, (_, length) => 'A'.repeat(Number(length)))
  return JSON.parse(text)
}

/** The fields that a command may have, and whether it must. */
function fieldsOf({ queue }: CommandTable, command: string): Record<string, { isNeeded: boolean }> {
  const options = schemas[queue].Command.options as z.ZodObject<Record<string, z.ZodType>>[]
  const { command: _, ...fields } = options.find(({ shape }) => shape.command?.safeParse(command).success)?.shape ?? {}
  const isNeeded = (field: z.ZodType) => !field.safeParse(undefined).success
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, { isNeeded: isNeeded(field) }]))
}

/** What an operator types, and the reason for which it is parked. */
type Typed = [typed: object | string, reason: string]

/** Messages that are no commands: each is parked for this reason, however often it comes, and nothing else happens. */
async function areParked({ queue, service }: CommandTable, all: Typed[]) {
  const before = await operator.picture()
  const sent = await Promise.all(all.map(async ([typed]) => ({ typed, id: await operator.send(queue, typed) })))
  for (const { typed, id } of [...sent, ...sent]) await operator.send(queue, typed, id)
  for (const [at, [typed, reason]] of all.entries()) {
    const messageId = String(sent[at]?.id)
    const line = await operator.answer(messageId, 3)
    expect({ ...line, typed }).toMatchObject({ event: 'parked', queue, messageId, reason, typed })
    const sql = `SELECT c.kind, c.service, c.queue, c.reason FROM c WHERE c.messageId = '${messageId}'`
    expect(await operator.query('operations', sql)).toEqual([{ kind: 'parked', service, queue, reason }])
  }
  expect(await operator.picture()).toEqual(before)
}

describe.each(tables)('$queue', (table) => {
  const { queue, service, rows, switches, wrong } = table

  it('help names each command, and each of them, of their fields and of the switches is tried here', async () => {
    const help = await helpOf(table)
    const tried = new Set([...common, ...rows.map(({ command }) => command)])
    expect([...tried].sort()).toEqual(Object.keys(help).sort())
    expect(Object.keys(wrong).sort()).toEqual(Object.keys(help).sort())
    for (const command of Object.keys(help))
      expect(Object.keys(wrong[command] ?? {}).sort(), command).toEqual(Object.keys(fieldsOf(table, command)).sort())
    expect(switches.map(({ name }) => name).sort()).toEqual([...schemas[queue].switches].sort())
  })

  it('help is answered as often as it comes, and does nothing', async () => {
    const before = await operator.picture()
    const id = await operator.send(queue, { command: 'help' })
    const first = await operator.answer(id)
    expect(first).toMatchObject({ event: 'command_done', outcome: 'done', result: { commands: { help: {} } } })
    for (const nth of [2, 3]) {
      await operator.send(queue, { command: 'help' }, id)
      expect(await operator.answer(id, nth)).toEqual(first)
    }
    expect(await operator.picture()).toEqual(before)
  })

  it.each(rows)('$command $does; the same message again, and once more, does nothing', async ({ command, prepare }) => {
    const { body, result, repeat = result, seen, later } = await prepare(operator)
    const id = await operator.send(queue, body)
    const answered = { event: 'command_done', messageId: id, command, outcome: 'done' }
    const first = await operator.answer(id)
    expect(first).toMatchObject({ ...answered, result })
    expect(JSON.stringify(first)).not.toMatch(/\w@\w/)
    await seen?.()
    const before = await operator.picture()
    // Later, so that whatever reckons with the time would come to another end.
    operator.system.clock.advance(61_000)
    await Promise.all([operator.send(queue, body, id), operator.send(queue, body, id)])
    for (const nth of [2, 3]) expect(await operator.answer(id, nth)).toMatchObject({ ...answered, result: repeat })
    await seen?.()
    expect(await operator.picture()).toEqual(before)
    if (!later) return
    await later.next()
    await operator.send(queue, body, id)
    expect(await operator.answer(id, 4)).toMatchObject(answered)
    await later.seen()
  })

  it.each(Object.keys(wrong))(
    '%s that is malformed is parked, with the field and what is wrong with it',
    async (command) => {
      const right = (await helpOf(table))[command] as Body
      const fields = Object.entries(wrong[command] ?? {})
      const without = (field: string) => Object.fromEntries(Object.entries(right).filter(([name]) => name !== field))
      const missing = fields.filter(([field, [, , said]]) => said || fieldsOf(table, command)[field]?.isNeeded)
      await areParked(table, [
        [JSON.stringify(right).slice(0, -1), 'message: not_a_json_object'],
        [{ ...right, colour: 'red' }, 'colour: unknown_field'],
        ...fields.map(([field, [value, fault]]): Typed => [{ ...right, [field]: value }, `${field}: ${fault}`]),
        ...missing.map(([field, [, , said]]): Typed => [without(field), said ?? `${field}: missing`]),
      ])
    },
  )

  it('what is no command, or one of another service, is parked, and the reason says so', async () => {
    const others = tables.flatMap((other) => other.rows.map(({ command }) => command))
    const foreign = [...new Set(others)].filter((command) => !rows.some((row) => row.command === command))
    await areParked(table, [
      ...['refund', 'Help', '', ...foreign].map((command): Typed => [{ command }, 'command: unknown_command']),
      [{ why: 'none' }, 'command: missing'],
      ['help', 'message: not_a_json_object'],
      ['', 'message: not_a_json_object'],
      ['[]', 'message: wrong_type'],
      ['null', 'message: wrong_type'],
    ])
  })

  it.each(switches)('stop $name $does: within 15 s at every host; go takes it back', async ({ name, prepare }) => {
    const { isStopped, goesOn, meanwhile, afterwards } = await prepare(operator)
    const order = (command: 'stop' | 'go') => ({ command, switch: name, why: `for a test of ${name}` })
    const states = async () => {
      const all: boolean[] = []
      for (const host of operator.hosts) all.push(await isStopped(host))
      return all
    }
    /** Sends an order for the n-th time, and waits as long as a switch may take. */
    const ordered = async (command: 'stop' | 'go', messageId: string, nth = 1) => {
      await operator.send(queue, order(command), messageId)
      const result = { switch: name, on: command === 'stop', outcome: nth === 1 ? 'set' : 'known' }
      const line = { event: 'command_done', command, outcome: 'done', result }
      expect(await operator.answer(messageId, nth)).toMatchObject(line)
      await operator.quiet(queue)
      operator.system.clock.advance(SWITCH_MS)
    }
    const [stop, go] = [newId(), newId()]
    expect(await states()).toEqual([false, false])
    await ordered('stop', stop)
    expect(await states()).toEqual([true, true])
    const sql = `SELECT c.on, c.why FROM c WHERE c.kind = 'switch' AND c.service = '${service}' AND c.name = '${name}'`
    expect(await operator.query('operations', sql)).toEqual([{ on: true, why: order('stop').why }])
    for (const host of operator.hosts) await goesOn(host)
    for (const nth of [2, 3]) await ordered('stop', stop, nth)
    expect(await states()).toEqual([true, true])
    await meanwhile?.()
    await ordered('go', go)
    expect(await states()).toEqual([false, false])
    await ordered('stop', stop, 4)
    for (const nth of [2, 3]) await ordered('go', go, nth)
    expect(await states()).toEqual([false, false])
    await afterwards?.()
  })
})

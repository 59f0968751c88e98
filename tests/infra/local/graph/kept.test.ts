import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Machine, minute, of, olivia, startMachine } from './mailboxes.ts'

let data: string
const machines: Machine[] = []
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'graph-kept-'))
})
afterEach(async () => {
  for (const machine of machines.splice(0)) await machine.close()
  rmSync(data, { recursive: true, force: true })
})

const start = async (begin?: string) => {
  const machine = await startMachine({ data }, begin)
  machines.push(machine)
  return machine
}

it('a restart keeps messages, what was accepted, mailboxes, and what was sent today', async () => {
  const before = await start()
  const [kept, sent, deleted] = [await before.draft(), await before.draft(), await before.draft()]
  before.graph.act.behave(olivia, { idAfterSend: 'replaced', secondSend: 'sent_again' })
  before.graph.act.permit('board@contoso.example', olivia, 'send_as')
  await before.ask(`POST ${of(sent.id, '/send')}`)
  await before.ask(`DELETE ${of(deleted.id)}`)
  await before.ask(`DELETE ${of(deleted.id)}`)
  before.graph.limits.most.recipients = 1
  const { delivered } = structuredClone({ delivered: before.graph.delivered })
  const all = structuredClone(before.graph.store.of(olivia))
  // As a kill leaves it: nothing is written at the end, and the last line may be half of one.
  appendFileSync(join(data, 'graph.jsonl'), '["message half",{"id":"half"')

  const after = await start('2026-03-01T13:00:00Z')
  expect(after.graph.delivered).toEqual(delivered)
  expect(after.graph.store.of(olivia)).toEqual(all)
  expect((await after.ask(`GET ${of(kept.id)}`)).json.internetMessageId).toBe(kept.internetMessageId)
  expect((await after.ask(`GET ${of(deleted.id)}`)).status).toBe(404)
  expect(after.graph.mailboxes.get(olivia)).toMatchObject({ idAfterSend: 'replaced', secondSend: 'sent_again' })
  expect((await after.send({ from: { emailAddress: { address: 'board@contoso.example' } } })).status).toBe(202)
  after.graph.limits.most.recipients = 2
  expect((await after.send()).code).toBe('ErrorExceededMessageLimit')
})

it('each change costs what has changed, and a start tidies up', async () => {
  const before = await start()
  const file = join(data, 'graph.jsonl')
  for (let count = 0; count < 50; count += 1) await before.draft()
  const size = statSync(file).size
  await before.draft()
  expect(statSync(file).size - size).toBeLessThan(2_000)
  const { id } = await before.draft()
  for (let count = 0; count < 20; count += 1) await before.ask(`PATCH ${of(id)}`, { subject: `${count}` })
  const long = readFileSync(file, 'utf8').split('\n').length
  before.passes(minute)
  await start()
  expect(readFileSync(file, 'utf8').split('\n').length).toBe(long - 20)
})

import type { Queue } from '@securemailmerge/shared/azure/queue'
import { commonCommands, obeying, unknownCommand } from '@securemailmerge/shared/commands'
import type { Operations } from '@securemailmerge/shared/operations'
import { type QueueFrame, queueHandler } from '@securemailmerge/shared/queue-handler'
import { Refusal } from '@securemailmerge/shared/refusal'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { day, later, noon, second } from '../builders.ts'
import { contextOf } from '../kit/invoke.ts'

const unavailable = new Refusal('unavailable', 'Try again.')
/** Of sources that run as they are. */
const version = 'dev'

/** A frame that keeps what is sent again and what is parked. */
function aFrame() {
  const sent: unknown[][] = []
  const parked: unknown[][] = []
  const frame: QueueFrame = {
    queue: { name: 'purchases', send: async (...args: unknown[]) => void sent.push(args) } as Partial<Queue> as Queue,
    operations: { park: async (...args: unknown[]) => void parked.push(args) } as Partial<Operations> as Operations,
    now: () => noon,
  }
  return { frame, sent, parked }
}

const Body = z.strictObject({ about: z.string().regex(/^test:/, 'names_nobody') })

/** Handles one message whose handling ends in this error, if in any. */
async function handled(raw: unknown, error?: Error, metadata: Record<string, unknown> = { messageId: 'm 1' }) {
  const { frame, sent, parked } = aFrame()
  const lines: string[] = []
  const seen: unknown[] = []
  const handler = queueHandler(frame, Body, async ({ body, messageId }) => {
    seen.push({ body, messageId })
    if (error) throw error
  })
  const outcome = await Promise.resolve(handler(raw, contextOf('apply', lines, metadata))).then(
    () => 'completed',
    (thrown: unknown) => thrown,
  )
  return { outcome, sent, parked, seen, lines: lines.map((line) => JSON.parse(line)) }
}

describe('a message', () => {
  it('that is understood is handled once and done with', async () => {
    const { outcome, seen, sent, parked } = await handled({ about: 'test:sub_1' })
    expect(outcome).toBe('completed')
    expect(seen).toEqual([{ body: { about: 'test:sub_1' }, messageId: 'm 1' }])
    expect([sent, parked]).toEqual([[], []])
  })

  it.each([
    ['of another shape', { whom: 'kim@contoso.example' }, 'about: missing'],
    ['with more than it may have', { about: 'test:sub_1', mail: 'kim@contoso.example' }, 'mail: unknown_field'],
    [
      'with a field called as nobody is to read',
      { about: 'test:sub_1', 'kim@contoso.example': 1 },
      'message: unknown_field',
    ],
    ['that breaks a rule of ours', { about: 'kim@contoso.example' }, 'about: names_nobody'],
    ['that is a text, as is what cannot be read as JSON', 'kim@contoso.example', 'message: not_a_json_object'],
    ['that is a list', [], 'message: wrong_type'],
    ['that is nothing', undefined, 'message: missing'],
  ])('%s is parked without a word of what it says, and done with', async (_, raw, reason) => {
    const { outcome, seen, parked, lines } = await handled(raw)
    expect(outcome).toBe('completed')
    expect(seen).toEqual([])
    expect(parked).toEqual([['purchases', 'm 1', reason]])
    expect(lines).toEqual([{ event: 'parked', queue: 'purchases', messageId: 'm 1', reason, version }])
  })

  it('that meets an outage comes again half a minute later, as it was and under its id', async () => {
    const { outcome, sent, lines } = await handled({ about: 'test:sub_1' }, unavailable)
    expect(outcome).toBe('completed')
    expect(sent).toEqual([[{ about: 'test:sub_1' }, { at: later(30 * second), messageId: 'm 1' }]])
    expect(lines).toEqual([{ event: 'put_off', messageId: 'm 1', reason: 'unavailable', version }])
  })

  it('that our own key is refused for says so: no waiting mends that', async () => {
    const locked = new Refusal('unavailable', 'Try again.', {}, { cause: new Error('locked') })
    const { outcome, lines } = await handled({ about: 'test:sub_1' }, locked)
    expect([outcome, lines]).toEqual(['completed', [{ event: 'put_off', messageId: 'm 1', reason: 'locked', version }]])
  })

  it('of a session comes again in its session', async () => {
    const { sent } = await handled({ about: 'test:sub_1' }, unavailable, { messageId: 'm 1', sessionId: '4' })
    expect(sent).toEqual([[{ about: 'test:sub_1' }, { at: later(30 * second), messageId: 'm 1', sessionId: '4' }]])
    const again = await handled({ about: 'test:sub_1' }, unavailable, { messageId: 'm 1', sessionId: 0 })
    expect(again.sent).toEqual([[expect.anything(), expect.objectContaining({ sessionId: '0' })]])
  })

  it.each([
    ['a bug', new Error('bug')],
    ['a refusal that nobody foresaw', new Refusal('not_found', 'There is no such subscription.')],
  ])('that meets %s is given back to the broker', async (_, error) => {
    const { outcome, sent, parked } = await handled({ about: 'test:sub_1' }, error)
    expect(outcome).toBe(error)
    expect([sent, parked]).toEqual([[], []])
  })
})

describe('a command', () => {
  const Command = z.strictObject({ command: z.enum(['help', 'extend']) })
  async function commanded(
    raw: unknown,
    result: Record<string, unknown> | Error,
    metadata: Record<string, unknown> = { messageId: 'm 1' },
  ) {
    const { frame, sent, parked } = aFrame()
    const lines: string[] = []
    const obey = async () => {
      if (result instanceof Error) throw result
      return result
    }
    const handler = obeying(frame, { schema: Command, help: { help: {}, extend: {} }, obey })
    const outcome = await Promise.resolve(handler(raw, contextOf('obey', lines, metadata))).then(
      () => 'completed',
      (thrown: unknown) => thrown,
    )
    return { outcome, sent, parked, lines: lines.map((line) => JSON.parse(line)) }
  }
  const line = (outcome: string, result: object) => [
    { event: 'command_done', messageId: 'm 1', command: 'extend', outcome, result, version },
  ]

  it('is answered by one line that its message id finds', async () => {
    const { outcome, lines } = await commanded({ command: 'extend' }, { days: 14 })
    expect(outcome).toBe('completed')
    expect(lines).toEqual(line('done', { days: 14 }))
  })

  it.each(['not_found', 'not_purchased', 'changed_meanwhile'] as const)(
    'that is refused is answered too: %s',
    async (code) => {
      const { outcome, lines, sent } = await commanded({ command: 'extend' }, new Refusal(code, 'No.'))
      expect(outcome).toBe('completed')
      expect(lines).toEqual(line(code, { detail: 'No.' }))
      expect(sent).toEqual([])
    },
  )

  it('that meets an outage comes again, and is not answered yet', async () => {
    const { sent, lines } = await commanded({ command: 'extend' }, unavailable)
    expect(sent).toHaveLength(1)
    expect(lines.map(({ event }) => event)).toEqual(['put_off'])
  })

  describe('that was put off', () => {
    const ends = later(20 * 60 * second).toISOString()
    const again = { at: later(30 * second), messageId: 'm 1', applicationProperties: { ends } }

    it.each([
      ['its queue gave it', { messageId: 'm 1', expiresAtUtc: ends }],
      ['it has carried since', { messageId: 'm 1', expiresAtUtc: later(day), applicationProperties: { ends } }],
    ])('keeps the end that %s', async (_, metadata) => {
      const { sent } = await commanded({ command: 'extend' }, unavailable, metadata)
      expect(sent).toEqual([[{ command: 'extend' }, again]])
    })

    it('has an hour from its first delivery when nobody says its end', async () => {
      const { sent } = await commanded({ command: 'extend' }, unavailable)
      expect(sent).toMatchObject([[{}, { applicationProperties: { ends: later(3600 * second).toISOString() } }]])
    })

    it('is not obeyed from its end on: that is said, and it is done with', async () => {
      const metadata = { messageId: 'm 1', applicationProperties: { ends: noon.toISOString() } }
      const { outcome, sent, parked, lines } = await commanded({ command: 'extend' }, { days: 14 }, metadata)
      expect([outcome, sent, parked]).toEqual(['completed', [], []])
      expect(lines).toEqual([{ event: 'expired', queue: 'purchases', messageId: 'm 1', version }])
    })
  })

  it.each([
    ['no message id', {}],
    ['an empty one', { messageId: '' }],
  ])('with %s is parked: nobody would find what came of it, nor know a repeat', async (_, metadata) => {
    const { outcome, parked, lines } = await commanded({ command: 'extend' }, { days: 14 }, metadata)
    expect(outcome).toBe('completed')
    expect(parked).toEqual([['purchases', expect.stringMatching(/./), 'messageId: missing']])
    expect(lines.map(({ event }) => event)).toEqual(['parked'])
  })

  it.each([
    ['that nobody knows', { command: 'refund' }, 'command: unknown_command'],
    ['without a name', { why: 'a mistake' }, 'command: missing'],
    ['that cannot be read', '{"command":"help"', 'message: not_a_json_object'],
    [
      'with a field that it does not have',
      { command: 'stop', switch: 'read_only', why: 'x', until: 1 },
      'until: unknown_field',
    ],
    ['for a switch that there is not', { command: 'stop', switch: 'all', why: 'a mistake' }, 'switch: invalid_value'],
    ['without a reason', { command: 'stop', switch: 'read_only' }, 'why: missing'],
  ])('%s is parked, and what is wrong is named', async (_, raw, reason) => {
    const { frame, parked } = aFrame()
    const lines: string[] = []
    const schema = z.discriminatedUnion('command', [...commonCommands(['read_only'])], unknownCommand)
    const obey = async () => ({})
    const help = { help: {}, stop: {}, go: {} }
    await obeying(frame, { schema, help, obey })(raw, contextOf('obey', lines, { messageId: 'm 1' }))
    expect(parked).toEqual([['purchases', 'm 1', reason]])
    expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ event: 'parked', reason })])
  })

  it('that meets a bug is given back to the broker, and not answered', async () => {
    const bug = new Error('bug')
    const { outcome, lines } = await commanded({ command: 'extend' }, bug)
    expect(outcome).toBe(bug)
    expect(lines).toEqual([])
  })
})

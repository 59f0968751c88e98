import { commonCommands, type Help, unknownCommand, Why } from '@securemailmerge/shared/commands'
import { SubscriptionId } from '@securemailmerge/shared/licensing/subscription'
import * as z from 'zod'

const MOST_DAYS = 90

/** What an operator can stop and let go on. */
export const switches = ['purchases', 'read_only'] as const

/** Every command of queue `purchase-webhooks-commands`; a closed list, each safe to repeat. */
export const Command = z.discriminatedUnion(
  'command',
  [
    ...commonCommands(switches),
    z
      .strictObject({
        command: z.literal('reconcile'),
        subscriptionId: SubscriptionId.optional(),
        seller: z
          .string()
          .regex(/^sub_\w{1,200}$/, 'not_an_id_of_the_seller')
          .optional(),
        all: z.literal(true).optional(),
      })
      .refine(
        ({ subscriptionId, seller, all }) => [subscriptionId, seller, all].filter(Boolean).length === 1,
        'names_not_exactly_one',
      ),
    z.strictObject({
      command: z.literal('replay_event'),
      event: z.string().regex(/^(evt_\w{1,200}|own:[\w:-]{1,200})$/, 'not_an_event_id'),
    }),
    z.strictObject({
      command: z.literal('extend'),
      subscriptionId: SubscriptionId,
      days: z.int().min(1).max(MOST_DAYS),
      why: Why,
    }),
  ],
  unknownCommand,
)
export type Command = z.output<typeof Command>

/** What `help` answers: each command with an example to copy. */
export const help: Help<Command> = {
  help: { command: 'help' },
  reconcile: { command: 'reconcile', seller: 'sub_1QAbcdEfgh' },
  replay_event: { command: 'replay_event', event: 'evt_1QAbcdEfgh' },
  extend: {
    command: 'extend',
    subscriptionId: 'sub_<22 characters>',
    days: 14,
    why: 'transfer under way, see mail of 4 May',
  },
  stop: { command: 'stop', switch: 'purchases', why: 'prices are being changed' },
  go: { command: 'go', switch: 'purchases', why: 'prices are changed' },
}

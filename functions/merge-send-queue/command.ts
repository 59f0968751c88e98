import { commonCommands, type Help, unknownCommand, Why } from '@securemailmerge/shared/commands'
import { Account } from '@securemailmerge/shared/identity/account'
import * as z from 'zod'

const CampaignId = z.string().regex(/^[\w-]{43}\.[\w-]{22}$/, 'not_a_campaign_id')

/** What an operator can stop and let go on. */
export const switches = ['sending', 'read_only'] as const

/** Every command of queue `merge-send-queue-commands`; a closed list, each safe to repeat. */
export const Command = z.discriminatedUnion(
  'command',
  [
    ...commonCommands(switches),
    z
      .strictObject({ command: z.literal('look_up'), account: Account.optional(), campaignId: CampaignId.optional() })
      .refine(
        ({ account, campaignId }) => (account === undefined) !== (campaignId === undefined),
        'names_not_exactly_one',
      ),
    z.strictObject({ command: z.literal('cancel'), campaignId: CampaignId, why: Why }),
    z.strictObject({ command: z.literal('accept_restore'), why: Why }),
  ],
  unknownCommand,
)
export type Command = z.output<typeof Command>

/** What `help` answers: each command with an example to copy. */
export const help: Help<Command> = {
  help: { command: 'help' },
  look_up: { command: 'look_up', campaignId: '<43 characters>.<22 characters>' },
  cancel: {
    command: 'cancel',
    campaignId: '<43 characters>.<22 characters>',
    why: 'the sender asked, see mail of 4 May',
  },
  accept_restore: { command: 'accept_restore', why: 'restored to 03:00, see incident 12' },
  stop: { command: 'stop', switch: 'sending', why: 'mails look wrong' },
  go: { command: 'go', switch: 'sending', why: 'template mended' },
}

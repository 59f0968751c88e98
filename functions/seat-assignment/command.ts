import { commonCommands, type Help, unknownCommand, Why } from '@securemailmerge/shared/commands'
import { Account } from '@securemailmerge/shared/identity/account'
import { canonical } from '@securemailmerge/shared/licensing/address'
import { Grant } from '@securemailmerge/shared/licensing/grant'
import { SecretHash } from '@securemailmerge/shared/licensing/invitation'
import { SubscriptionId } from '@securemailmerge/shared/licensing/subscription'
import * as z from 'zod'

const Mail = z.string().transform((text, context) => {
  const address = canonical(text)
  if (typeof address === 'string') return address
  context.addIssue({ code: 'custom', message: address.fault })
  return z.NEVER
})

/** What an operator can stop and let go on. */
export const switches = ['read_only'] as const

/** Erases a person; or once more all who were erased `since` the instant that a store was restored to. */
const Erase = z
  .strictObject({
    command: z.literal('erase'),
    account: Account.optional(),
    address: Mail.optional(),
    since: z.iso.datetime().optional(),
    why: Why,
  })
  .refine(({ account, address, since }) => account ?? address ?? since, 'names_nobody')
  .refine(({ account, address, since }) => !(since && (account ?? address)), 'names_too_much')
export type Erase = z.output<typeof Erase>

/** Every command of queue `seat-assignment-commands`; a closed list, each safe to repeat. */
export const Command = z.discriminatedUnion(
  'command',
  [
    ...commonCommands(switches),
    z
      .strictObject({
        command: z.literal('look_up'),
        subscriptionId: SubscriptionId.optional(),
        account: Account.optional(),
        address: Mail.optional(),
      })
      .refine(({ subscriptionId, account, address }) => subscriptionId ?? account ?? address, 'names_nobody'),
    z.strictObject({ command: z.literal('grant'), ...Grant.shape }),
    z.strictObject({
      command: z.literal('invite_owner'),
      subscriptionId: SubscriptionId,
      secretHash: SecretHash,
      why: Why,
    }),
    z.strictObject({ command: z.literal('recover_owner'), subscriptionId: SubscriptionId, owner: Account, why: Why }),
    Erase,
  ],
  unknownCommand,
)
export type Command = z.output<typeof Command>

/** What `help` answers: each command with an example to copy. */
export const help: Help<Command> = {
  help: { command: 'help' },
  look_up: { command: 'look_up', address: 'kim@contoso.example' },
  grant: {
    command: 'grant',
    owner: { tenantId: '<guid>', objectId: '<guid>' },
    quantity: 25,
    until: '2028-01-01T00:00:00Z',
    name: 'Contoso',
    why: 'invoice 4711',
  },
  invite_owner: {
    command: 'invite_owner',
    subscriptionId: 'sub_<22 characters>',
    secretHash: '<43 characters>',
    why: 'bought by a payment link, see mail of 4 May',
  },
  recover_owner: {
    command: 'recover_owner',
    subscriptionId: 'sub_<22 characters>',
    owner: { tenantId: '<guid>', objectId: '<guid>' },
    why: 'asked for from the billing address, see mail of 4 May',
  },
  erase: {
    command: 'erase',
    account: { tenantId: '<guid>', objectId: '<guid>' },
    address: 'kim@contoso.example',
    why: 'asked for by the person, see mail of 4 May',
  },
  stop: { command: 'stop', switch: 'read_only', why: 'restore under way' },
  go: { command: 'go', switch: 'read_only', why: 'restore done' },
}

import type { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import type { licencePortal } from '@securemailmerge/shared/http/contracts/licence-portal'
import type { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import type { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import type { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import type { output, ZodType } from 'zod'

type Routes = typeof seatAssignment &
  typeof purchaseWebhooks &
  typeof licenceLookup &
  typeof licencePortal &
  typeof mailboxes

/** What a route answers, by its name in the contract of the services. */
export type AnswerOf<Name extends keyof Routes> = Routes[Name]['answer'] extends ZodType
  ? output<Routes[Name]['answer']>
  : never

export type Licence = AnswerOf<'look_up_licence'>
export type Subscription = AnswerOf<'show_subscription'>
export type Seat = AnswerOf<'list_seats'>['seats'][number]
export type HistoryEntry = AnswerOf<'list_history'>['history'][number]
export type Prices = AnswerOf<'show_prices'>

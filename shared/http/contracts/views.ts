import * as z from 'zod'
import { detailNames } from '../../licensing/details.ts'
import { rights, type SubscriptionState } from '../../licensing/subscription.ts'

const meanings: Record<SubscriptionState, string> = {
  active: 'paid, or an invoice within its terms',
  trialing: 'a trial that licenses until its end',
  past_due: 'a renewal is not paid yet; it licenses for some days more',
  payment_pending: 'the first money is not there yet; a debit takes days',
  paused: 'paused at the payment provider',
  ended: 'over',
  ended_unpaid: 'over, for want of payment',
}
/** State of a subscription, with what each means. */
export const State = z.enum(Object.keys(meanings) as SubscriptionState[]).meta({
  description: Object.entries(meanings)
    .map(([state, meaning]) => `\`${state}\`: ${meaning}.`)
    .join(' '),
})

/** A subscription as its managers see it. */
export const SubscriptionView = z
  .object({
    id: z.string(),
    name: z.string(),
    reference: z.string().nullable(),
    source: z.enum(['granted', 'purchased']),
    interval: z.enum(['monthly', 'yearly']).nullable().meta({ description: 'How often a purchased one is paid.' }),
    quantity: z.int().min(0),
    assigned: z.int().min(0),
    ceiling: z.int().min(0).nullable().meta({
      description: 'No more can be assigned while another quantity is under way at the seller; null while none is.',
    }),
    free: z.int().min(0).meta({ description: 'What is left to assign, within quantity and ceiling.' }),
    licensing: z.boolean().meta({ description: 'Whether assigned seats license at the moment.' }),
    state: State,
    term: z.enum(['renewing', 'fixed', 'cancelled']).meta({
      description: '`renewing`; `fixed`: it ends at `paidUntil`; `cancelled`: it ends with its period, at `endsAt`.',
    }),
    paidUntil: z.iso.datetime().meta({
      description: 'Until when it is paid: past while a renewal is not paid, its beginning while nothing is paid yet.',
    }),
    endsAt: z.iso.datetime().nullable().meta({
      description: 'When it stops licensing if nothing is done; null while it renews, and when it does not license.',
    }),
    overQuantity: z.int().min(0).meta({ description: 'Seats assigned beyond the quantity.' }),
    contact: z.string().nullable().meta({ description: 'Whom to ask for a licence. Plain text.' }),
    role: z
      .enum(['owner', 'delegate'])
      .nullable()
      .meta({ description: 'What the signed-in account is to it; null: neither any more.' }),
    may: z.array(z.enum(rights)).meta({ description: 'What the signed-in account may do with it.' }),
  })
  .meta({ id: 'Subscription' })

/** One thing that managers said of a subscription in their own words, before and after. */
export const DetailChangeView = z
  .object({ what: z.enum(detailNames), from: z.string().nullable(), to: z.string().nullable() })
  .meta({ id: 'DetailChange' })

/** A seat as managers see it. */
export const SeatView = z
  .object({
    id: z.string(),
    address: z.string(),
    typed: z.string(),
    state: z.enum(['assigned', 'bound', 'released']),
    overQuantity: z.boolean(),
    assignedAt: z.iso.datetime(),
    boundAt: z.iso.datetime().nullable(),
    releasedAt: z.iso.datetime().nullable().meta({ description: 'When it was withdrawn; null while it is assigned.' }),
    account: z.object({ tenantId: z.string(), objectId: z.string() }).nullable(),
    usedOn: z.iso.date().nullable().meta({ description: 'Last day of use (UTC), or null when never used.' }),
  })
  .meta({ id: 'Seat' })

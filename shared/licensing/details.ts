import * as z from 'zod'
import type { Decide } from './change.ts'
import { ownerHints } from './hints.ts'
import { ContactText, PlainName } from './plain-text.ts'

/** What managers say of a subscription in their own words. */
export const detailNames = ['name', 'reference', 'contact'] as const

/** What is to be said from now on: at least one of them; what is not named stays, null empties it. */
export const Details = z
  .strictObject({
    name: PlainName.optional().meta({ description: 'Shown in every list. Invoices keep what they say.' }),
    reference: PlainName.nullable().optional().meta({ description: "The managers' own reference; null: none." }),
    contact: ContactText.nullable()
      .optional()
      .meta({ description: 'Whom to ask for a licence: shown in messages of the look-up. Null: nobody is named.' }),
  })
  .refine((details) => detailNames.some((what) => details[what] !== undefined), 'needs_at_least_one_field')
  .meta({ minProperties: 1 })
export type Details = z.output<typeof Details>

/** One of them that was changed: what it said, and what it says. */
export interface DetailChange {
  what: (typeof detailNames)[number]
  from: string | null
  to: string | null
}

/** Says it in other words. Who says what is said already changes nothing. */
export const setDetails =
  (details: Details): Decide<{ changed: DetailChange[] }> =>
  ({ subscription }, { at }) => {
    const { name = subscription.name, reference = subscription.reference, contact = subscription.contact } = details
    const described = { ...subscription, name, reference, contact }
    const changed = detailNames
      .map((what) => ({ what, from: subscription[what], to: described[what] }))
      .filter(({ from, to }) => from !== to)
    if (changed.length === 0) return { answer: { changed } }
    const isRenamed = name !== subscription.name
    return {
      answer: { changed },
      did: 'described',
      subscription: described,
      // The name alone is copied to where lists look.
      hints: isRenamed ? ownerHints(described, at) : [],
    }
  }

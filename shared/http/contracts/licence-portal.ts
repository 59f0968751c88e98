import * as z from 'zod'
import type { RefusalCode } from '../../refusal.ts'
import { type Client, route } from '../contract.ts'
import { isReturnPath } from '../page-paths.ts'

const none = z.object({})
const [clients, refusals]: [Client[], RefusalCode[]] = [[], []]
const common = { forPage: true, clients, params: none, query: none, refusals, bodyLimit: 4 * 1024 } as const
// Nobody is known yet, so nobody is counted: what guards these is at the edge.
const perMinute = 60

const Instant = z.iso.datetime()
const Nobody = z.object({ signedIn: z.literal(false) })
const Somebody = z.object({
  signedIn: z.literal(true),
  account: z.object({ tenantId: z.string(), objectId: z.string() }),
  name: z.string().meta({ description: 'What to call the person; an address where there is no name.' }),
  address: z.string().nullable().meta({ description: 'Where they get mail, as far as Microsoft says so.' }),
  confirmed: z.array(z.string()).meta({
    description: 'Addresses that this sign-in is evidence for: a licence given to one of them is found.',
  }),
  freshUntil: Instant.nullable().meta({
    description: 'Until when money, ownership and mass changes go without signing in once more; null: not at all.',
  }),
  endsAt: Instant.meta({ description: 'The session ends then.' }),
})

/** Routes of licence-portal: signing in and out on the page. They set and read cookies, which no script sees. */
export const licencePortal = {
  show_session: route({
    ...common,
    method: 'GET',
    path: 'session',
    summary: 'Who is signed in on this browser. Nobody is an answer as well.',
    body: z.undefined(),
    bodyLimit: 0,
    answer: z.intersection(
      z.discriminatedUnion('signedIn', [Somebody, Nobody]),
      z.object({
        language: z.enum(['en', 'fr']).meta({ description: 'The better liked of our languages, as the browser says.' }),
      }),
    ),
    perMinute,
  }),
  begin_sign_in: route({
    ...common,
    method: 'POST',
    path: 'session/sign-in',
    summary:
      'Begins a sign-in: go to `url`. It ends at `returnTo`, or at `/sign-in?refused=<why>&returnTo=<returnTo>`; a ' +
      'session of before ends with it.',
    body: z.strictObject({
      returnTo: z.string().max(500).refine(isReturnPath, 'not_a_path_of_the_page').meta({
        description: 'A path of the page, maybe with a query.',
      }),
      fresh: z.boolean().default(false).meta({
        description:
          'The same person shows once more who they are, after a `fresh_sign_in_required`. Another account is refused.',
      }),
    }),
    answer: z.object({ url: z.url().meta({ description: "A page of Microsoft's, good for ten minutes." }) }),
    perMinute,
  }),
  sign_out: route({
    ...common,
    method: 'POST',
    path: 'session/sign-out',
    summary: 'Ends the session of this browser, or every session of the account. Asking again changes nothing.',
    body: z.strictObject({ everywhere: z.boolean().default(false) }),
    answer: z.object({
      signedIn: z.literal(false),
      ended: z.int().min(0).meta({ description: 'How many sessions have ended by this.' }),
      microsoftUrl: z.url().meta({
        description: "A page of Microsoft's that ends the session there, too; it comes back to `/signed-out`.",
      }),
    }),
    perMinute,
  }),
}

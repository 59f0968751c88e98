import * as z from 'zod'
import { verdictCodes } from '../../licensing/verdict.ts'
import { route } from '../contract.ts'

const none = z.object({})
const noBody = z.undefined()

/** The answer of the look-up. A client obeys `footer`, shows `message`, and must bear codes that it does not know. */
export const LookUpAnswer = z
  .object({
    footer: z.boolean().meta({
      description: 'Whether mails carry the promotional footer. The only member to obey.',
    }),
    code: z.enum(verdictCodes).meta({ description: 'Why. Further codes may be added at any time.' }),
    message: z.string().meta({
      description: 'One or two sentences for the person, in the language asked for.',
    }),
    address: z.string().nullable().meta({ description: 'The address that the seat was given to.' }),
    subscription: z.object({ id: z.string(), name: z.string() }).nullable(),
    validUntil: z.iso.datetime().nullable().meta({
      description: 'Until when it is paid, never a grace: it may be past, and null where nothing is known to be paid.',
    }),
    recheckAfter: z.int().min(0).meta({ description: 'Seconds after which to ask again at the latest.' }),
    proof: z.string().nullable().meta({
      description: 'Signed statement for times without a connection; a JWS (ES256).',
    }),
  })
  .meta({ id: 'LookUpAnswer' })

/** Routes of licence-lookup. */
export const licenceLookup = {
  look_up_licence: route({
    method: 'GET',
    path: 'licence',
    summary: 'Is the signed-in person licensed now, and if not, why not? Send the last proof along as `Licence-Proof`.',
    clients: ['addIn', 'portal'],
    params: none,
    query: none,
    headers: {
      'Licence-Proof': 'The last proof, expired or not: where to look first. It is no credential.',
      'Accept-Language': 'Language of `message`: English or French.',
    },
    body: noBody,
    answer: LookUpAnswer,
    refusals: [],
    perMinute: 300,
    bodyLimit: 0,
  }),
}

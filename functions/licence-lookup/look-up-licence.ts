import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { answer, proofOf, saysStill } from '@securemailmerge/shared/licensing/answer'
import { lookUp } from '@securemailmerge/shared/licensing/look-up'
import { tellUse, useOf } from '@securemailmerge/shared/licensing/seat-use'
import type { Services } from './wiring.ts'

/** GET /api/licence: whether the signed-in person is licensed now. Reads only; a "no" is an answer. */
export const lookUpLicence = ({ frame, subscriptions, directory, proofs, uses }: Services) =>
  endpoint(
    frame,
    'look_up_licence',
    licenceLookup.look_up_licence,
    async ({ caller, headers, language, now, note }) => {
      const sent = headers.get('licence-proof')
      const last = await proofs.read(sent, caller.account)
      const found = await lookUp({ subscriptions, directory }, caller, last, now)
      const use = useOf(found, caller.account, last, now)
      const claims = proofOf(found, caller, now)
      const [proof] = await Promise.all([
        claims && (saysStill(last, claims) ? sent : proofs.sign(claims)),
        use && tellUse(uses, use).catch(() => note('use_not_told', { seatId: use.seatId })),
      ])
      note('looked_up', { code: found.code, reads: found.reads })
      if (found.crowded) note('hints_crowded', {})
      return { ...answer(found, language, now), proof }
    },
  )

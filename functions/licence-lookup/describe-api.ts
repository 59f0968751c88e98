import type { HttpHandler } from '@azure/functions'
import { campaigns } from '@securemailmerge/shared/http/contracts/campaigns'
import { licenceLookup } from '@securemailmerge/shared/http/contracts/licence-lookup'
import { licencePortal } from '@securemailmerge/shared/http/contracts/licence-portal'
import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { purchaseWebhooks } from '@securemailmerge/shared/http/contracts/purchase-webhooks'
import { seatAssignment } from '@securemailmerge/shared/http/contracts/seat-assignment'
import { openapi } from '@securemailmerge/shared/http/openapi'
import { apiHeaders, corsHeaders } from '@securemailmerge/shared/http/security-headers'
import type { Services } from './wiring.ts'

/** GET /api/openapi.json: every route of every service, from the schemas that they check with. */
export const describeApi = ({ origin }: Services): HttpHandler => {
  let body: string | undefined
  return async () => {
    body ??= JSON.stringify(
      openapi(origin, [licenceLookup, seatAssignment, purchaseWebhooks, campaigns, mailboxes, licencePortal]),
      null,
      2,
    )
    return {
      headers: {
        ...apiHeaders,
        ...corsHeaders,
        'Content-Type': 'application/json',
      },
      body,
    }
  }
}

import type { HttpHandler, HttpRequest, InvocationContext } from '@azure/functions'
import { cameThroughFrontDoor } from '@securemailmerge/shared/http/front-door'
import { languageOf } from '@securemailmerge/shared/http/read-request'
import type { Language } from '@securemailmerge/shared/licensing/answer'
import { faultReason, log } from '@securemailmerge/shared/log'
import type { Notice } from '@securemailmerge/shared/merging/notice'
import { Refusal } from '@securemailmerge/shared/refusal'
import { type MailboxPage, mailboxPage } from './mailbox-page.ts'
import type { MailboxServices } from './mailbox-services.ts'

type Parts = Pick<MailboxServices, 'frame' | 'grants' | 'goOn'>

const MOST_CHARACTERS = 8 * 1024

/**
 * GET /api/mailboxes/grants/return: where Microsoft sends a browser back. Nobody is signed in here: what the address
 * says is believed only as far as the attempt that it names (F22). The page says done, or why not.
 */
export const finishMailboxGrant =
  (parts: Parts): HttpHandler =>
  async (request, context) => {
    const language = languageOf(request)
    try {
      return mailboxPage(await finished(parts, request, context, language), language)
    } catch (error) {
      const isAway = error instanceof Refusal && error.code === 'unavailable'
      failed(parts, context, isAway ? 'unavailable' : 'internal', error)
      return { ...mailboxPage('unavailable', language), status: isAway ? 503 : 500 }
    }
  }

async function finished(
  parts: Parts,
  request: HttpRequest,
  context: InvocationContext,
  language: Language,
): Promise<MailboxPage> {
  const { frame, grants, goOn } = parts
  if (!cameThroughFrontDoor(request, frame.frontDoorId) || request.url.length > MOST_CHARACTERS) return 'unknown'
  if (await frame.isReadOnly()) return 'unavailable'
  const said = (name: string) => request.query.get(name)
  const { outcome, mailboxId, granted } = await grants.finish(
    { state: said('state'), code: said('code'), error: said('error'), error_description: said('error_description') },
    frame.now(),
  )
  if (outcome !== 'done') {
    log(context, 'info', 'request_refused', { ...fieldsOf(parts, context), code: outcome })
  } else if (mailboxId !== null && granted) {
    log(context, 'info', 'grant_made', { service: frame.service, mailbox: mailboxId })
    const { account, grantId: id } = granted
    const notice: Notice = { about: 'grant', id, language, at: frame.now().toISOString() }
    const go = () => goOn(mailboxId, { account, notice })
    // The grant stands. A mailbox that cannot be told of it now looks again by itself, in hours.
    await go()
      .catch(go)
      .catch((error: unknown) => failed(parts, context, 'not_woken', error))
  }
  return outcome
}

const fieldsOf = ({ frame }: Parts, { invocationId }: InvocationContext) => ({
  service: frame.service,
  route: 'finish_mailbox_grant',
  requestId: invocationId,
})

function failed(parts: Parts, context: InvocationContext, code: string, error: unknown): void {
  log(context, 'error', 'request_failed', { ...fieldsOf(parts, context), code, reason: faultReason(error) })
}

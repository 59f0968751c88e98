import type { HttpHandler } from '@azure/functions'
import { languageOf } from '@securemailmerge/shared/http/read-request'
import { mailboxPage } from './mailbox-page.ts'

/**
 * GET /api/mailboxes/admin-consent/return: where Microsoft sends an administrator back. Anybody can open this address,
 * so it reads nothing, writes nothing and grants nothing: it only says what to do next (F23).
 */
export const returnFromAdminConsent = (): HttpHandler => async (request) =>
  mailboxPage(request.query.has('error') ? 'not_agreed' : 'agreed', languageOf(request))

import { hash } from '@securemailmerge/shared/hash'
import { mailboxes } from '@securemailmerge/shared/http/contracts/mailboxes'
import { endpoint } from '@securemailmerge/shared/http/endpoint'
import { CONSUMER_TENANT } from '@securemailmerge/shared/identity/account'
import en from '@securemailmerge/shared/languages/mailbox.en.json' with { type: 'json' }
import fr from '@securemailmerge/shared/languages/mailbox.fr.json' with { type: 'json' }
import { wanted } from '@securemailmerge/shared/merging/attempt'
import { mailboxIdOf } from '@securemailmerge/shared/merging/mailbox-id'
import { Refusal } from '@securemailmerge/shared/refusal'
import type { MailboxServices } from './mailbox-services.ts'

const words = { en, fr }

/**
 * POST /api/mailboxes/admin-consent: where an administrator agrees for the tenant of the account that asks. Nothing is
 * stored, and nothing hangs on the return: whether it worked the next sign-in shows (F23).
 */
export const askAdminConsent = ({ frame, entra }: MailboxServices) =>
  endpoint(frame, 'ask_admin_consent', mailboxes.ask_admin_consent, async ({ body, caller, language }) => {
    const { account } = caller
    if (account.tenantId === CONSUMER_TENANT) {
      throw new Refusal('not_allowed', 'A personal account has no administrator: sign in and agree yourself.')
    }
    const permissions = wanted(body.drafts, body.shared)
    const url = entra.adminConsentUrl(account.tenantId, permissions, hash('admin-consent', mailboxIdOf(account)))
    const { subject, text, permissions: names, and } = words[language].adminConsent
    const asked = permissions.map((permission) => (names as Record<string, string>)[permission]).join(and)
    const gaps: Record<string, string> = {
      url,
      permissions: asked,
      application: new URL(url).searchParams.get('client_id') ?? '',
    }
    return { url, subject, text: text.replace(/\{(\w+)\}/g, (gap, name) => gaps[name] ?? gap) }
  })

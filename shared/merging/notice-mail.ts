import { type Account, CONSUMER_TENANT } from '../identity/account.ts'
import en from '../languages/mailbox.en.json' with { type: 'json' }
import fr from '../languages/mailbox.fr.json' with { type: 'json' }
import type { Language } from '../licensing/answer.ts'
import type { Campaign } from './campaign.ts'
import type { Mail } from './mail.ts'
import { type Notice, noticeStampOf } from './notice.ts'
import { escapeHtml, inOneLine } from './template/escape.ts'

const words = { en: en.notices, fr: fr.notices }
const locales = { en: 'en-GB', fr: 'fr-FR' } satisfies Record<Language, string>

/** Where somebody takes back what they have allowed: a page of Microsoft's, which needs nothing of ours. */
const pages = { organisation: 'https://myapps.microsoft.com/', personal: 'https://account.live.com/consent/Manage' }

/** The mail to the owner of a mailbox that tells what was done in their name, and how to stop it (F24). */
export function noticeMail(
  notice: Notice,
  { account, campaign }: { account: Account; campaign: Campaign | undefined },
  address: string,
): Mail {
  const { language, about } = notice
  const said = words[language]
  const kind = account.tenantId === CONSUMER_TENANT ? 'personal' : 'organisation'
  const values: Record<string, string> = {
    at: instant(notice.at, language),
    begins: instant(campaign?.startAt ?? notice.at, language),
    count: (campaign?.total ?? 0).toLocaleString(locales[language]),
    name: inOneLine(campaign?.name ?? ''),
  }
  const link = `<a href="${pages[kind]}">${pages[kind]}</a>`
  const html = (text: string) =>
    filled(escapeHtml(text), (name) => (name === 'link' ? link : escapeHtml(values[name] ?? '')))
  const what = about === 'campaign' && campaign?.startAt ? said.campaign.later : said[about].text
  const paragraphs = [what, ...said.stop[kind]].map((text) => `<p>${html(text)}</p>`)
  return {
    from: null,
    ...{ to: [{ address, name: null }], cc: [], bcc: [], attachments: [] },
    subject: filled(said[about].subject, (name) => values[name] ?? ''),
    html: `<div lang="${language}">${paragraphs.join('')}</div>`,
    stamp: noticeStampOf(notice),
  }
}

const filled = (text: string, written: (name: string) => string): string =>
  text.replace(/\{(\w+)\}/g, (_, name: string) => written(name))

function instant(iso: string, language: Language): string {
  const shape = { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' } as const
  const text = `${new Intl.DateTimeFormat(locales[language], shape).format(new Date(iso))} UTC`
  // French says 1er, which Intl does not.
  return language === 'fr' ? text.replace(/^1 /, '1er ') : text
}

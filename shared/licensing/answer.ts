import { type ProofClaims, subjectOf } from '../identity/proof.ts'
import en from '../languages/look-up.en.json' with { type: 'json' }
import fr from '../languages/look-up.fr.json' with { type: 'json' }
import type { Asker, Verdict } from './verdict.ts'

/** The languages that everything a person reads is written in. */
export type Language = 'en' | 'fr'
const sentences = { en, fr } satisfies Record<
  Language,
  Record<Verdict['code'] | 'licensed_renewing' | 'ask' | 'nobody', string>
>
const day = (locale: string) => new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone: 'UTC' })
// Made once: making one costs more than all the rest of an answer.
const days = { en: day('en-GB'), fr: day('fr-FR') } satisfies Record<Language, Intl.DateTimeFormat>

const RECHECK_YES_SECONDS = 24 * 3600
const RECHECK_NO_SECONDS = 5 * 60
const PROOF_SECONDS = 14 * 24 * 3600
/** Until a seat is bound anybody with evidence for its address could have it, so nothing is promised for long (F2). */
const PROOF_UNBOUND_SECONDS = 3600

/** What the add-in gets, its proof apart. */
export interface LookUpAnswer {
  footer: boolean
  code: Verdict['code']
  message: string
  address: string | null
  subscription: { id: string; name: string } | null
  validUntil: string | null
  recheckAfter: number
}

/** Puts a verdict into words. `recheckAfter` is in seconds; `validUntil` is paid time, never a grace. */
export function answer(verdict: Verdict, language: Language, now: Date): LookUpAnswer {
  const { code, footer, found, paidUntil } = verdict
  const mine = found !== null && code !== 'other_account'
  const settled = found?.seat.account !== null
  return {
    footer,
    code,
    message: sentence(verdict, language, now),
    address: found?.seat.address ?? null,
    subscription: mine ? { id: found.subscription.subscriptionId, name: found.subscription.name } : null,
    validUntil: paidUntil,
    recheckAfter: footer || !settled ? RECHECK_NO_SECONDS : RECHECK_YES_SECONDS,
  }
}

// The end is the first instant that is not paid: midnight belongs to the day before. French says 1er, which Intl does not.
function lastDay(end: Date, language: Language): string {
  const text = days[language].format(end.getTime() - 1)
  return language === 'fr' ? text.replace(/^1 /, '1er ') : text
}

function sentence({ code, contact, until, paidUntil }: Verdict, language: Language, now: Date): string {
  const words = sentences[language]
  const paid = paidUntil === null ? null : new Date(paidUntil)
  // In a grace the paid time is over: naming its day would read like an end.
  const late = code === 'licensed' && (paid === null || paid <= now)
  const last = code === 'licensed_ending' ? (until ?? paid) : paid
  const date = last === null ? '' : lastDay(last, language)
  const ask = contact === null ? words.nobody : words.ask.replace('{contact}', () => contact)
  return words[late ? 'licensed_renewing' : code].replace('{date}', date).replace('{ask}', () => ask)
}

/** A proof that is younger is given again instead of a new one that says the same: signing costs most of an answer. */
const RENEW_SECONDS = 3600

/** Whether the last proof says what a new one would, and ends no later than the time between them explains. */
export function saysStill(last: ProofClaims | undefined, next: Omit<ProofClaims, 'iss' | 'aud'>): boolean {
  if (!last) return false
  const same = last.seat === next.seat && last.subscription === next.subscription && last.code === next.code
  const age = next.iat - last.iat
  return same && age >= 0 && age < RENEW_SECONDS && last.exp <= next.exp && next.exp - last.exp <= age
}

/** The claims of the proof for a yes; null for a no, which replaces an earlier proof. Never outlives a known end. */
export function proofOf(verdict: Verdict, { account }: Asker, now: Date): Omit<ProofClaims, 'iss' | 'aud'> | null {
  const { footer, found, code, until } = verdict
  if (footer || !found) return null
  const iat = Math.floor(now.getTime() / 1000)
  const life = found.seat.account ? PROOF_SECONDS : PROOF_UNBOUND_SECONDS
  const end = until === null ? Infinity : Math.floor(until.getTime() / 1000)
  const { subscriptionId, seatId } = found.seat
  const exp = Math.min(iat + life, end)
  return {
    sub: subjectOf(account),
    code,
    footer,
    subscription: subscriptionId,
    seat: seatId,
    iat,
    exp,
  }
}

import type { SignInRefusal } from '@securemailmerge/shared/identity/sign-in-attempt'
import type { Key } from '../../language/say.ts'

const known: Record<SignInRefusal, Key> = {
  declined: 'not_signed_in.declined',
  admin_consent_needed: 'not_signed_in.admin_consent_needed',
  blocked_by_policy: 'not_signed_in.blocked_by_policy',
  not_accepted: 'not_signed_in.not_accepted',
  another_account: 'not_signed_in.another_account',
  not_fresh: 'not_signed_in.not_fresh',
  expired: 'not_signed_in.expired',
  unknown: 'not_signed_in.unknown',
  unavailable: 'not_signed_in.unavailable',
}

/** Why nobody was signed in. Codes are only ever added: one that this page does not know is the plainest of them. */
export const wordsOfRefusal = (code: string): Key =>
  Object.hasOwn(known, code) ? known[code as SignInRefusal] : known.not_accepted

/** Whether only a sign-in that has to be fresh ends so: the next try has to be one, too. */
export const isOfFresh = (code: string): boolean => code === 'another_account' || code === 'not_fresh'

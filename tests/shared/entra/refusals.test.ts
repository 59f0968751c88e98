import { codeOf, lossOf, outcomeOf, saidOf } from '@securemailmerge/shared/entra/refusals'
import { unclearCode } from '@securemailmerge/shared/entra/unclear'
import { describe, expect, it } from 'vitest'

const said = (error: string, code?: number, more: Record<string, unknown> = {}) =>
  saidOf({ error, ...(code ? { error_codes: [code], error_description: `AADSTS${code}: words` } : {}), ...more })

describe('a refused refresh', () => {
  it.each([
    ['a policy of Conditional Access', said('invalid_grant', 53003), 'blocked_by_policy'],
    ['a device that is not compliant', said('interaction_required', 53000), 'blocked_by_policy'],
    ['a device policy of the newer kind', said('invalid_grant', 530003), 'blocked_by_policy'],
    ['a policy, told by its number alone', said('anything', 53001), 'blocked_by_policy'],
    ['a withdrawn consent', said('invalid_grant', 65001), 'consent_withdrawn'],
    ['a consent told by its suberror', said('invalid_grant', 0, { suberror: 'consent_required' }), 'consent_withdrawn'],
    ['an application that was switched off', said('unauthorized_client', 7000112), 'consent_withdrawn'],
    ['an application that was deleted from the tenant', said('unauthorized_client', 700016), 'consent_withdrawn'],
    ['a revoked session', said('invalid_grant', 50173), 'needs_sign_in'],
    ['a token that was not used for long', said('invalid_grant', 700082), 'needs_sign_in'],
    ['a personal account without a number', said('invalid_grant'), 'needs_sign_in'],
    ['a second factor', said('interaction_required', 50076), 'needs_sign_in'],
    ['our assertion, which is our own fault', said('invalid_client', 700027), null],
    ['our own registration, which is not as it was', said('unauthorized_client', 700025), null],
    ['an outage', said('temporarily_unavailable'), null],
    ['our request', said('invalid_request', 900144), null],
  ])('by %s', (_, refusal, loss) => {
    expect(lossOf(refusal)).toBe(loss)
  })
})

describe('a refused sign-in', () => {
  it.each([
    ['needs an administrator', 'access_denied', 90094, 'admin_consent_needed'],
    ['needs an administrator, told otherwise', 'consent_required', 90094, 'admin_consent_needed'],
    ['needs an administrator for a risky application', 'access_denied', 900941, 'admin_consent_needed'],
    ['waits for an administrator', 'access_denied', 90095, 'admin_consent_needed'],
    ['needs a consent that nobody asked for', 'consent_required', 65001, 'admin_consent_needed'],
    ['was declined', 'access_denied', 65004, 'declined'],
    ['was left', 'access_denied', 0, 'declined'],
    ['is blocked', 'invalid_grant', 53003, 'blocked_by_policy'],
    ['was with an old code', 'invalid_grant', 70008, 'not_accepted'],
    ['came in an outage', 'server_error', 0, 'unavailable'],
    ['is not as we should ask', 'invalid_request', 0, 'unavailable'],
  ] as const)('%s', (_, error, code, outcome) => {
    expect(outcomeOf(said(error, code))).toBe(outcome)
  })

  it('is read from the words alone, as they stand in an address', () => {
    const words = 'AADSTS90094: An administrator of Contoso has set a policy that prevents you.'
    expect(outcomeOf(saidOf({ error: 'access_denied', error_description: words }))).toBe('admin_consent_needed')
  })
})

describe('what is kept of a refusal', () => {
  it('a challenge, when it is one', () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    expect(said('interaction_required', 50076, { claims }).claims).toBe(claims)
    for (const other of [undefined, 7, '', 'words', '"text"', 'null', `{"x":"${'x'.repeat(5000)}"}`]) {
      expect(said('interaction_required', 50076, { claims: other }).claims).toBeNull()
    }
  })

  it('codes, and no words of anybody', () => {
    expect(codeOf(said('invalid_grant', 50173))).toBe('invalid_grant AADSTS50173')
    expect(codeOf(saidOf({ error: 'mallory@evil.example says <b>', error_description: 'bob' }))).toBe('unreadable')
    expect(codeOf(saidOf({}))).toBe('unreadable')
  })

  it('of a call without an answer: names and codes of errors', () => {
    const cause = Object.assign(new Error('token eyJ'), { code: 'ECONNREFUSED' })
    expect(unclearCode(new TypeError('fetch failed: secret', { cause }))).toBe('TypeError ECONNREFUSED')
    expect(unclearCode(new Error('secret', { cause: { access_token: 'eyJ' } }))).toBe('no_answer')
    expect(unclearCode('secret')).toBe('no_answer')
  })
})

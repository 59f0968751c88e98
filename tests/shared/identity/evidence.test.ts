import { CONSUMER_TENANT } from '@securemailmerge/shared/identity/account'
import { type EvidenceClaims, evidence, isHomed } from '@securemailmerge/shared/identity/evidence'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contoso, fabrikam } from '../../builders.ts'

const authority = 'https://login.microsoftonline.com'
const issuer = (tenant: string) => `${authority}/${tenant}/v2.0`
const kim = 'kim@fabrikam.example'
const member = (some: Record<string, unknown> = {}): EvidenceClaims => ({
  iss: issuer(contoso),
  tid: contoso,
  acct: 0,
  ...some,
})

describe('evidence of a member', () => {
  it.each([
    ['upn', { upn: 'Kim@Fabrikam.Example' }, [kim]],
    ['email that Microsoft vouches for', { email: kim, xms_edov: true }, [kim]],
    ['both, once', { upn: kim, email: 'KIM@fabrikam.example', xms_edov: true }, [kim]],
    ['both, two', { upn: 'k.lee@fabrikam.example', email: kim, xms_edov: 1 }, ['k.lee@fabrikam.example', kim]],
    ['idp that is the issuer', { upn: kim, idp: issuer(contoso) }, [kim]],
  ])('%s', (_, some, addresses) => {
    expect(evidence(member(some))).toEqual(addresses)
  })

  it.each([
    [true, true],
    [1, true],
    ['1', true],
    ['true', true],
    [false, false],
    [0, false],
    ['0', false],
    ['false', false],
    ['True', false],
    ['yes', false],
    [2, false],
    [null, false],
    [undefined, false],
    [[true], false],
    [{}, false],
  ])('email with xms_edov %j: %s', (xms_edov, counts) => {
    expect(evidence(member({ email: kim, xms_edov }))).toEqual(counts ? [kim] : [])
  })

  it.each([
    ['preferred_username', { preferred_username: kim }],
    ['unique_name', { unique_name: kim }],
    ['verified_primary_email', { verified_primary_email: [kim] }],
    ['an email alone', { email: kim }],
    ['a list of addresses', { upn: [kim], email: [kim], xms_edov: true }],
    ['what is no address', { upn: 'kim', email: 'kim@localhost', xms_edov: true }],
    ['an address in a display name', { upn: `x@evil.example <${kim}>`, email: `<${kim}>`, xms_edov: true }],
    ['two addresses', { email: `x@evil.example, ${kim}`, xms_edov: true }],
    ['an address with a hidden character', { upn: `kim\u200b@fabrikam.example` }],
  ])('not %s', (_, some) => {
    expect(evidence(member(some))).toEqual([])
  })
})

const homes = {
  homed: { acct: 0 },
  'outside member': { acct: 0, idp: issuer(fabrikam) },
  'outside member from a personal account': { acct: 0, idp: 'live.com' },
  'outside member from Google': { acct: 0, idp: 'google.com' },
  'outside member by a mailed code': { acct: 0, idp: 'mail' },
  guest: { acct: 1, idp: issuer(fabrikam) },
  'guest without idp': { acct: 1 },
  'guest of the own tenant': { acct: 1, idp: issuer(contoso) },
  'no acct': {},
  'acct as a text': { acct: '0' },
  'acct false': { acct: false },
  'acct null': { acct: null },
}
const tenants = {
  'a company': { tid: contoso, iss: issuer(contoso) },
  'the consumer tenant': { tid: CONSUMER_TENANT, iss: issuer(CONSUMER_TENANT) },
}
const claims = {
  upn: { upn: kim },
  'email with edov': { email: kim, xms_edov: '1' },
  'email without edov': { email: kim, xms_edov: false },
  preferred_username: { preferred_username: kim },
}

describe('F04 kinds of account × tenants × claims', () => {
  const rows = Object.entries(homes).flatMap(([home, a]) =>
    Object.entries(tenants).flatMap(([tenant, b]) =>
      Object.entries(claims).map(([claim, c]) => [`${home}, ${tenant}, ${claim}`, { ...a, ...b, ...c }] as const),
    ),
  )

  it('exactly two rows are evidence', () => {
    expect(rows).toHaveLength(96)
    expect(rows.filter(([, row]) => evidence(row).length > 0).map(([name]) => name)).toEqual([
      'homed, a company, upn',
      'homed, a company, email with edov',
    ])
  })

  it('no claim helps who is not homed here', () => {
    const anything = fc.record(
      {
        upn: fc.constant(kim),
        email: fc.constantFrom(kim, 'other@contoso.example'),
        xms_edov: fc.constantFrom<unknown>(true, 1, '1', 'true'),
        preferred_username: fc.constant(kim),
        verified_primary_email: fc.constant([kim]),
        idtyp: fc.constantFrom('user', 'app'),
      },
      { requiredKeys: [] },
    )
    const away = fc.oneof(
      fc.record({ acct: fc.oneof(fc.jsonValue(), fc.constant(undefined)).filter((acct) => acct !== 0) }),
      fc.record({ acct: fc.constant(0), idp: fc.jsonValue().filter((idp) => idp !== issuer(contoso)) }),
      fc.constant({ acct: 0, tid: CONSUMER_TENANT, iss: issuer(CONSUMER_TENANT) }),
    )
    fc.assert(
      fc.property(anything, away, (given, where) => {
        const token = { ...member(given), ...where }
        expect(evidence(token)).toEqual([])
        expect(isHomed(token)).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})

describe('C26 who may claim a seat for kim@fabrikam.example', () => {
  it.each([
    ['the person in their own tenant', { tid: fabrikam, iss: issuer(fabrikam), acct: 0, upn: kim }, [kim]],
    [
      'the same person as a guest of Contoso, edov true by definition',
      {
        acct: 1,
        idp: issuer(fabrikam),
        email: kim,
        xms_edov: true,
        preferred_username: 'kim_fabrikam.example#EXT#@contoso.onmicrosoft.example',
        upn: 'kim_fabrikam.example#EXT#@contoso.onmicrosoft.example',
      },
      [],
    ],
    [
      'the same person, made a member of Contoso',
      { acct: 0, idp: issuer(fabrikam), email: kim, xms_edov: true, upn: kim },
      [],
    ],
    [
      'a personal account of that name',
      {
        tid: CONSUMER_TENANT,
        iss: issuer(CONSUMER_TENANT),
        acct: 0,
        email: kim,
        xms_edov: true,
        preferred_username: kim,
      },
      [],
    ],
    [
      'a colleague whose alias it is',
      {
        tid: fabrikam,
        iss: issuer(fabrikam),
        upn: 'k.lee@fabrikam.example',
        email: 'kim.lee@fabrikam.example',
        xms_edov: true,
      },
      ['k.lee@fabrikam.example', 'kim.lee@fabrikam.example'],
    ],
    ['somebody whose token has no mail claim at all', { tid: fabrikam, iss: issuer(fabrikam) }, []],
  ])('%s', (_, some, addresses) => {
    expect(evidence(member(some))).toEqual(addresses)
  })
})

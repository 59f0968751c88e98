import { Account, accountHash, sameAccount, tenantHash } from '@securemailmerge/shared/identity/account'
import { expect, it } from 'vitest'
import { anAccount, contoso, fabrikam, guid } from '../../builders.ts'

it('is a tenant id and an object id, in lower case', () => {
  expect(Account.parse({ tenantId: contoso.toUpperCase(), objectId: guid(10).toUpperCase() })).toEqual(anAccount(10))
})

it.each([
  ['contoso.example'],
  [`{${contoso}}`],
  [`${contoso} `],
  [`${contoso}/../x`],
  [contoso.replaceAll('-', '')],
  ['common'],
  [''],
])('takes nothing else for a tenant: %j', (tenantId) => {
  expect(Account.safeParse({ tenantId, objectId: guid(1) }).success).toBe(false)
})

it('is the same only with both ids', () => {
  expect(sameAccount(anAccount(1), anAccount(1))).toBe(true)
  expect(sameAccount(anAccount(1), anAccount(2))).toBe(false)
  expect(sameAccount(anAccount(1), anAccount(1, fabrikam))).toBe(false)
})

it('nobody is not the same as nobody', () => {
  expect(sameAccount(null, null)).toBe(false)
  expect(sameAccount(undefined, anAccount(1))).toBe(false)
})

it('has a hash that tells no id, another one for each account and tenant', () => {
  const accounts = [anAccount(1), anAccount(2), anAccount(1, fabrikam), { tenantId: guid(1), objectId: contoso }]
  const hashes = [...accounts.map(accountHash), tenantHash(contoso), tenantHash(fabrikam)]
  expect(new Set(hashes).size).toBe(hashes.length)
  for (const hash of hashes) expect(hash).toMatch(/^[\w-]{43}$/)
})

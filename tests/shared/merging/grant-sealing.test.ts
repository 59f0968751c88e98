import { randomBytes } from 'node:crypto'
import { type About, KeyRing, Sealing } from '@securemailmerge/shared/merging/sealing'
import { CompactEncrypt } from 'jose'
import { describe, expect, it } from 'vitest'

const aKey = (kid: string) => ({ kty: 'oct' as const, kid, k: randomBytes(32).toString('base64url') })
const [january, february] = [aKey('2027-01'), aKey('2027-02')]
const tenantId = 'a0c94727-500b-47b6-9778-07462571a6b6'
const objectId = '8e5024d6-1638-491e-a660-21f300fe7848'
const about: About = { account: { tenantId, objectId }, mailboxId: 'mailbox', use: 'refresh_token' }
const sealing = new Sealing({ current: january, others: [] })

describe('a sealed text', () => {
  it('is opened where it belongs, and holds nothing of the text in the clear', async () => {
    const sealed = await sealing.seal('a secret token', about)
    expect(await sealing.open(sealed, about)).toEqual({ text: 'a secret token' })
    for (const part of sealed.split('.')) {
      expect(Buffer.from(part, 'base64url').toString('latin1')).not.toContain('secret')
    }
    expect(await sealing.seal('a secret token', about)).not.toBe(sealed)
  })

  it.each<[string, About]>([
    ['another row', { ...about, mailboxId: 'other' }],
    ['another account', { ...about, account: { tenantId, objectId: tenantId } }],
    ['another tenant', { ...about, account: { tenantId: objectId, objectId } }],
    ['another use', { ...about, use: 'verifier' }],
  ])('stays closed in %s', async (_, elsewhere) => {
    expect(await sealing.open(await sealing.seal('text', elsewhere), about)).toEqual({ fault: 'foreign' })
  })

  it('stays closed when anything of it was changed', async () => {
    const parts = (await sealing.seal('text', about)).split('.')
    const header = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString()) as Record<string, unknown>
    const relabelled = Buffer.from(JSON.stringify({ ...header, mailboxId: 'other' })).toString('base64url')
    const flipped = (part: string) => (part.startsWith('A') ? `B${part.slice(1)}` : `A${part.slice(1)}`)
    for (const changed of [
      [relabelled, ...parts.slice(1)],
      parts.map((part, index) => (index === 3 ? flipped(part) : part)),
      parts.map((part, index) => (index === 4 ? flipped(part) : part)),
      parts.slice(1),
      ['not', 'a', 'seal'],
      [''],
    ]) {
      expect(await sealing.open(changed.join('.'), { ...about, mailboxId: 'other' })).toEqual({ fault: 'broken' })
    }
  })

  it('stays closed when somebody else has sealed it under the same name', async () => {
    const forged = await new CompactEncrypt(new TextEncoder().encode('forged'))
      .setProtectedHeader({
        alg: 'dir',
        enc: 'A256GCM',
        kid: '2027-01',
        tid: tenantId,
        oid: objectId,
        mailboxId: 'mailbox',
      })
      .encrypt(randomBytes(32))
    expect(await sealing.open(forged, about)).toEqual({ fault: 'broken' })
  })
})

describe('a rotation of keys', () => {
  it('opens with the old one, seals with the new one, and a destroyed one opens nothing', async () => {
    const old = await sealing.seal('text', about)
    const both = new Sealing({ current: february, others: [january] })
    expect(await both.open(old, about)).toEqual({ text: 'text' })
    const fresh = await both.seal('text', about)
    const after = new Sealing({ current: february, others: [] })
    expect(await after.open(fresh, about)).toEqual({ text: 'text' })
    expect(await after.open(old, about)).toEqual({ fault: 'key_gone' })
  })

  it('a ring is refused when a key is short, of another kind or named twice', () => {
    expect(KeyRing.safeParse({ current: january }).success).toBe(true)
    for (const ring of [
      { current: { ...january, k: 'short' } },
      { current: { ...january, kty: 'RSA' } },
      { current: january, others: [{ ...february, kid: '2027-01' }] },
      {},
    ]) {
      expect(KeyRing.safeParse(ring).success).toBe(false)
    }
  })
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sameAccount } from '@securemailmerge/shared/identity/account'
import type { MailboxToken } from '@securemailmerge/shared/merging/mailbox-tokens'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../infra/local/identity/cast.ts'
import { registrationsFile } from '../../infra/local/identity/registrations.ts'
import { aKey, type Mailboxes, startMailboxes } from '../kit/mailboxes.ts'
import { signInAt } from '../kit/sign-in.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

let kit: Mailboxes
beforeAll(async () => {
  kit = await startMailboxes()
})
afterAll(() => kit.close())
afterEach(() => {
  kit.identity.tokenFaults.clear()
  kit.cosmos.faults.clear()
  // Every test begins with tokens that have ended and sign-ins that nobody remembers.
  kit.advance(day)
})

const calls = () => kit.identity.counts().token
const begin = (person: 'olivia' | 'amir' | 'bea' | 'carla') =>
  kit.grants.begin(cast[person], { drafts: false, shared: false, loginHint: null }, kit.now())
const finish = (url: URL, change: Record<string, string | null> = {}) => {
  const said = (name: string) => (name in change ? change[name]! : url.searchParams.get(name))
  const returned = { state: said('state'), code: said('code'), error: said('error') }
  return kit.grants.finish({ ...returned, error_description: said('error_description') }, kit.now())
}
const lost = (answer: MailboxToken) => {
  if (answer.kind !== 'lost') throw new Error(answer.kind)
  return answer
}
const given = (answer: MailboxToken) => {
  if (answer.kind !== 'token') throw new Error(JSON.stringify(answer))
  return answer
}
/** Everything that any container holds, as text. */
const storedText = () => JSON.stringify(kit.cosmos.items('mailbox-grants'))

describe('a grant', () => {
  it('is made for the account that began it, and gives tokens for its mailbox', async () => {
    await kit.allow('olivia')
    const { accessToken, permissions } = given(await kit.token('olivia'))
    expect(permissions).toEqual(['Mail.Send'])
    expect(decodeJwt(accessToken)).toMatchObject({ oid: cast.olivia.objectId, scp: 'Mail.Send' })
  })

  it('asks Microsoft once for many turns, and again before the token ends', async () => {
    await kit.allow('olivia')
    const before = calls()
    const tokens = await Promise.all([kit.token('olivia'), kit.token('olivia'), kit.token('olivia')])
    expect(new Set(tokens.map((one) => given(one).accessToken)).size).toBe(1)
    kit.advance(50 * minute)
    await kit.token('olivia')
    expect(calls() - before).toBe(1)
    kit.advance(40 * minute)
    await kit.token('olivia')
    expect(calls() - before).toBe(2)
  })

  it('gives a new token when Microsoft has refused the one it gave', async () => {
    await kit.allow('olivia')
    const first = given(await kit.token('olivia')).accessToken
    kit.grants.tokenRefused(kit.idOf('olivia'), 'another one')
    expect(given(await kit.token('olivia')).accessToken).toBe(first)
    kit.grants.tokenRefused(kit.idOf('olivia'), first)
    expect(given(await kit.token('olivia')).accessToken).not.toBe(first)
  })

  it('ends for every host when its owner ends it, whatever they hold', async () => {
    const grantId = await kit.allow('olivia')
    const other = kit.host()
    given(await kit.token('olivia', other))
    given(await kit.token('olivia'))
    const before = calls()
    expect(await kit.grants.end(cast.olivia, grantId, kit.now())).toBe(true)
    for (const host of [kit.grants, other]) {
      expect(lost(await kit.token('olivia', host))).toMatchObject({ why: 'needs_sign_in', code: 'ended' })
    }
    expect(calls()).toBe(before)
    expect(kit.stored('olivia')).toMatchObject([{ sealed: null }])
    expect(await kit.grants.end(cast.olivia, grantId, kit.now())).toBe(true)
  })

  it('ends with the last campaign of its mailbox', async () => {
    await kit.allow('olivia')
    await kit.grants.endOf(kit.idOf('olivia'), kit.now())
    expect(lost(await kit.token('olivia')).code).toBe('ended')
    await kit.grants.endOf(kit.idOf('carla'), kit.now())
  })

  it('is forgotten by the store after 30 days unused, and after 90 whatever happens', async () => {
    await kit.allow('olivia')
    kit.advance(30 * day)
    expect(lost(await kit.token('olivia'))).toMatchObject({ why: 'needs_sign_in', code: 'no_grant' })
    expect(kit.stored('olivia')).toEqual([])
    await kit.allow('olivia')
    for (let days = 0; days < 80; days += 20) {
      kit.advance(20 * day)
      given(await kit.token('olivia'))
    }
    kit.advance(10 * day)
    expect(lost(await kit.token('olivia')).code).toBe('no_grant')
  })

  it('outlives a restart: another host opens what one has sealed', async () => {
    await kit.allow('olivia')
    given(await kit.token('olivia', kit.host()))
    given(await kit.token('olivia', kit.host()))
  })

  it('is renewed by two hosts at once without harm', async () => {
    await kit.allow('olivia')
    for (let round = 0; round < 10; round++) {
      const tokens = await Promise.all([kit.host(), kit.host(), kit.host()].map((host) => kit.token('olivia', host)))
      for (const token of tokens) given(token)
    }
    expect(kit.stored('olivia')).toMatchObject([{ lost: null }])
  })
})

describe('F22 the mix-up', () => {
  it("completes nobody's grant with somebody else's sign-in: nothing is kept, and both see why", async () => {
    const { signInUrl, grantId } = await begin('amir')
    const back = await signInAt(signInUrl, 'bea')
    const before = calls()
    expect(await finish(back)).toMatchObject({ outcome: 'another_account' })
    expect(calls() - before).toBe(1)
    expect(kit.stored('amir')).toEqual([])
    expect(kit.stored('bea')).toEqual([])
    expect(storedText()).not.toContain(cast.bea.objectId)
    const { grant, attempt } = await kit.grants.list(cast.amir, kit.now())
    expect([grant, attempt?.grantId, attempt?.outcome]).toEqual([undefined, grantId, 'another_account'])
    expect(lost(await kit.token('bea')).code).toBe('no_grant')
  })

  it('leaves an earlier grant as it was', async () => {
    const grantId = await kit.allow('amir')
    const { signInUrl } = await begin('amir')
    await finish(await signInAt(signInUrl, 'bea'))
    expect(kit.stored('amir')).toMatchObject([{ grantId }])
    given(await kit.token('amir'))
  })

  it('does not let anybody of another tenant sign in at all', async () => {
    const { signInUrl } = await begin('amir')
    await expect(signInAt(signInUrl, 'kim')).rejects.toThrow('400')
  })

  it('wants to be told when a person signed in, and takes no silence for an answer but of a personal account', async () => {
    const registered = JSON.parse(readFileSync(registrationsFile, 'utf8'))
    registered.applications.sendingApi.optionalClaims.idToken = [{ name: 'email' }]
    const folder = mkdtempSync(join(tmpdir(), 'smm-registrations-'))
    const file = join(folder, 'registrations.json')
    writeFileSync(file, JSON.stringify(registered))
    const silent = await startMailboxes(file)
    try {
      await expect(silent.allow('carla')).rejects.toThrow()
      const { grant, attempt } = await silent.grants.list(cast.carla, silent.now())
      expect([grant, attempt?.outcome, silent.stored('carla')]).toEqual([undefined, 'not_fresh', []])
      await silent.allow('pat')
      expect(silent.stored('pat')).toHaveLength(1)
    } finally {
      await silent.close()
      rmSync(folder, { recursive: true })
    }
  })

  it('is good for one return', async () => {
    const { signInUrl } = await begin('carla')
    const back = await signInAt(signInUrl, 'carla')
    const [one, two] = await Promise.all([finish(back), finish(back)])
    expect([one.outcome, two.outcome].sort()).toEqual(['done', 'used'])
    expect((await finish(back)).outcome).toBe('used')
    expect((await finish(await signInAt(signInUrl, 'carla'))).outcome).toBe('used')
  })

  it('is good for ten minutes', async () => {
    const { signInUrl } = await begin('carla')
    const back = await signInAt(signInUrl, 'carla')
    kit.advance(10 * minute)
    const before = calls()
    expect((await finish(back)).outcome).toBe('expired')
    expect(calls()).toBe(before)
    expect((await kit.grants.list(cast.carla, kit.now())).attempt?.outcome).toBe('expired')
  })

  it.each<[string, (state: string, other: string) => string | null]>([
    ['no state', () => null],
    ['a state of ours without its secret', (state) => state.split('.').slice(0, 2).join('.')],
    ['another secret', (state) => `${state.slice(0, -43)}${'x'.repeat(43)}`],
    ['the grant of one with the secret of another', (state, other) => state.slice(0, -43) + other.slice(-43)],
    ['the mailbox of one with the grant of another', (state, other) => other.slice(0, 43) + state.slice(43)],
    ['something else', () => '../../x'],
  ])('is nothing with %s, and the attempt stays open', async (_, changed) => {
    const { signInUrl } = await begin('carla')
    const other = new URL((await begin('bea')).signInUrl).searchParams.get('state') ?? ''
    const back = await signInAt(signInUrl, 'carla')
    const before = calls()
    const state = back.searchParams.get('state') ?? ''
    expect(await finish(back, { state: changed(state, other) })).toEqual({ outcome: 'unknown', mailboxId: null })
    expect(calls()).toBe(before)
    expect((await finish(back)).outcome).toBe('done')
  })

  it('is nothing with a code of another attempt', async () => {
    const mine = await begin('carla')
    const theirs = await begin('bea')
    const code = (await signInAt(theirs.signInUrl, 'bea')).searchParams.get('code')
    const back = await signInAt(mine.signInUrl, 'carla')
    expect((await finish(back, { code })).outcome).toBe('not_accepted')
  })

  it('cannot be ended or seen by anybody else', async () => {
    const grantId = await kit.allow('amir')
    expect(await kit.grants.end(cast.bea, grantId, kit.now())).toBe(false)
    const { grantId: open } = await begin('amir')
    expect(await kit.grants.end(cast.bea, open, kit.now())).toBe(false)
    given(await kit.token('amir'))
  })

  it('an attempt that its owner has ended gives no grant, also when the browser is on its way', async () => {
    const { signInUrl, grantId } = await begin('carla')
    const back = await signInAt(signInUrl, 'carla')
    const slow = kit.entra.redeem.bind(kit.entra)
    const before = kit.stored('carla')
    kit.entra.redeem = async (...call) => {
      const answer = await slow(...call)
      await kit.grants.end(cast.carla, grantId, kit.now())
      return answer
    }
    try {
      expect((await finish(back)).outcome).toBe('ended')
    } finally {
      kit.entra.redeem = slow
    }
    expect(kit.stored('carla')).toEqual(before)
  })

  it('keeps a grant that a refresh has written in the same moment', async () => {
    await kit.allow('carla')
    const { signInUrl, grantId } = await begin('carla')
    const back = await signInAt(signInUrl, 'carla')
    const quick = kit.entra.redeem.bind(kit.entra)
    kit.entra.redeem = async (...call) => {
      const answer = await quick(...call)
      given(await kit.token('carla', kit.host()))
      return answer
    }
    try {
      expect((await finish(back)).outcome).toBe('done')
    } finally {
      kit.entra.redeem = quick
    }
    expect(kit.stored('carla')).toMatchObject([{ grantId }])
    given(await kit.token('carla', kit.host()))
  })

  it('a store that is away in the middle keeps nothing, and the return cannot be repeated', async () => {
    const { signInUrl } = await begin('bea')
    const back = await signInAt(signInUrl, 'bea')
    kit.cosmos.faults.add({
      match: { container: 'mailbox-grants', operation: 'batch' },
      times: -1,
      do: { status: 503 },
    })
    await expect(finish(back)).rejects.toMatchObject({ code: 'unavailable' })
    kit.cosmos.faults.clear()
    expect(kit.stored('bea')).toEqual([])
  })
})

describe('F24 what is stored', () => {
  it('swapped between two rows is refused and alarmed, and nothing is sent', async () => {
    await kit.allow('amir')
    await kit.allow('bea')
    const [[amir], [bea]] = [kit.stored('amir'), kit.stored('bea')]
    await kit.items.upsert({ ...amir!, sealed: bea!.sealed } as never)
    await kit.items.upsert({ ...bea!, sealed: amir!.sealed } as never)
    const before = calls()
    for (const person of ['amir', 'bea'] as const) {
      expect(lost(await kit.token(person, kit.host()))).toMatchObject({
        ...{ why: 'needs_sign_in', code: 'foreign', alarm: 'foreign', isNew: true },
      })
    }
    expect(calls()).toBe(before)
  })

  it('changed is refused and alarmed', async () => {
    await kit.allow('amir')
    const [amir] = kit.stored('amir')
    await kit.items.upsert({ ...amir!, sealed: 'a.b.c.d.e' } as never)
    expect(lost(await kit.token('amir', kit.host()))).toMatchObject({ code: 'broken', alarm: 'broken' })
  })

  it('with a token that answers for somebody else is refused and alarmed; the foreign token is nowhere', async () => {
    await kit.allow('amir')
    kit.identity.tokenFaults.add({ what: 'another_account', grant: 'refresh_token', as: 'bea', times: 1 })
    const [before] = kit.stored('amir')
    const host = kit.host()
    expect(lost(await kit.token('amir', host))).toMatchObject({ code: 'another_account', alarm: 'another_account' })
    expect(kit.stored('amir')).toMatchObject([{ sealed: before!.sealed }])
    expect(lost(await kit.token('amir', host))).toMatchObject({ alarm: null, isNew: false })
  })

  it('is sealed anew with the key of today at each refresh; a destroyed key opens nothing any more', async () => {
    await kit.allow('amir')
    await kit.allow('bea')
    const rotated = { current: aKey('2027-02'), others: [kit.ring.current] }
    given(await kit.token('amir', kit.host(rotated)))
    const destroyed = { current: rotated.current, others: [] }
    // Before the key is gone for all, its hosts are new ones.
    given(await kit.token('amir', kit.host(destroyed)))
    const before = calls()
    expect(lost(await kit.token('bea', kit.host(destroyed)))).toMatchObject({
      ...{ why: 'needs_sign_in', code: 'key_gone', alarm: null, isNew: true },
    })
    expect(calls()).toBe(before)
  })

  it('restored from before the rotation stays closed', async () => {
    await kit.allow('amir')
    const [backup] = kit.stored('amir')
    const rotated = { current: aKey('2027-03'), others: [] }
    await kit.items.upsert(backup as never)
    expect(lost(await kit.token('amir', kit.host(rotated)))).toMatchObject({ code: 'key_gone' })
  })

  it('holds no token and no verifier in the clear', async () => {
    const { signInUrl } = await begin('bea')
    const back = await signInAt(signInUrl, 'bea')
    const code = back.searchParams.get('code') ?? ''
    const secret = (back.searchParams.get('state') ?? '').slice(-43)
    await finish(back)
    const { accessToken } = given(await kit.token('bea'))
    const text = storedText()
    for (const one of [accessToken, accessToken.split('.')[2], code, secret]) expect(text).not.toContain(one)
    for (const item of kit.cosmos.items('mailbox-grants')) {
      for (const member of ['sealed', 'verifier']) {
        const value = item[member]
        if (typeof value !== 'string') continue
        const header = JSON.parse(Buffer.from(value.split('.')[0]!, 'base64url').toString()) as Record<string, string>
        expect(header).toMatchObject({ alg: 'dir', enc: 'A256GCM', mailboxId: item.mailboxId })
        const { account } = item as unknown as { account: { tenantId: string; objectId: string } }
        expect(sameAccount({ tenantId: header.tid!, objectId: header.oid! }, account)).toBe(true)
      }
    }
  })

  it('ends when sessions are revoked', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    kit.identity.consents.revokeSessions(cast.amir, kit.now())
    const answer = lost(await kit.token('amir', kit.host()))
    expect(answer).toMatchObject({ why: 'needs_sign_in', code: 'invalid_grant AADSTS50173', isNew: true })
  })
})

describe('F25 losses', () => {
  const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'

  it.each([
    ['invalid_grant', 'needs_sign_in'],
    ['interaction_required', 'needs_sign_in'],
    ['policy', 'blocked_by_policy'],
    ['consent_required', 'consent_withdrawn'],
  ] as const)('%s is %s, with and without claims, told once', async (what, why) => {
    for (const challenge of [{ claims }, {}]) {
      await kit.allow('amir')
      kit.advance(2 * hour)
      kit.identity.tokenFaults.add({ what, person: 'amir', ...challenge })
      const host = kit.host()
      expect(lost(await kit.token('amir', host))).toMatchObject({ why, isNew: true })
      expect(lost(await kit.token('amir', host))).toMatchObject({ why, isNew: false })
      const { signInUrl } = await begin('amir')
      expect(new URL(signInUrl).searchParams.get('claims')).toBe('claims' in challenge ? claims : null)
      kit.identity.tokenFaults.clear()
      kit.advance(2 * hour)
    }
  })

  it('is asked for at most once in ten minutes, by however many hosts, and twice a day', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    kit.identity.tokenFaults.add({ what: 'invalid_grant', person: 'amir' })
    const before = calls()
    const tryAll = () => Promise.all([kit.host(), kit.host(), kit.host()].map((host) => kit.token('amir', host)))
    await kit.token('amir')
    for (let minutes = 0; minutes < 10; minutes++) {
      await tryAll()
      kit.advance(minute - 1)
    }
    expect(calls() - before).toBe(1)
    kit.advance(minute)
    const answers = await tryAll()
    expect(calls() - before).toBe(2)
    expect(answers.map((one) => lost(one).isNew)).toEqual([false, false, false])
    for (let hours = 0; hours < 23; hours++) {
      kit.advance(hour)
      await tryAll()
    }
    expect(calls() - before).toBe(2)
    kit.advance(hour)
    await tryAll()
    expect(calls() - before).toBe(3)
  })

  it('comes back by itself when the reason has gone', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    kit.identity.tokenFaults.add({ what: 'consent_required', person: 'amir' })
    lost(await kit.token('amir'))
    kit.identity.tokenFaults.clear()
    lost(await kit.token('amir'))
    kit.advance(10 * minute)
    given(await kit.token('amir'))
    expect(kit.stored('amir')).toMatchObject([{ lost: null }])
  })

  it('a mailbox that a policy blocks causes at most two calls in a day, and one notice', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    kit.identity.tokenFaults.add({ what: 'policy', person: 'amir' })
    const before = calls()
    let notices = 0
    for (let quarter = 0; quarter < 96; quarter++) {
      for (const host of [kit.grants, kit.host()]) {
        const answer = lost(await kit.token('amir', host))
        expect(answer.why).toBe('blocked_by_policy')
        notices += Number(answer.isNew)
      }
      kit.advance(15 * minute)
    }
    expect(calls() - before).toBe(1)
    expect(notices).toBe(1)
    expect(kit.stored('amir')).toMatchObject([{ sealed: null }])
  })

  it('a policy that only says "sign in again" is known by the second loss within an hour', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    kit.identity.tokenFaults.add({ what: 'invalid_grant', person: 'amir', grant: 'refresh_token' })
    expect(lost(await kit.token('amir', kit.host())).why).toBe('needs_sign_in')
    await kit.allow('amir')
    const before = calls()
    const second = lost(await kit.token('amir', kit.host()))
    expect(second).toMatchObject({ why: 'blocked_by_policy', isNew: true })
    for (let hours = 0; hours < 24; hours++) {
      kit.advance(hour)
      expect(lost(await kit.token('amir', kit.host()))).toMatchObject({ why: 'blocked_by_policy', isNew: false })
    }
    expect(calls() - before).toBe(1)
    kit.identity.tokenFaults.clear()
    await kit.allow('amir')
    given(await kit.token('amir', kit.host()))
  })

  it('a challenge is content with the sign-in that brings it along', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    kit.identity.tokenFaults.add({ what: 'interaction_required', person: 'amir', claims, grant: 'refresh_token' })
    expect(lost(await kit.token('amir', kit.host())).why).toBe('needs_sign_in')
    await kit.allow('amir')
    given(await kit.token('amir', kit.host()))
  })

  it('a challenge at the return is brought along by the next attempt', async () => {
    kit.identity.tokenFaults.add({ what: 'interaction_required', person: 'bea', claims, grant: 'authorization_code' })
    const first = await begin('bea')
    expect((await finish(await signInAt(first.signInUrl, 'bea'))).outcome).toBe('not_accepted')
    await kit.allow('bea')
    given(await kit.token('bea', kit.host()))
  })

  it('counts only while the grant is as it was read', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    const refused = kit.entra.refresh.bind(kit.entra)
    let times = 0
    kit.entra.refresh = async (...call) => {
      if (times++ > 0) return refused(...call)
      // While Microsoft refuses the old token, the person signs in once more.
      await kit.allow('amir')
      return { kind: 'lost', why: 'needs_sign_in', claims: null, code: 'invalid_grant' }
    }
    try {
      given(await kit.token('amir', kit.host()))
    } finally {
      kit.entra.refresh = refused
    }
    expect(kit.stored('amir')).toMatchObject([{ lost: null, lostBefore: false }])
  })

  it('an outage of Microsoft loses nothing', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    for (const fault of [{ what: 'status', status: 503 }, { what: 'status', status: 429 }, { what: 'down' }] as const) {
      kit.identity.tokenFaults.add({ ...fault, times: 1 })
      expect((await kit.token('amir', kit.host())).kind).toBe('unavailable')
    }
    expect(kit.stored('amir')).toMatchObject([{ lost: null }])
    given(await kit.token('amir', kit.host()))
  })

  it('an outage of the store is one, and nothing is lost either', async () => {
    await kit.allow('amir')
    kit.advance(2 * hour)
    kit.cosmos.faults.add({ match: { container: 'mailbox-grants', operation: 'read' }, times: -1, do: { status: 503 } })
    await expect(kit.token('amir', kit.host())).rejects.toMatchObject({ code: 'unavailable' })
    kit.cosmos.faults.clear()
    given(await kit.token('amir', kit.host()))
  })
})

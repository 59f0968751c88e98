import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compactVerify, createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokenOf } from '../../infra/local/call-as.ts'
import { Stage } from '../../infra/local/demo/stage.ts'
import type { Supervised } from '../../infra/local/supervised.ts'
import { type System, startSystem } from '../../infra/local/system.ts'
import { signInAt } from '../kit/sign-in.ts'
import { Answers } from './answers.ts'
import { bundleAll } from './bundles.ts'
import { Load } from './load.ts'

// Security F43: each secret is changed as docs/operations/secrets.md says, on two hosts, while everything goes on.

const RATE = 10
const DAY_MS = 86_400_000
/** Of one campaign; there is always another one. */
const ROWS = 40
let folder: string
let system: System
let load: Load
let stopWatching: () => void
const answers = new Answers()
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'smm-secrets-'))
  const [dist, data] = [join(folder, 'dist'), join(folder, 'data')]
  await bundleAll(dist, 'secrets')
  stopWatching = answers.watch()
  system = await startSystem({ base: 0, data, quiet: !process.env.VERSIONS_LOG, rate: RATE, hosts: [dist, dist] })
  load = new Load(new Stage(system), ROWS)
  await load.begin()
}, 120_000)
afterAll(async () => {
  await load?.end()
  await system?.stop()
  stopWatching?.()
  rmSync(folder, { recursive: true, force: true })
})

const isFine = () => expect({ failed: answers.failed, wrong: load.wrong }).toEqual({ failed: [], wrong: [] })

/** Other settings, each host started anew; and everything goes on, also while one host knows them and one does not. */
async function deploy(changes: Record<string, string>): Promise<void> {
  Object.assign(system.settings, changes)
  const [first, second] = system.hosts.all as [Supervised, Supervised]
  await system.hosts.restart(first)
  await signedInAcross(first, second)
  await signedInAcross(second, first)
  await load.more(2)
  await system.hosts.restart(second)
  await load.more(2)
  isFine()
}

/** Somebody lets us send: the browser leaves from one host, and comes back to another. */
async function signedInAcross(from: Supervised, to: Supervised): Promise<void> {
  const at = ({ ready }: Supervised) => `http://localhost:${ready?.port}`
  const Authorization = `Bearer ${await tokenOf(system, 'bea', 'sendingApi')}`
  const begun = await fetch(`${at(from)}/api/mailboxes/grants`, {
    ...{ method: 'POST', headers: { Authorization, 'Content-Type': 'application/json' }, body: '{}' },
  })
  const { signInUrl } = (await begun.json()) as { signInUrl: string }
  const { pathname, search } = await signInAt(signInUrl, 'bea')
  expect(await (await fetch(at(to) + pathname + search)).text()).toContain('Sending is switched on')
}

const atSeller = async (what: string, body: object = {}) => {
  const headers = { 'Content-Type': 'application/json' }
  const said = await fetch(`${system.stripe}/_local/keys/${what}`, {
    ...{ method: 'POST', headers, body: JSON.stringify(body) },
  })
  expect(said.status).toBe(200)
  return (await said.json()) as { key: string; secret: string }
}

/** What the service says of the seller now, on an operator's command. */
async function reconciled(): Promise<unknown> {
  const command = { command: 'reconcile', seller: load.sellersId }
  const messageId = await system.sendCommand(command, 'purchase-webhooks-commands')
  const line = await system.waitForLog((one) => one.event === 'command_done' && one.messageId === messageId, 20_000)
  return [line.outcome, (line.result as { outcome: string }).outcome]
}

const publicOf = ({ d: _secret, ...key }: Record<string, unknown>) => key
const published = async () => (await (await fetch(`${system.origin}/.well-known/jwks.json`)).json()) as JSONWebKeySet
const kidOf = (proof: string) => decodeProtectedHeader(proof).kid
const verifies = async (proof: string) =>
  compactVerify(proof, createLocalJWKSet(await published())).then(
    () => true,
    () => false,
  )

async function proofOf(person: string): Promise<string> {
  const Authorization = `Bearer ${await tokenOf(system, person)}`
  const said = await fetch(`${system.origin}/api/licence`, { headers: { Authorization } })
  return ((await said.json()) as { proof: string }).proof
}

/** Whether sending, which reads proofs by the published keys, believes one. */
async function isBelieved(proof: string): Promise<boolean> {
  const Authorization = `Bearer ${await tokenOf(system, 'amir', 'sendingApi')}`
  const said = await fetch(`${system.origin}/api/campaigns`, {
    method: 'POST',
    headers: { Authorization, 'Content-Type': 'application/json', 'Licence-Proof': proof },
    body: JSON.stringify({ name: 'News', subject: 'News', html: '<p>Hello</p>', mode: 'send' }),
  })
  const { campaignId } = (await said.json()) as { campaignId: string }
  const [mailboxId] = campaignId.split('.')
  const stored = await fetch(`${system.cosmos}/_local/items?container=sending&partitionKey=${mailboxId}`)
  const items = (await stored.json()) as { campaignId?: string; licensedUntil?: string | null }[]
  return typeof items.find((one) => one.campaignId === campaignId)?.licensedUntil === 'string'
}

/** The keys of all, before and after. */
const old = { proof: {} as Record<string, unknown>, grant: {}, secret: '', before: '' }
const next = {
  proof: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }),
  grant: { kty: 'oct', kid: crypto.randomUUID(), k: randomBytes(32).toString('base64url') },
}

describe('what is changed once in a while', () => {
  it('the next of each is made known to every host: to open, to verify, to believe', async () => {
    old.proof = JSON.parse(String(system.settings.PROOF_KEY))
    old.grant = JSON.parse(String(system.settings.GRANT_KEYS)).current
    old.secret = String(system.settings.STRIPE_WEBHOOK_SECRET)
    old.before = await proofOf('amir')
    const until = new Date(system.clock.now().getTime() + DAY_MS)
    const { secret } = await atSeller('roll-secret', { oldLivesMs: DAY_MS })
    const { key } = await atSeller('make')
    await load.more(2)
    await deploy({
      STRIPE_KEY: key,
      STRIPE_WEBHOOK_SECRET: secret,
      STRIPE_PREVIOUS_SECRET: JSON.stringify({ secret: old.secret, until: until.toISOString() }),
      PROOF_OTHER_KEYS: JSON.stringify([publicOf(next.proof as never)]),
      GRANT_KEYS: JSON.stringify({ current: old.grant, others: [next.grant] }),
    })
    expect((await published()).keys).toHaveLength(2)
    expect(kidOf(await proofOf('amir'))).toBe(kidOf(old.before))
  })

  it('the next proof key signs, and proofs of before verify; the next grant key seals, and nobody has to sign in', async () => {
    await deploy({
      PROOF_KEY: JSON.stringify(next.proof),
      PROOF_OTHER_KEYS: JSON.stringify([publicOf(old.proof)]),
      GRANT_KEYS: JSON.stringify({ current: next.grant, others: [old.grant] }),
    })
    const after = await proofOf('amir')
    expect(kidOf(after)).not.toBe(kidOf(old.before))
    for (const proof of [old.before, after]) {
      expect(await verifies(proof), kidOf(proof)).toBe(true)
      expect(await isBelieved(proof), kidOf(proof)).toBe(true)
    }
    for (const person of ['carla', 'lee'] as const) {
      const { mailboxes } = (await load.stage.call(person, 'GET', '/api/mailboxes')).body
      expect(mailboxes[0].state).toBe('ready')
    }
  })

  it('the seller’s old key is deleted: the new one serves', async () => {
    expect(await reconciled()).toEqual(['done', 'refreshed'])
    await atSeller('delete-old')
    await load.more(2)
    expect(await reconciled()).toEqual(['done', 'refreshed'])
    isFine()
  })

  it('each event of the seller was stored at its first post', async () => {
    const { events } = await load.events()
    const posted = events.filter(({ answers: all }) => all.length > 0)
    expect(posted.length).toBeGreaterThan(20)
    expect(posted.filter(({ answers: [first] }) => first !== 200)).toEqual([])
  })
})

describe('what somebody knows who should not', () => {
  it('a webhook secret that is ended at once: what is refused until then comes again', async () => {
    const { secret } = await atSeller('roll-secret', { oldLivesMs: 0 })
    await load.more(2)
    await deploy({ STRIPE_WEBHOOK_SECRET: secret, STRIPE_PREVIOUS_SECRET: '', PROOF_OTHER_KEYS: '[]' })
    const refused = (await load.events()).events.filter(({ answers: all }) => all.some((status) => status !== 200))
    expect(refused.length).toBeGreaterThan(0)
    const ids = new Set(refused.map(({ event }) => event.id))
    const left = async () =>
      (await load.events()).events.filter((one) => ids.has(one.event.id) && one.answers.at(-1) !== 200).length
    await expect.poll(left, { timeout: 60_000 }).toBe(0)
    isFine()
  })

  it('a proof key: what it has signed verifies no more, and look-ups go on', async () => {
    expect(await verifies(old.before)).toBe(false)
    expect(await verifies(await proofOf('amir'))).toBe(true)
  })
})

it('nothing failed and nothing was lost: each mail once, each event, each look-up', async () => {
  await load.end()
  await load.sender.over()
  isFine()
  for (const id of load.sender.ids) {
    const { total, counts } = await load.sender.shown(id)
    expect(counts.sent).toBe(total)
  }
  const { twice } = await load.stage.atGraph('delivered')
  expect(twice).toEqual({})
  for (const [name, times] of load.done) expect(times, name).toBeGreaterThan(5)
})

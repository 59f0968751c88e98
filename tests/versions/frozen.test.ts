import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Proofs } from '@securemailmerge/shared/identity/proof'
import type { Grant } from '@securemailmerge/shared/merging/grant'
import { Sealing } from '@securemailmerge/shared/merging/sealing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cast } from '../../infra/local/identity/cast.ts'
import { type CampaignKit, startCampaigns } from '../kit/campaigns.ts'
import { type Shop, startShop } from '../kit/shop.ts'
import { askedOf, type Reading, recordLicensing } from './licensing-record.ts'
import { putBlobs, putItems, type Recorded } from './recorded.ts'
import { type ReadingCampaigns, recordSending, askedOf as sendingAsked } from './sending-record.ts'

const folder = join(import.meta.dirname, 'fixtures')
type Both = Record<'licensing' | 'sending', Recorded>
const frozen = readdirSync(folder).map((file) => ({
  day: file.replace('.json', ''),
  ...(JSON.parse(readFileSync(join(folder, file), 'utf8')) as Both),
}))

const isParked = (lines: unknown[]) => lines.some((line) => (line as { event?: string }).event === 'parked')

describe.each(frozen)('licences and purchases as they were written on $day', ({ licensing }) => {
  const { at, items, messages, asked, secrets } = licensing
  let shop: Shop
  beforeAll(async () => {
    shop = await startShop()
    shop.advance(Date.parse(at) - shop.now().getTime())
    await putItems(shop.cosmos, items)
  })
  afterAll(() => shop.close())

  it('are answered about as they were then, or with more', async () => {
    for (const { name, as, params, status, json } of asked) {
      const now = await askedOf(shop, name as Reading, as as keyof typeof cast, params)
      expect(now, `${name} as ${as}`).toMatchObject({ status, json })
    }
  })

  it('each message is understood', async () => {
    for (const { queue, body } of messages) {
      const lines = queue === 'seat-uses' ? await shop.deliver(queue, body) : (await shop.apply(body)).map(parsed)
      expect(isParked(lines), `${queue} ${JSON.stringify(body)}: ${JSON.stringify(lines)}`).toBe(false)
    }
    // Some of what they wake rests for a while.
    shop.advance(2 * 3_600_000)
    await shop.settle()
    const waiting = shop.cosmos.items('purchases').filter(({ state }) => state === 'waiting')
    expect(waiting).toEqual([])
  })

  it('go on: seats are given and taken back, an invitation is accepted, a proof is read', async () => {
    const subscriptionId = String(secrets.granted)
    const params = { subscriptionId }
    const seats = (await shop.call('list_seats', { as: 'olivia', params })).json.seats
    const held = seats.filter(({ state }: { state: string }) => state !== 'released')
    const taken = { seats: held.map(({ id }: { id: string }) => id) }
    for (const name of ['rebind_seats', 'withdraw_seats'] as const)
      expect((await shop.call(name, { as: 'olivia', params, body: taken })).status, name).toBe(200)
    const given = { addresses: [cast.bea.mail, cast.amir.mail] }
    expect((await shop.call('assign_seats', { as: 'olivia', params, body: given })).json.assigned).toBe(2)
    expect((await shop.call('look_up_licence', { as: 'bea' })).json.code).toBe('licensed')
    const { unowned, invitation, secret } = secrets
    const link = { subscriptionId: unowned, invitationId: invitation, secret }
    const { status } = await shop.call('accept_invitation', { as: 'rita', body: link })
    expect(status).toBe(200)
    const proofs = new Proofs(shop.env.PUBLIC_ORIGIN, JSON.parse(shop.env.PROOF_KEY), [
      JSON.parse(secrets.proofKey ?? ''),
    ])
    const { tenantId, objectId } = cast.amir
    expect(await proofs.read(secrets.proof ?? '', { tenantId, objectId })).toMatchObject({
      subscription: subscriptionId,
    })
  })
})

describe.each(frozen)('mailboxes and campaigns as they were written on $day', ({ sending }) => {
  const { at, items, messages, blobs, asked, secrets } = sending
  let kit: CampaignKit
  beforeAll(async () => {
    kit = await startCampaigns({ rate: 30 })
    kit.advance(Date.parse(at) - kit.now().getTime())
    await putItems(kit.cosmos, items)
    await putBlobs(kit.env.CONTENT ?? '', blobs)
  })
  afterAll(() => kit.close())

  it('are answered about as they were then, or with more', async () => {
    for (const { name, as, params, status, json } of asked) {
      const now = await sendingAsked(kit, name as ReadingCampaigns, as as keyof typeof cast, params)
      expect(now, `${name} ${params?.campaignId}`).toMatchObject({ status, json })
    }
  })

  it('a sign-in that was sealed then is opened', async () => {
    const grant = items['mailbox-grants']?.find(({ kind }) => kind === 'grant') as unknown as Grant
    const { account, mailboxId, sealed } = grant
    const sealing = new Sealing({ others: [], ...JSON.parse(secrets.grantKeys ?? '') })
    const opened = await sealing.open(sealed ?? '', { account, mailboxId, use: 'refresh_token' })
    expect(opened).toEqual({ text: expect.stringMatching(/^\S{40,}$/) })
  })

  it('each tick is understood, and the campaign that was sent goes on to its end: no mail twice', async () => {
    for (const { body } of messages) expect(isParked(await kit.deliver(body)), JSON.stringify(body)).toBe(false)
    await kit.allow('olivia', { drafts: true })
    const id = String(secrets.running)
    const { total, counts } = await kit.runUntil(id, ['completed', 'completed_with_errors'])
    const before = String(secrets.sent).split(',').map(Number)
    const each = [...before, ...kit.sentOf(id)]
    expect(new Set(each).size).toBe(each.length)
    // One of them was refused, and one was claimed by a host that is gone with its mailbox.
    expect(counts).toMatchObject({ failed: 1, sent: each.length })
    expect(counts.sent + counts.failed + counts.unknown).toBe(total)
  })
})

describe('what is written today', () => {
  const parts = ['licensing', 'sending'] as const
  let today: Both
  beforeAll(async () => {
    today = { licensing: await recordLicensing(), sending: await recordSending() }
  }, 120_000)

  /** Fields that every item of a kind has, and those that any has: `sending mailbox wake`. */
  const fieldsOf = (recorded: Both, which: 'every' | 'some'): string[] => {
    const kinds = parts.flatMap((part) =>
      Object.entries(recorded[part].items).flatMap(([container, items]) =>
        [...Map.groupBy(items, ({ kind }) => kind)].map(([kind, all]) => ({ name: `${container} ${kind}`, all })),
      ),
    )
    return kinds.flatMap(({ name, all }) =>
      [...new Set(all.flatMap((item) => Object.keys(item)))]
        .filter((field) => which === 'some' || all.every((item) => field in item))
        .map((field) => `${name} ${field}`),
    )
  }

  it('has every field that was ever written', () => {
    const written = new Set(fieldsOf(today, 'some'))
    for (const one of frozen)
      expect(
        fieldsOf(one, 'every').filter((field) => !written.has(field)),
        one.day,
      ).toEqual([])
  })

  it('is recorded for later versions: see docs/operations/versions.md', () => {
    const known = new Set(frozen.flatMap((one) => fieldsOf(one, 'some')))
    expect(fieldsOf(today, 'every').filter((field) => !known.has(field))).toEqual([])
  })
})

const parsed = (line: string) => JSON.parse(line) as Record<string, unknown>

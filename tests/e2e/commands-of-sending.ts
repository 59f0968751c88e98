import { expect } from 'vitest'
import { cast } from '../../infra/local/identity/cast.ts'
import { accountOf, soon } from './commands-kit.ts'
import { acceptedOf, acceptRestore, MINUTE_MS, sentOf, shown, started, tell } from './commands-of-restore.ts'
import type { CommandTable, Row, SwitchRow } from './commands-table.ts'

const queue = 'merge-send-queue-commands'
const why = 'its sender asked'

const lookUps = (['account', 'campaignId'] as const).map(
  (by): Row => ({
    command: 'look_up',
    does: `says by ${by} how a campaign stands, and nothing of what is sent`,
    async prepare(operator) {
      const campaign = await started(operator, 'olivia', 1)
      await soon(async () => (await shown(operator, campaign)).state).toBe('completed')
      const { id: campaignId } = campaign
      const state = { campaignId, state: 'completed', total: 1, counts: { sent: 1, pending: 0 } }
      return {
        body: { command: 'look_up', [by]: { account: accountOf(cast.olivia), campaignId }[by] },
        result: {
          inFlight: 0,
          open: 0,
          campaigns: expect.arrayContaining([
            expect.objectContaining({ ...state, counts: expect.objectContaining(state.counts) }),
          ]),
        },
      }
    },
  }),
)

const cancel: Row = {
  command: 'cancel',
  does: 'ends a campaign before its next mail',
  async prepare(operator) {
    const campaign = await started(operator, 'amir', 50)
    await soon(() => sentOf(operator, campaign)).toBeGreaterThan(0)
    return {
      body: { command: 'cancel', campaignId: campaign.id, why },
      result: { campaign: campaign.id, state: 'cancelled' },
      async seen() {
        await soon(async () => (await shown(operator, campaign)).counts.sending).toBe(0)
        const { state, why: by, counts } = await shown(operator, campaign)
        expect([state, by]).toEqual(['cancelled', 'by_operator'])
        expect(counts.sent).toBeLessThan(10)
        expect(await acceptedOf(operator, campaign)).toBe(counts.sent)
        const again = await operator.call('amir', {
          method: 'POST',
          path: `/api/campaigns/${campaign.id}/resume`,
          body: {},
        })
        expect([again.status, again.body.title]).toEqual([409, 'campaign_state'])
      },
    }
  },
}

const switches: SwitchRow[] = [
  {
    name: 'sending',
    does: 'lets no mail leave; campaigns stand still and go on by themselves',
    async prepare(operator) {
      const campaign = await started(operator, 'bea', 400)
      await soon(() => sentOf(operator, campaign)).toBeGreaterThan(0)
      let sent = 0
      return {
        async isStopped(origin) {
          const { state, why: by } = await shown(operator, campaign, origin)
          expect([
            ['running', null],
            ['waiting', 'stopped'],
          ]).toContainEqual([state, by])
          return by === 'stopped'
        },
        goesOn: async (origin) => void (await operator.asked('bea', { path: '/api/campaigns' }, origin)),
        async meanwhile() {
          await soon(async () => (await shown(operator, campaign)).counts.sending).toBe(0)
          sent = await acceptedOf(operator, campaign)
          // Two rounds of those who wake what sleeps.
          for (let round = 0; round < 2; round += 1) {
            operator.system.clock.advance(MINUTE_MS)
            await operator.quiet()
          }
          expect([await acceptedOf(operator, campaign), await sentOf(operator, campaign)]).toEqual([sent, sent])
        },
        async afterwards() {
          operator.system.clock.advance(MINUTE_MS)
          await soon(() => acceptedOf(operator, campaign)).toBeGreaterThan(sent)
          await tell(operator, campaign, 'cancel')
        },
      }
    },
  },
  {
    name: 'read_only',
    does: 'refuses senders what is new; they see what they have, and can stop it',
    async prepare(operator) {
      const campaign = await started(operator, 'olivia', 400)
      const path = '/api/campaigns'
      return {
        async isStopped(origin) {
          const body = { name: 'More', subject: 'More', html: '<p>More</p>' }
          const said = await operator.call('olivia', { method: 'POST', path, body }, origin)
          if (said.status !== 200) expect([said.status, said.body?.title]).toEqual([503, 'read_only'])
          return said.status !== 200
        },
        goesOn: async (origin) => void (await operator.asked('olivia', { path }, origin)),
        async meanwhile() {
          const sent = await sentOf(operator, campaign)
          operator.system.clock.advance(MINUTE_MS)
          await soon(() => sentOf(operator, campaign)).toBeGreaterThan(sent)
          expect((await tell(operator, campaign, 'cancel')).state).toBe('cancelled')
        },
      }
    },
  },
]

/** The commands of merge-send-queue. */
export const sendingCommands: CommandTable = {
  ...{ queue, service: 'merge-send-queue', switches },
  rows: [...lookUps, cancel, acceptRestore],
  wrong: {
    help: {},
    look_up: {
      account: ['olivia', 'wrong_type'],
      campaignId: ["x' OR 1=1", 'not_a_campaign_id', 'message: names_not_exactly_one'],
    },
    cancel: { campaignId: ['4711', 'not_a_campaign_id'], why: [' ', 'too_small'] },
    accept_restore: { why: ['', 'too_small'] },
    stop: { switch: ['restored', 'invalid_value'], why: ['', 'too_small'] },
    go: { switch: ['restored', 'invalid_value'], why: [{}, 'wrong_type'] },
  },
}

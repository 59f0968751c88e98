import assert from 'node:assert/strict'
import { Stage } from '../../infra/local/demo/stage.ts'
import { sees } from '../../infra/local/demo/steps.ts'
import { cast } from '../../infra/local/identity/cast.ts'

const DAY_MS = 86_400_000
const HOUR = 1 / 24

/** A purchase of Bea's, with a licence for Lee: what is done to it, by her and by the seller. */
export class Purchase {
  readonly stage: Stage
  #sellersId = ''
  #quantity = 4

  private constructor(stage: Stage) {
    this.stage = stage
  }

  /** She buys it on the seller's page. */
  static async begin({ system }: Stage): Promise<Purchase> {
    const purchase = new Purchase(new Stage(system))
    const { stage } = purchase
    const wish = { name: 'Contoso sales', quantity: purchase.#quantity, interval: 'monthly' }
    const { status, body } = await stage.call('bea', 'POST', '/api/purchases/checkout', wish)
    assert.equal(status, 200, JSON.stringify(body))
    const { id } = await stage.atSeller('pay', String(body.url).split('/').at(-1))
    purchase.#sellersId = String(id)
    await stage.soon(async () => {
      const { state, subscription } = (await stage.call('bea', 'GET', `/api/purchases/intents/${body.intent}`)).body
      assert.equal(state, 'arrived')
      stage.subscriptionId = subscription.id
    })
    const seats = `/api/subscriptions/${stage.subscriptionId}/seats`
    assert.equal((await stage.call('bea', 'POST', seats, { addresses: [cast.lee.mail] })).status, 200)
    await sees(stage, 'lee', 'licensed')
    return purchase
  }

  /** More, fewer, the end and its undoing, by our page; and something by the seller's desk. */
  async play(): Promise<void> {
    const { stage } = this
    const more = this.#quantity + 2
    await this.#tell('quantity', { quantity: more })
    await stage.soon(async () => assert.equal((await this.#ours()).quantity, more))
    await stage.atSeller('setQuantity', this.#sellersId, this.#quantity + 1)
    await stage.soon(async () => assert.equal((await this.#ours()).quantity, this.#quantity + 1))
    await this.#tell('quantity', { quantity: this.#quantity })
    await stage.soon(async () => assert.equal((await this.#ours()).quantity, this.#quantity))
    assert.equal((await this.#tell('cancel', {})).term, 'cancelled')
    await sees(stage, 'lee', 'licensed_ending')
    assert.equal((await this.#tell('undo-cancel', {})).term, 'renewing')
    await sees(stage, 'lee', 'licensed')
    const path = `/api/purchases/subscriptions/${stage.subscriptionId}/invoices`
    assert.equal((await stage.call('bea', 'GET', path)).status, 200)
  }

  /** The days that are left of what is paid for. */
  async daysLeft(): Promise<number> {
    const { paidUntil } = await this.#ours()
    return (Date.parse(paidUntil) - this.stage.system.clock.now().getTime()) / DAY_MS
  }

  /** What is paid for is over now: it renews. */
  async renews(): Promise<void> {
    const { paidUntil } = await this.#ours()
    this.stage.advance((await this.daysLeft()) + 2 * HOUR)
    await this.stage.soon(async () => assert.ok((await this.#ours()).paidUntil > paidUntil, 'not renewed'))
    await sees(this.stage, 'lee', 'licensed')
  }

  /** She cancels, and what is paid for is over: Lee is told so. */
  async end(): Promise<void> {
    await this.#tell('cancel', {})
    this.stage.advance((await this.daysLeft()) + 2 * HOUR)
    await this.stage.soon(async () => assert.equal((await this.#ours()).state, 'ended'))
    await sees(this.stage, 'lee', 'ended')
  }

  #ours = async () => (await this.stage.call('bea', 'GET', `/api/subscriptions/${this.stage.subscriptionId}`)).body

  async #tell(what: string, body: object): Promise<Record<string, unknown>> {
    const path = `/api/purchases/subscriptions/${this.stage.subscriptionId}/${what}`
    const said = await this.stage.call('bea', 'POST', path, body)
    assert.equal(said.status, 200, `${what}: ${JSON.stringify(said.body)}`)
    return said.body
  }
}

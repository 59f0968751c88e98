import { startWorld, type World } from '../lives/world.ts'

const RATE = 25
const hour = 3_600_000

/** How a renewal night went; times in seconds of the seller's clock. */
export interface Drained {
  renewals: number
  seconds: number
  calls: number
  refused: number
  /** What the calls take at least at the seller's rate. */
  least: number
}

/**
 * All subscriptions renew in one hour; their events are stored and drained against a seller that allows 25 calls a
 * second. The clock of seller, stores and host runs faster than ours, so that the night does not take one.
 */
export async function drainRenewals(renewals: number, speed = 8): Promise<Drained> {
  const world = await startWorld('dist', { speed, rateLimit: RATE })
  try {
    const { stripe } = world
    stripe.act.deliver({ withheld: ['*'] })
    for (let n = 0; n < renewals; n += 1) stripe.act.buy({ quantity: 5 })
    const [first] = stripe.store.all('subscription')
    const period = first?.items.data[0].current_period_end * 1000 - world.now().getTime()
    world.advance(period + hour / 2)
    stripe.act.deliver({ withheld: [] })
    // The invoices are paid an hour after the period began: from here on events come.
    world.advance(hour)
    const began = world.now().getTime()
    const before = total(world)
    await drained(world)
    const calls = total(world) - before
    const seconds = Math.round((world.now().getTime() - began) / 1000)
    return { renewals, seconds, calls, refused: stripe.refused(), least: Math.ceil(calls / RATE) }
  } finally {
    await world.close()
  }
}

const total = ({ stripe }: World): number => [...stripe.calls.values()].reduce((sum, one) => sum + one, 0)

async function drained({ stripe, purchases, now }: World): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    const far = new Date(now().getTime() + 24 * hour)
    if (stripe.events.pending === 0 && (await purchases.overdue(far, 1)).length === 0) return
  }
}

import { SubscriptionId } from '@securemailmerge/shared/licensing/subscription'
import {
  aboutOf,
  BUGS_BEFORE_PARKING,
  isReady,
  ownEvent,
  type PurchaseEvent,
  partsOf,
  purchasedId,
  putOff,
  rested,
  restOf,
  SESSIONS,
  SWEEP_AFTER_MS,
  sessionOf,
  settled,
  waiting,
} from '@securemailmerge/shared/purchasing/event'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { day, hour, later, noon, second } from '../../builders.ts'

const minute = 60 * second
const sellersIds = fc.stringMatching(/^[a-z]{1,5}_[A-Za-z0-9_]{1,200}$/)
const modes = fc.constantFrom('live' as const, 'test' as const)

/** An event that waits, as it is stored when it comes. */
const anEvent = (some: Partial<PurchaseEvent> = {}): PurchaseEvent => ({
  id: 'test:evt_1',
  about: 'test:sub_1',
  type: 'invoice.paid',
  customer: null,
  paymentIntent: null,
  charge: null,
  madeAt: noon.toISOString(),
  apiVersion: null,
  ...waiting(noon, later(SWEEP_AFTER_MS)),
  ...some,
})

describe('whom something is about', () => {
  it('is a mode and an id of the seller, and is read back as it was written', () => {
    fc.assert(
      fc.property(modes, sellersIds, (mode, sellersId) => {
        expect(partsOf(aboutOf(mode, sellersId))).toEqual({ mode, sellersId })
      }),
    )
  })

  it.each([
    'sub_1',
    ':sub_1',
    'prod:sub_1',
    'TEST:sub_1',
    'test:',
    'test:sub_',
    'test:sub',
    'test: sub_1',
    'test:sub_1 ',
    'test:sub_1\n',
    'test:Sub_1',
    'test:1_sub',
    'test:sub-1',
    'test:sub_é',
    'live:test:sub_1',
    `test:sub_${'x'.repeat(201)}`,
    '',
  ])('is not %j', (about) => {
    expect(partsOf(about)).toBeUndefined()
  })

  it.each(["test:sub_1' OR '1'='1", 'test:sub_1" OR true --', 'test:sub_1;DROP', 'test:sub_1/..', 'test:sub_%'])(
    'W-7 is nothing that could mean more in a query: %s',
    (about) => {
      expect(partsOf(about)).toBeUndefined()
    },
  )
})

describe('our id of a purchased subscription', () => {
  it('has the form of ours, is the same each time, and never that of another purchase or mode', () => {
    fc.assert(
      fc.property(sellersIds, sellersIds, (one, other) => {
        expect(SubscriptionId.safeParse(purchasedId('test', one)).success).toBe(true)
        expect(purchasedId('test', one)).toBe(purchasedId('test', one))
        expect(purchasedId('live', one)).not.toBe(purchasedId('test', one))
        expect(purchasedId('test', one) === purchasedId('test', other)).toBe(one === other)
      }),
    )
  })

  it('is never changed: what is stored was found by it', () => {
    expect(purchasedId('live', 'sub_1QAbcdEfgh')).toBe('sub_WiRPVhYyE3Ke4M53eNtq4r')
  })
})

describe('the session of a wake', () => {
  it('is one of six, always the same for the same subscription', () => {
    fc.assert(
      fc.property(modes, sellersIds, (mode, sellersId) => {
        const session = sessionOf(aboutOf(mode, sellersId))
        expect(['0', '1', '2', '3', '4', '5']).toContain(session)
        expect(sessionOf(aboutOf(mode, sellersId))).toBe(session)
      }),
    )
    expect(SESSIONS).toBe(6)
  })

  it('spreads a renewal night evenly', () => {
    const counts = new Map<string, number>()
    for (let n = 0; n < 6_000; n += 1) {
      const session = sessionOf(aboutOf('live', `sub_1Q${n.toString(36).padStart(6, '0')}`))
      counts.set(session, (counts.get(session) ?? 0) + 1)
    }
    expect(counts.size).toBe(SESSIONS)
    // 1,000 each, with seven times the deviation that chance gives.
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(200)
  })
})

describe('an event', () => {
  it('waits from the beginning, due when its wake must have been lost, and is kept 90 days', () => {
    expect(anEvent()).toMatchObject({
      kind: 'event',
      state: 'waiting',
      attempts: 0,
      why: null,
      at: noon.toISOString(),
      due: later(2 * minute).toISOString(),
      ttl: 90 * 24 * 3600,
    })
  })

  it.each([
    ['applied', null],
    ['ignored', 'not one of our products'],
    ['parked', 'unknown state at the seller'],
  ] as const)('that is %s is due no more, so that no sweep finds it', (state, why) => {
    const event = settled(anEvent({ attempts: 3, restsUntil: later(minute).toISOString() }), state, why)
    const { due: _, ...rest } = anEvent({ attempts: 3 })
    expect(event).toEqual({ ...rest, state, why })
    expect('due' in event).toBe(false)
  })

  it('is parked when a bug has thrown three times, long before the broker gives up', () => {
    expect(BUGS_BEFORE_PARKING).toBe(3)
  })
})

describe('an outage', () => {
  it.each([
    [0, 5 * second],
    [1, 10 * second],
    [2, 20 * second],
    [3, 40 * second],
    [9, 2560 * second],
    [10, hour],
    [11, hour],
    [1_000_000, hour],
  ])('after %i attempts rests %i ms', (attempts, rest) => {
    expect(restOf(attempts)).toBe(rest)
    expect(putOff(anEvent({ attempts }), noon)).toEqual(
      anEvent({ attempts: attempts + 1, due: later(rest).toISOString() }),
    )
  })

  it.each([
    [0, false],
    [38 * second - 1, false],
    [38 * second, true],
    [40 * second, true],
  ])(
    'rests for its own wake, which may be early by the clock of whom it comes to: ready after %i ms: %s',
    (ms, ready) => {
      const event = rested(anEvent({ attempts: 3 }), noon)
      expect(event).toEqual({ ...putOff(anEvent({ attempts: 3 }), noon), restsUntil: later(40 * second).toISOString() })
      expect(isReady(event, later(ms))).toBe(ready)
    },
  )

  it('does not keep what was only woken again, nor what an operator lets begin anew', () => {
    expect(isReady(anEvent(), noon)).toBe(true)
    expect(isReady(putOff(anEvent(), noon), noon)).toBe(true)
    expect(isReady({ ...rested(anEvent(), noon), attempts: 0 }, noon)).toBe(true)
  })

  it('rests never shorter than before, and never longer than an hour', () => {
    fc.assert(
      fc.property(fc.nat(100_000), (attempts) => {
        expect(restOf(attempts + 1)).toBeGreaterThanOrEqual(restOf(attempts))
        expect(restOf(attempts)).toBeLessThanOrEqual(hour)
      }),
    )
  })

  it('of three days costs fewer than a hundred attempts', () => {
    let event = anEvent()
    while (Date.parse(event.due!) < later(3 * day).getTime()) event = putOff(event, new Date(event.due!))
    expect(event.attempts).toBeLessThan(100)
    expect(event.state).toBe('waiting')
  })
})

describe('a reason of our own to look', () => {
  it('waits like any other, and names whom it is about', () => {
    expect(ownEvent('test:sub_1', 'walk', 'night 1', noon)).toEqual(
      anEvent({ id: expect.stringMatching(/^own:walk:[\w-]{43}$/) as never, type: 'walk' }),
    )
  })

  it('comes once for one cause, and again for each other', () => {
    const id = (...[about, type, key]: [`test:${string}` | `live:${string}`, string, string]) =>
      ownEvent(about, type, key, noon).id
    expect(ownEvent('test:sub_1', 'walk', 'a', later(day)).id).toBe(id('test:sub_1', 'walk', 'a'))
    const ids = [
      id('test:sub_1', 'walk', 'a'),
      id('test:sub_1', 'walk', 'b'),
      id('test:sub_1', 'return', 'a'),
      id('test:sub_2', 'walk', 'a'),
      id('live:sub_1', 'walk', 'a'),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })
})

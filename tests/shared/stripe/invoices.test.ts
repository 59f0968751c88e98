import { payingOf } from '@securemailmerge/shared/stripe/invoices'
import { read } from '@securemailmerge/shared/stripe/read'
import { Invoice } from '@securemailmerge/shared/stripe/shapes'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AnInvoice, anInvoice, anOpenInvoice } from '../../stripe-objects.ts'

const raised = (id: string) => anInvoice({ id, billing_reason: 'subscription_update', lines: lines(-1200, 2400) })
const renewal = (id: string, some: Partial<AnInvoice> = {}) => anInvoice({ id, ...some })
const first = (id: string, some: Partial<AnInvoice> = {}) =>
  renewal(id, { billing_reason: 'subscription_create', ...some })
const lines = (...amounts: number[]) =>
  ({ object: 'list', data: amounts.map((amount) => ({ id: 'il', amount })) }) as const
const fromBalance = { starting_balance: -500 }
const fromLowering = { lines: lines(-9600, 1200, 1200) }

/** Ids of those that pay for the period, of invoices that were read so far, newest first. */
const paying = (newestFirst: AnInvoice[], isAll = true) =>
  payingOf(
    newestFirst.map((one) => read(Invoice, one)),
    isAll,
  )?.map(({ id }) => id) ?? null

describe('what pays for the running period', () => {
  it.each<[string, AnInvoice[], string[]]>([
    ['the invoice that began it', [renewal('b'), first('a')], ['b']],
    ['and all since', [raised('d'), raised('c'), renewal('b'), raised('a')], ['d', 'c', 'b']],
    ['whatever they are', [anInvoice({ id: 'c', billing_reason: 'manual' }), first('b')], ['c', 'b']],
    ['one that is not paid yet, too', [anOpenInvoice({ id: 'b' }), first('a')], ['b']],
    ['a credit: those that it comes from', [renewal('c', fromBalance), renewal('b'), first('a')], ['c', 'b']],
    ['a credit of fewer licences', [renewal('c', fromLowering), raised('b'), first('a')], ['c', 'b', 'a']],
    ['a credit that lasts', [renewal('c', fromBalance), renewal('b', fromBalance), first('a')], ['c', 'b', 'a']],
    [
      'a credit, with one by hand between',
      [renewal('c', fromBalance), anInvoice({ id: 'b', billing_reason: 'manual' }), first('a')],
      ['c', 'b', 'a'],
    ],
    ['a credit that was there before all', [first('a', fromBalance)], ['a']],
  ])('%s', (_, newestFirst, expected) => {
    expect(paying(newestFirst)).toEqual(expected)
  })

  it.each<[string, AnInvoice[]]>([
    ['nothing began it', [raised('b'), anInvoice({ id: 'a', billing_reason: 'manual' })]],
    ['nothing is there', []],
    ['what began it says no reason', [anInvoice({ id: 'a', billing_reason: null })]],
  ])('is not known when %s', (_, newestFirst) => {
    expect(paying(newestFirst)).toBeNull()
    expect(paying(newestFirst, false)).toBeNull()
  })

  it('may lie further back than was read', () => {
    expect(paying([raised('b')], false)).toBeNull()
    expect(paying([renewal('c', fromBalance), raised('b')], false)).toBeNull()
    expect(paying([raised('c'), renewal('b')], false)).toEqual(['c', 'b'])
  })

  it('is the same, however far back was read, once it is known', () => {
    const invoice = fc.constantFrom(raised('u'), renewal('r'), renewal('b', fromBalance), renewal('l', fromLowering))
    fc.assert(
      fc.property(fc.array(invoice, { minLength: 1, maxLength: 12 }), fc.nat(12), (some, read) => {
        const all = [...some, first('a')]
        const early = paying(all.slice(0, read), false)
        if (early) expect(paying(all)).toEqual(early)
        expect(paying(all)?.[0]).toBe(all[0]?.id)
      }),
    )
  })
})

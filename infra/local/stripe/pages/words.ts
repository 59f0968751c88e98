import type { Card } from '../till.ts'
import { french } from './words.fr.ts'

const english = {
  notice: 'Local stand-in for Stripe. No money moves, and no card number is asked for.',
  cards: {
    good: 'Card that works',
    declines: 'Card that is refused',
    sepa: 'Direct debit: the money arrives in five days',
    sepa_fails: 'Direct debit that fails after five days',
  } satisfies Record<Card, string>,
  products: { securemailmerge_seat: 'SecureMailMerge licence', training: 'Training' } as Record<string, string>,
  per: { month: 'per month', year: 'per year' } as Record<string, string>,
  quantity: 'Licences',
  pay: {
    title: 'Buy',
    what: 'What you buy',
    upTo: (from: number, to: number, price: string) => `${from} to ${to} licences: ${price} each`,
    above: (from: number, price: string) => `${from} licences and more: ${price} each`,
    each: (price: string) => `${price} each`,
    update: 'Update the total',
    total: 'Total:',
    trial: (days: number) => `The first ${days} days are free.`,
    who: 'Who pays',
    email: 'E-mail',
    country: 'Country',
    how: 'How to pay',
    pay: 'Pay',
    back: 'Back',
    refused: 'The card was refused. Nothing was bought. Choose another way to pay.',
    changed: 'The total has changed. Look at it, then pay.',
    wrong: {
      quantity: (most: number) => `The number of licences must be between 1 and ${most}.`,
      email: 'An e-mail address is needed, such as buyer@contoso.example.',
      country: 'Choose a country of the list.',
      card: 'Choose how to pay.',
    },
    done: 'This purchase is finished.',
    onward: 'Go on',
    expired: 'This page has expired. Nothing was bought.',
    missing: 'There is no such page for buying.',
  },
  billing: {
    title: 'Payments and invoices',
    back: 'Back',
    method: 'Payment method',
    now: 'Now:',
    use: { good: 'Use a card that works', declines: 'Use a card that is refused' },
    until: (time: string) => `The running period ends on ${time}.`,
    ends: (time: string) => `Ends on ${time}.`,
    over: 'This subscription is over.',
    cancel: 'Cancel at the end of the period',
    undo: 'Do not cancel',
    open: (amount: string) => `${amount} is open.`,
    arriving: 'A direct debit is on its way.',
    payOpen: 'Pay what is open',
    invoices: 'Invoices',
    number: 'Number',
    date: 'Date',
    amount: 'Amount',
    state: 'State',
    states: {
      draft: 'draft',
      open: 'open',
      paid: 'paid',
      void: 'void',
      uncollectible: 'uncollectible',
    } as Record<string, string>,
    none: 'Nothing yet.',
    missing: 'There is no such page for payments.',
    deleted: 'This customer has been deleted.',
    notes: {
      good: 'The card works from now on.',
      declines: 'The card will be refused from now on.',
      paid: 'It is paid.',
      unpaid: 'It could not be paid: the payment was refused.',
      arriving: 'The direct debit is on its way.',
      cancelled: 'It ends at the end of the period.',
      undone: 'It goes on.',
      nothing: 'Nothing was to be done.',
    } as Record<string, string>,
  },
}

/** Texts of the buyer's pages in one language. */
export type Words = typeof english

/** The texts by language. */
export const words = { en: english, fr: french }

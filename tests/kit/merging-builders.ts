import type { Campaign } from '@securemailmerge/shared/merging/campaign'
import { campaignItem } from '@securemailmerge/shared/merging/campaign'
import { type Ledger, ledgerItem } from '@securemailmerge/shared/merging/ledger'
import { type Mailbox, newMailbox } from '@securemailmerge/shared/merging/mailbox'
import { anAccount, noon } from '../builders.ts'

export const mailboxId = 'm'.repeat(43)
export const idOf = (n = 1): string => `${mailboxId}.${String(n).padStart(22, 'c')}`

/** A mailbox that has never sent. */
export const aMailbox = (some: Partial<Mailbox> = {}): Mailbox => ({ ...newMailbox(mailboxId, anAccount(1)), ...some })

/** A campaign of ten rows that is running, of which nothing has been sent. */
export const aCampaign = (some: Partial<Campaign> = {}, n = 1): Campaign => ({
  id: campaignItem(idOf(n)),
  kind: 'campaign',
  mailboxId,
  campaignId: idOf(n),
  name: 'Test',
  from: null,
  mode: 'draft',
  language: 'en',
  state: 'running',
  why: null,
  fingerprint: 'f',
  footer: true,
  licensedUntil: null,
  list: 'list',
  total: 10,
  skipped: 0,
  recipients: some.total ?? 10,
  cursor: 0,
  again: [],
  retryFrom: null,
  counts: { sent: 0, failed: 0, unknown: 0 },
  lately: '',
  bytes: 1000,
  createdAt: noon.toISOString(),
  startAt: null,
  startedAt: null,
  endedAt: null,
  movedAt: noon.toISOString(),
  isEmptied: false,
  isSwept: false,
  ...some,
})

/** The ledger item of the first row, which is being sent under no claim that anybody knows. */
export const aRow = (some: Partial<Ledger> = {}): Ledger => ({
  id: ledgerItem(some.campaignId ?? idOf(), some.position ?? 1),
  kind: 'row',
  mailboxId,
  campaignId: idOf(),
  position: 1,
  row: some.position ?? 1,
  to: 'p@x.example',
  state: 'pending',
  attempts: 0,
  claim: null,
  draft: null,
  at: noon.toISOString(),
  why: null,
  isFinal: false,
  ttl: 1000,
  ...some,
})

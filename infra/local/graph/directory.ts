import { cast, everybody, tenants } from '../identity/cast.ts'

/** What a mailbox does with the id of a draft that is sent, and with one that is sent again (E2: both have been seen). */
export interface Behaviour {
  /** `survives`: the id finds the copy in Sent Items. `replaced`: it finds nothing, the copy has another. */
  idAfterSend: 'survives' | 'replaced'
  /** What a second send of something that was sent does. */
  secondSend: 'not_found' | 'sent_again'
  /** How far `$filter` is behind. */
  indexLagSeconds: number
}

/** A mailbox, of a person or shared. */
export interface Mailbox extends Behaviour {
  /** In lower case; what it is known by here. */
  address: string
  name: string
  /** Whose it is; null of a shared mailbox. */
  account: { tenantId: string; objectId: string } | null
  /** `blocked`: nothing leaves it any more. `gone`: there is none behind the account. */
  state: 'open' | 'blocked' | 'gone'
  /** Of a shared mailbox: who may send as it, or on its behalf. */
  delegates: Record<string, 'send_as' | 'send_on_behalf'>
}

/** What is said of a new mailbox; the rest is as `defaults` say. */
export type NewMailbox = Pick<Mailbox, 'address'> & Partial<Mailbox>

/** The mailboxes of this machine: the people of the cast, some shared ones, and whoever a test adds. */
export class Directory {
  /** How new mailboxes behave. */
  readonly defaults: Behaviour
  readonly #mailboxes = new Map<string, Mailbox>()
  readonly #byAccount = new Map<string, string>()
  readonly #changed: (mailbox: Mailbox) => void

  constructor(defaults: Partial<Behaviour>, changed: (mailbox: Mailbox) => void) {
    this.defaults = { idAfterSend: 'survives', secondSend: 'not_found', indexLagSeconds: 0, ...defaults }
    this.#changed = changed
    for (const person of everybody.filter(({ kind }) => kind === 'member' || kind === 'personal')) {
      // An address that was given away is its new owner's: who had it before has no mailbox.
      const { mail: address, name, tenantId, objectId } = person
      this.#put({ ...this.#like({ address }), name, account: { tenantId, objectId } })
    }
    for (const { address, ...rest } of shared) this.#put({ ...this.#like({ address }), ...rest })
  }

  /** Every mailbox, in the order in which they were made. */
  all = (): Mailbox[] => [...this.#mailboxes.values()]

  /** The mailbox with this address. */
  get = (address: string): Mailbox | undefined => this.#mailboxes.get(address.toLowerCase())

  /** The mailbox of an account. */
  of(tenantId: string, objectId: string): Mailbox | undefined {
    return this.get(this.#byAccount.get(keyOf(tenantId, objectId)) ?? '')
  }

  /** Makes a mailbox, or changes the one with this address. */
  set(wish: NewMailbox): Mailbox {
    const mailbox = { ...(this.get(wish.address) ?? this.#like(wish)), ...wish, address: wish.address.toLowerCase() }
    this.#put(mailbox)
    this.#changed(mailbox)
    return mailbox
  }

  /** Lets a mailbox send as a shared one, on its behalf, or no longer. */
  permit(sharedAddress: string, delegate: string, right: 'send_as' | 'send_on_behalf' | 'none'): void {
    const { delegates = {} } = this.get(sharedAddress) ?? {}
    const others = Object.entries(delegates).filter(([address]) => address !== delegate.toLowerCase())
    const kept: Mailbox['delegates'] = Object.fromEntries(others)
    if (right !== 'none') kept[delegate.toLowerCase()] = right
    this.set({ address: sharedAddress, delegates: kept })
  }

  #like({ address }: Pick<Mailbox, 'address'>): Mailbox {
    return { address, name: address, account: null, state: 'open', delegates: {}, ...this.defaults }
  }

  #put(mailbox: Mailbox): void {
    const before = this.#mailboxes.get(mailbox.address)?.account
    if (before) this.#byAccount.delete(keyOf(before.tenantId, before.objectId))
    const { account } = mailbox
    if (account) this.#byAccount.set(keyOf(account.tenantId, account.objectId), mailbox.address)
    this.#mailboxes.set(mailbox.address, mailbox)
  }
}

const keyOf = (tenantId: string, objectId: string): string => `${tenantId} ${objectId}`.toLowerCase()

const shared: (Pick<Mailbox, 'address' | 'name'> & Partial<Mailbox>)[] = [
  {
    address: `events@${tenants.contoso.domain}`,
    name: 'Contoso Events',
    delegates: { [cast.olivia.mail]: 'send_as', [cast.amir.mail]: 'send_on_behalf' },
  },
  { address: `board@${tenants.contoso.domain}`, name: 'Contoso Board' },
  { address: `info@${tenants.fabrikam.domain}`, name: 'Fabrikam', delegates: { [cast.kim.mail]: 'send_as' } },
]

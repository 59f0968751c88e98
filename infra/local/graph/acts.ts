import type { Behaviour, Mailbox, NewMailbox } from './directory.ts'
import type { Parts } from './route.ts'

/** What people and administrators do, which no app can. What is not possible is said with an Error. */
export class Acts {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Makes a mailbox, or changes one. */
  setMailbox(wish: NewMailbox): Mailbox {
    return this.#kept(() => this.#parts.directory.set(wish))
  }

  /** Makes a mailbox behave in one of the ways that have been seen of Exchange. */
  behave(address: string, behaviour: Partial<Behaviour>): void {
    this.setMailbox({ address: this.#must(address).address, ...behaviour })
  }

  /** Blocks a mailbox as Microsoft does with one that it takes for a spammer's, opens it, or takes it away. */
  setState(address: string, state: Mailbox['state']): void {
    this.setMailbox({ address: this.#must(address).address, state })
  }

  /** Lets one mailbox send as another, on its behalf, or no longer. */
  permit(shared: string, delegate: string, right: 'send_as' | 'send_on_behalf' | 'none'): void {
    this.#must(shared)
    this.#kept(() => this.#parts.directory.permit(shared, delegate, right))
  }

  /** From now on a mail to this address is refused as a whole; or no longer. */
  refuseAddress(address: string, refused = true): void {
    if (refused) this.#parts.refusedAddresses.add(address.toLowerCase())
    else this.#parts.refusedAddresses.delete(address.toLowerCase())
  }

  /** The person sends mail of their own, to so many: it counts for the day, and no app knows of it. */
  sendOwnMail(address: string, recipients: number): void {
    this.#parts.limits.ownMail(this.#must(address).address, recipients)
  }

  /** The person deletes a message; `forever` also out of Deleted Items. */
  deleteMessage(address: string, id: string, forever = false): void {
    const { store, now } = this.#parts
    const message = store.get(this.#must(address).address, id)
    if (!message) throw new Error('there is no such message')
    this.#kept(() => {
      if (forever) store.remove(message)
      else store.put({ ...message, folder: 'deleteditems', changedAt: now().getTime() })
    })
  }

  #must(address: string): Mailbox {
    const mailbox = this.#parts.directory.get(address)
    if (!mailbox) throw new Error(`there is no mailbox ${address}`)
    return mailbox
  }

  #kept<T>(act: () => T): T {
    const done = act()
    this.#parts.store.save()
    return done
  }
}

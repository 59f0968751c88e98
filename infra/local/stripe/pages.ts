import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Acts } from './acts.ts'
import type { Events } from './events.ts'
import type { Faults } from './faults.ts'
import type { Store } from './store.ts'

/** What pages and control routes show and do. */
export interface Shown {
  store: Store
  act: Acts
  events: Events
  faults: Faults
  tick: () => void
  time: () => Date
  origin: string
}

/** Everything that is not the API: the buyer's page, the billing page, the seller's desk, and `/_local/…`. */
export const pages =
  (_shown: Shown) =>
  async (_request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.writeHead(404).end()
  }

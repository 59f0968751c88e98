import { type Envelope, Queue as Today } from '@securemailmerge/shared/azure/queue'
import { laterMessage } from './later.ts'

/** A queue as the later version sends to it. */
export class Queue extends Today {
  override send(body: unknown, envelope?: Envelope): Promise<void> {
    return super.send(laterMessage(body), envelope)
  }
}

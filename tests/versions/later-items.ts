import { type Item, Items as Today, type Write } from '@securemailmerge/shared/azure/items'
import { laterItem } from './later.ts'

/** A container as the later version writes to it. */
export class Items extends Today {
  override upsert(item: Item): Promise<void> {
    return super.upsert(laterItem(item))
  }

  override exchange(partition: string, item: Item, etag: string): Promise<string | undefined> {
    return super.exchange(partition, laterItem(item), etag)
  }

  override write(partition: string, writes: Write[]): Promise<string[] | undefined> {
    return super.write(partition, writes.map(later))
  }
}

function later(write: Write): Write {
  if ('create' in write) return { create: laterItem(write.create) }
  return 'replace' in write ? { ...write, replace: laterItem(write.replace) } : write
}

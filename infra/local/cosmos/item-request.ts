/** What can be done with items. */
export const ITEM_OPERATIONS = ['read', 'query', 'create', 'upsert', 'replace', 'delete', 'patch', 'batch'] as const

/** A request on items, as faults and counts tell them apart. A query across partitions has no `partitionKey`. */
export interface ItemRequest {
  container: string
  operation: (typeof ITEM_OPERATIONS)[number]
  partitionKey?: string
}

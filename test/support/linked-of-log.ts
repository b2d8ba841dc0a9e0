import type { FindLinkedCustomers } from '#commands/privacy/documents-of-person.ts'
import type { InMemoryEventStore } from './in-memory-event-store.ts'

/** Finds linked customers by reading the whole log: what the read model of links should find. */
export function linkedOfLog(store: InMemoryEventStore): FindLinkedCustomers {
  return async (organisation, customerId) => {
    const links = new Map<unknown, Set<string>>()
    for (const { type, data, metadata } of store.log) {
      if (metadata.organisation !== organisation || typeof data['customerId'] !== 'string') continue
      const link = links.get(data['linkId']) ?? new Set<string>()
      if (type === 'CustomerLinked') links.set(data['linkId'], link.add(data['customerId']))
      if (type === 'CustomerUnlinked') link.delete(data['customerId'])
    }
    const person = new Set([customerId])
    // Each round goes one link further: as many as there are links reach the furthest.
    for (const _ of links) {
      for (const link of links.values()) {
        if ([...link].some((id) => person.has(id))) for (const id of link) person.add(id)
      }
    }
    return [...person].filter((id) => id !== customerId)
  }
}

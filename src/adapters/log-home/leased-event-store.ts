import type { EventStore } from '#log/event-store.ts'
import type { WriteLease } from './write-lease.ts'

/** The store, appended to only while this process holds its lease. */
export function leased(store: EventStore, lease: WriteLease): EventStore {
  const leasedStore: EventStore = {
    kind: store.kind,
    append: (stream, events, expected) =>
      lease.during(() => store.append(stream, events, expected)),
    readStream: (stream, options) => store.readStream(stream, options),
    readAll: (options) => store.readAll(options),
    readMany: (references) => store.readMany(references),
    readBytes: (references) => store.readBytes(references),
    subscribe: (subscription) => store.subscribe(subscription),
    head: () => store.head(),
    comparePositions: (a, b) => store.comparePositions(a, b),
    async close() {
      await lease.close()
      await store.close()
    },
  }
  return leasedStore
}

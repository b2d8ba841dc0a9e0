import process from 'node:process'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { appendLoad } from '../support/append-load.ts'

const store = new EventStoreDbEventStore({
  connectionString: process.env['BENCH_EVENTSTOREDB_URL'] ?? '',
})
await appendLoad((stream, event, revision) =>
  store.append(stream, [event], revision === 0 ? 'no_stream' : revision - 1),
)
await store.close()

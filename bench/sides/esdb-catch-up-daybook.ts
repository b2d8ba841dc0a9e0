import process from 'node:process'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import type { Position } from '#log/event-store.ts'
import { peakMemoryMb, report } from '../support/compare.ts'

/** Catch-up by the adapter's subscription. */
const wanted = Number(process.env['BENCH_ESDB_EVENTS'])
const after = `${process.env['BENCH_ESDB_COMMIT']}:${process.env['BENCH_ESDB_PREPARE']}` as Position
const store = new EventStoreDbEventStore({
  connectionString: process.env['BENCH_EVENTSTOREDB_URL'] ?? '',
})
const started = performance.now()
const stopping = new AbortController()
let events = 0
for await (const batch of store.subscribe({ after, signal: stopping.signal })) {
  events += batch.events.length
  if (events >= wanted) break
}
report({ rate: events / ((performance.now() - started) / 1000), rssMb: peakMemoryMb() })
stopping.abort()
await store.close()

import process from 'node:process'
import { EventStoreDBClient, excludeSystemEvents } from '@eventstore/db-client'
import { peakMemoryMb, report } from '../support/compare.ts'

/** Catch-up by the client's own subscription, its events only counted. */
const wanted = Number(process.env['BENCH_ESDB_EVENTS'])
const fromPosition = {
  commit: BigInt(process.env['BENCH_ESDB_COMMIT'] ?? 0),
  prepare: BigInt(process.env['BENCH_ESDB_PREPARE'] ?? 0),
}
const client = EventStoreDBClient.connectionString(process.env['BENCH_EVENTSTOREDB_URL'] ?? '')
const started = performance.now()
let events = 0
const subscription = client.subscribeToAll({ fromPosition, filter: excludeSystemEvents() })
await new Promise<void>((resolve, reject) => {
  subscription.on('error', reject)
  subscription.on('data', () => {
    events += 1
    if (events === wanted) resolve()
  })
})
report({ rate: events / ((performance.now() - started) / 1000), rssMb: peakMemoryMb() })
await subscription.unsubscribe()
await client.dispose()

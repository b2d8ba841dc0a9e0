import process from 'node:process'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { LogCopy } from '#log/copy-log.ts'
import type { Position } from '#log/event-store.ts'
import { peakMemoryMb, report } from '../support/compare.ts'
import { startEmptyNode } from '../support/eventstoredb-server.ts'
import { openStore } from '../support/open-store.ts'

const count = process.env['BENCH_COPY_EVENTS'] ?? ''
const { database, store } = await openStore()
const node = await startEmptyNode()
const target = new EventStoreDbEventStore({ connectionString: node.url })
const copy = new LogCopy(store, target)
const ended = new AbortController()
const began = performance.now()
await copy.begin()
// Positions in PostgreSQL count its events.
copy.endAt(count as Position)
const following = copy.follow(ended.signal)
const proof = await copy.proven(count as Position, ended.signal)
const seconds = (performance.now() - began) / 1000
ended.abort()
await following
report({ rate: (proof?.count ?? Number.NaN) / seconds, rssMb: peakMemoryMb() })
await target.close()
await node.stop()
await store.close()
await database.close()

import process from 'node:process'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import type { StoredEvent } from '#log/event-store.ts'
import { report } from '../support/compare.ts'
import { startEmptyNode } from '../support/eventstoredb-server.ts'
import { openStore } from '../support/open-store.ts'

/** Events that one append of the copy takes at most. */
const LARGEST_RUN = 500

const maxCount = Number(process.env['BENCH_COPY_EVENTS'])
const { database, store } = await openStore()
const runs: StoredEvent[][] = []
for await (const page of store.readAll({ maxCount })) {
  for (const event of page) {
    const last = runs.at(-1)
    if (last?.[0]?.stream === event.stream && last.length < LARGEST_RUN) last.push(event)
    else runs.push([event])
  }
}
await store.close()
await database.close()
const node = await startEmptyNode()
const client = EventStoreDBClient.connectionString(node.url)
const began = performance.now()
for (const run of runs) {
  const [first] = run
  if (first === undefined) continue
  const made = run.map(({ id, type, data, metadata }) =>
    jsonEvent({ id, type, data, metadata: { ...metadata } }),
  )
  await client.appendToStream(first.stream, made, {
    expectedRevision: first.revision === 0 ? 'no_stream' : BigInt(first.revision - 1),
  })
}
const seconds = (performance.now() - began) / 1000
report({ rate: runs.reduce((sum, run) => sum + run.length, 0) / seconds })
await client.dispose()
await node.stop()

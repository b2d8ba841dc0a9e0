import process from 'node:process'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { appendLoad } from '../support/append-load.ts'

const client = EventStoreDBClient.connectionString(process.env['BENCH_EVENTSTOREDB_URL'] ?? '')
await appendLoad((stream, { id, type, data, metadata }, revision) =>
  client.appendToStream(stream, jsonEvent({ id, type, data, metadata: { ...metadata } }), {
    expectedRevision: revision === 0 ? 'no_stream' : BigInt(revision - 1),
  }),
)
await client.dispose()

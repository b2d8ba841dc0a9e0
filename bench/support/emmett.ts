import process from 'node:process'
import { getPostgreSQLEventStore } from '../peers/node_modules/@event-driven-io/emmett-postgresql/dist/index.js'

/** emmett-postgresql as its documentation opens it, with its tables made. */
export async function openEmmett(url: string = process.env['BENCH_PEER_DATABASE_URL'] ?? '') {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  return store
}

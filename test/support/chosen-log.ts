import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { realServer, testNode } from './eventstoredb.ts'

/**
 * Where the log of an end-to-end test is. Tests say nothing of it and get PostgreSQL; the files in
 * `in-eventstoredb` folders run the same tests again on the other log, each in a process of its own.
 */
let chosen: 'PostgreSQL' | 'EventStoreDB' = 'PostgreSQL'

export function chooseEventStoreDb(): void {
  chosen = 'EventStoreDB'
}

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

/**
 * What a server's environment needs for the chosen log: a node of the test's own. With EVENTSTOREDB_FRESH it is
 * the server of EVENTSTOREDB_URL, which must be empty: events of other tests are under keys that are gone.
 */
export async function logEnvironment(t: Teardown): Promise<Record<string, string>> {
  if (chosen === 'PostgreSQL') return {}
  if (realServer === undefined || process.env['EVENTSTOREDB_FRESH'] === undefined) {
    return { EVENTSTOREDB_URL: (await testNode(t)).connectionString }
  }
  const store = new EventStoreDbEventStore({ connectionString: realServer })
  const head = await store.head()
  await store.close()
  if (head === undefined) return { EVENTSTOREDB_URL: realServer }
  throw new Error('The log of EVENTSTOREDB_URL is not empty: start a fresh server for each file')
}

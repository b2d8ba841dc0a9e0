import pg from 'pg'
import { connectionConfig } from '#adapters/database/connection.ts'

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

/** A connection of the test's own, which may be cut without a word; it ends with the test. */
export async function openClient(t: Teardown, url: string): Promise<pg.Client> {
  const client = new pg.Client(connectionConfig(url, { name: 'a test' }))
  client.on('error', () => undefined)
  await client.connect()
  t.teardown(() => client.end().catch(() => undefined))
  return client
}

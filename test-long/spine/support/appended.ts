import pino from 'pino'
import type { Test } from 'tap'
import { openDatabase } from '#adapters/database/open-database.ts'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { readConfig } from '#config'
import type { EventStore, Position } from '#log/event-store.ts'
import type { TestServer } from '#test/support/server.ts'

/**
 * Counts the events in a server's log itself: on a busy machine what a server has indexed is behind it
 * by thousands, and servers are away when they are killed.
 */
export async function countAppended(t: Test, server: TestServer): Promise<() => Promise<number>> {
  const log = await logOf(t, server)
  let count = 0
  let from: Position | undefined
  return async () => {
    for await (const page of log.readAll(from === undefined ? {} : { from })) {
      count += page.length
      from = page.at(-1)?.position ?? from
    }
    return count
  }
}

async function logOf(t: Test, { environment }: TestServer): Promise<EventStore> {
  const config = readConfig(environment)
  const connectionString = config.eventStoreDbUrl
  if (connectionString !== undefined) {
    const log = new EventStoreDbEventStore({ connectionString })
    t.teardown(() => log.close())
    return log
  }
  const log = pino({ level: 'silent' })
  const database = await openDatabase(config, { log, what: 'a test' })
  t.teardown(() => database.close())
  return new PostgresEventStore({ database })
}

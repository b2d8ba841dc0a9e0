import { randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import type { Database } from '#adapters/database/database.ts'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import type { EventStore } from '#log/event-store.ts'
import { privatePostgres } from '#test/support/private-postgres.ts'
import { TestServer } from '#test/support/server.ts'
import type { Log } from './logs.ts'

/** Servers that share one database and one log, and a view of that log from outside. */
export interface SharedLog {
  /** A further server; it ends with the test. */
  readonly server: () => TestServer
  readonly store: EventStore
  readonly database: Database
  /** Where that PostgreSQL keeps its files. */
  readonly dataDir: string
  readonly environment: Readonly<Record<string, string>>
}

/** A PostgreSQL of the test's own, which outlives the servers that are killed. */
export async function sharedLog(
  t: Test,
  log: Log,
  more: Readonly<Record<string, string>> = {},
): Promise<SharedLog | undefined> {
  const logEnvironment = await log.environment(t)
  if (logEnvironment === undefined) return undefined
  const { url, dataDir } = await privatePostgres(t)
  const environment = {
    DATABASE_URL: url,
    DAYBOOK_MASTER_KEY: randomBytes(32).toString('base64'),
    ...logEnvironment,
    ...more,
  }
  const { roles } = await migrate(url)
  const connections = { reader: 2, writer: 2, engine: 2 }
  const database = postgresDatabase({ url, roles, connections, queryDeadlineMs: 600_000 })
  t.teardown(() => database.close())
  const connectionString = logEnvironment['EVENTSTOREDB_URL']
  const store =
    connectionString === undefined
      ? new PostgresEventStore({ database })
      : new EventStoreDbEventStore({ connectionString })
  t.teardown(() => store.close())
  return {
    store,
    database,
    dataDir,
    environment,
    server() {
      const server = new TestServer(environment)
      t.teardown(() => server.remove())
      return server
    },
  }
}

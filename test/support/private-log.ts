import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { Database } from '#adapters/database/database.ts'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { privatePostgres } from './private-postgres.ts'

/** The log on a PostgreSQL of the test's own, which may be killed. */
export interface PrivateLog {
  readonly url: string
  readonly database: Database
  /** A further store on it; whoever asks closes it. */
  readonly open: () => PostgresEventStore
  /** As kill -9 does; resolves when PostgreSQL runs again. */
  readonly restart: () => Promise<void>
}

export async function privateLog(t: Pick<Test, 'teardown'>): Promise<PrivateLog> {
  const server = await privatePostgres(t)
  const { roles } = await migrate(server.url)
  const database = postgresDatabase({
    url: server.url,
    roles,
    connections: { reader: 2, writer: 6, engine: 2 },
    queryDeadlineMs: 15_000,
  })
  t.teardown(() => database.close())
  return {
    url: server.url,
    database,
    open: () => new PostgresEventStore({ database, deadlineMs: 60_000 }),
    async restart() {
      const killed = server.pid()
      process.kill(killed, 'SIGKILL')
      while (server.pid() === killed) await sleep(20)
    },
  }
}

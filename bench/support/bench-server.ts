import pg from 'pg'
import { connectionConfig, withDatabase } from '#adapters/database/connection.ts'
import { startEmbeddedPostgres } from '#adapters/database/embedded/embedded-postgres.ts'
import { migrate } from '#adapters/database/migrate.ts'

export interface BenchServer {
  /** A fresh database on the one server that all sides share; with Daybook's schema when asked. */
  database(options?: { readonly migrated?: boolean }): Promise<string>
  stop(): Promise<void>
}

/** The embedded PostgreSQL, as Daybook runs it, in a folder that goes with the bench. */
export async function startBenchServer(dataDir: string): Promise<BenchServer> {
  const server = await startEmbeddedPostgres({ dataDir, what: 'bench' })
  let made = 0
  return {
    async database({ migrated = false } = {}) {
      const name = `bench_${++made}`
      const client = new pg.Client(connectionConfig(server.url, { name: 'bench' }))
      await client.connect()
      await client.query(`create database ${name}`)
      await client.end()
      const url = withDatabase(server.url, name)
      if (migrated) await migrate(url)
      return url
    },
    stop: () => server.stop(),
  }
}

import type { Logger } from 'pino'
import type { Config } from '#config'
import type { Database } from './database.ts'
import type { EmbeddedPostgres } from './embedded/embedded-postgres.ts'
import { shareEmbeddedPostgres } from './embedded/share.ts'
import type { EmbeddedEvent } from './embedded/supervise.ts'
import { asDatabaseError, DatabaseUnavailable } from './errors.ts'
import { migrate } from './migrate.ts'
import { postgresDatabase } from './postgres-database.ts'

export interface OpenDatabaseOptions {
  readonly log: Logger
  /** Who opens it, as others on the same data folder are told: `daybook server`. */
  readonly what: string
}

/**
 * The database that the configuration names, migrated and ready: the server of `DATABASE_URL`, or the
 * embedded one, shared with the other processes on the data folder: it ends with the last of them.
 *
 * @throws EmbeddedPostgresError, SchemaTooNew, MissingPrivileges, DatabaseUnavailable: each
 *   says what to do.
 */
export async function openDatabase(
  config: Pick<Config, 'dataDir' | 'databaseUrl' | 'limits'>,
  options: OpenDatabaseOptions,
): Promise<Database> {
  const { log } = options
  const server = await findServer(config, options)
  try {
    const { roles, applied } = await migrate(server.url)
    if (applied.length > 0) log.info({ migrations: applied }, 'database migrated')
    const { limits } = config
    const database = postgresDatabase({
      url: server.url,
      roles,
      connections: {
        reader: limits.readerConnections,
        writer: limits.writerConnections,
        engine: limits.engineConnections,
      },
      queryDeadlineMs: limits.queryDeadlineMs,
      onLost: ({ message }) => log.warn({ reason: message }, 'idle database connection lost'),
    })
    return {
      ...database,
      async close() {
        await database.close()
        await server.stop()
      },
    }
  } catch (error) {
    await server.stop()
    throw config.databaseUrl === undefined ? error : unreachable(error, config.databaseUrl)
  }
}

async function findServer(
  config: Pick<Config, 'dataDir' | 'databaseUrl'>,
  { log, what }: OpenDatabaseOptions,
): Promise<Pick<EmbeddedPostgres, 'url' | 'stop'>> {
  const { dataDir, databaseUrl } = config
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: async () => undefined }
  return shareEmbeddedPostgres({ dataDir, what, report: (event) => tell(log, event) })
}

function tell(log: Logger, { what, detail }: EmbeddedEvent): void {
  const bad = what === 'died' || what === 'start failed'
  log[bad ? 'error' : 'info']({ detail }, `embedded PostgreSQL ${what}`)
}

/** At the start there is nobody to come back later: say where it was looked for. */
function unreachable(error: unknown, url: string): unknown {
  const mapped = asDatabaseError(error)
  if (!(mapped instanceof DatabaseUnavailable)) return error
  const { host, pathname } = new URL(url)
  const cause = mapped.cause instanceof Error ? mapped.cause : mapped
  return new DatabaseUnavailable(
    `The PostgreSQL of DATABASE_URL (${host}${pathname}) cannot be reached: ${cause.message || String(cause)}. ` +
      'Start it or mend the URL; without DATABASE_URL an embedded one is used.',
    { cause },
  )
}

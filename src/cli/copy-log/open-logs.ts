import type { Logger } from 'pino'
import type { Database } from '#adapters/database/database.ts'
import { openDatabase } from '#adapters/database/open-database.ts'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { copyingDatabase } from '#adapters/log-home/copying-database.ts'
import { placeOf } from '#adapters/log-home/home.ts'
import type { Config } from '#config'
import { LogUnavailable } from '#log/errors.ts'
import type { EventStore } from '#log/event-store.ts'
import { CommandLineError } from '../command-line-error.ts'

/** One of the two logs of a copy. */
export interface OpenLog {
  readonly store: EventStore
  /** For people. */
  readonly place: string
  /** Of a log in PostgreSQL. */
  readonly database: Database | undefined
  close(): Promise<void>
}

export interface OpenLogs {
  readonly from: OpenLog
  readonly to: OpenLog
  /** Of the installation whose log it is: it says where the log is, and keeps the read models. */
  readonly home: Database
  /** The read models stay where they are: the log copied to is in EventStoreDB, or in the same database. */
  readonly staysHome: boolean
  close(): Promise<void>
}

/** Long enough for a server to be restarted beside a copy. */
const DEADLINE_MS = 120_000
const REACH_MS = 15_000

/**
 * Opens the logs that `--from` and `--to` name: a URL, `postgres` for the PostgreSQL of the configuration, or
 * `eventstoredb` for its EVENTSTOREDB_URL.
 *
 * @throws CommandLineError when a name is no log, both are one, or one cannot be reached.
 */
export async function openLogs(
  config: Config,
  logger: Logger,
  names: { readonly from: string; readonly to: string },
): Promise<OpenLogs> {
  const opening = { log: logger, what: 'daybook log copy' }
  let configured: Promise<Database> | undefined
  const openConfigured = (): Promise<Database> => (configured ??= openDatabase(config, opening))
  const opened: OpenLog[] = []
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((log) => log.close()))
    await (await configured?.catch(() => undefined))?.close()
  }
  try {
    for (const option of ['from', 'to'] as const) {
      opened.push(await openLog(config, logger, openConfigured, option, names[option]))
    }
    const [from, to] = opened as [OpenLog, OpenLog]
    await checkPair(from, to)
    const home = from.database ?? (await openConfigured())
    const staysHome = to.database === undefined || (await areSame(home, to.database))
    return { from, to, home, staysHome, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openLog(
  config: Config,
  logger: Logger,
  openConfigured: () => Promise<Database>,
  option: 'from' | 'to',
  name: string,
): Promise<OpenLog> {
  if (name === 'postgres' || name === config.databaseUrl) {
    const { databaseUrl } = config
    const place = databaseUrl === undefined ? 'the embedded PostgreSQL' : placeOf(databaseUrl)
    return inPostgres(await openConfigured(), place)
  }
  const url = name === 'eventstoredb' ? config.eventStoreDbUrl : name
  if (url === undefined) {
    throw new CommandLineError('usage', `--${option} eventstoredb needs EVENTSTOREDB_URL to be set`)
  }
  if (/^esdb(\+discover)?:\/\/\S+$/.test(url)) return openEventStoreDb(option, url)
  if (/^postgres(ql)?:\/\/\S+$/.test(url) && URL.canParse(url)) {
    return openPostgres(config, logger, option, url)
  }
  throw new CommandLineError(
    'usage',
    `--${option} must be esdb://host:2113?tls=false, postgres://user:password@host:5432/daybook, or one of the words postgres and eventstoredb for what the configuration names`,
  )
}

function inPostgres(database: Database, place: string): OpenLog {
  const store = new PostgresEventStore({
    database: copyingDatabase(database),
    deadlineMs: DEADLINE_MS,
  })
  return { store, place, database, close: () => store.close() }
}

async function openPostgres(
  config: Config,
  logger: Logger,
  option: string,
  url: string,
): Promise<OpenLog> {
  const place = placeOf(url)
  const opening = { ...config, databaseUrl: url }
  const database = await openDatabase(opening, { log: logger, what: 'daybook log copy' }).catch(
    (cause: unknown) => {
      throw unreachable(option, place, cause)
    },
  )
  const log = inPostgres(database, place)
  return {
    ...log,
    async close() {
      await log.close()
      await database.close()
    },
  }
}

async function openEventStoreDb(option: string, url: string): Promise<OpenLog> {
  const place = placeOf(url)
  await reach(option, url)
  const store = new EventStoreDbEventStore({ connectionString: url, deadlineMs: DEADLINE_MS })
  return { store, place, database: undefined, close: () => store.close() }
}

/** A name that is mistyped shall be told at once. */
async function reach(option: string, url: string): Promise<void> {
  let probe: EventStoreDbEventStore
  try {
    probe = new EventStoreDbEventStore({ connectionString: url, deadlineMs: REACH_MS })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new CommandLineError('usage', `--${option} cannot be used: ${why}`)
  }
  try {
    await probe.head()
  } catch (cause) {
    throw unreachable(option, placeOf(url), cause)
  } finally {
    await probe.close()
  }
}

function unreachable(option: string, place: string, cause: unknown): CommandLineError {
  const deepest =
    cause instanceof LogUnavailable && cause.cause instanceof Error ? cause.cause : cause
  const why = deepest instanceof Error ? deepest.message : String(deepest)
  return new CommandLineError('failure', `--${option} ${place} cannot be opened: ${why}`)
}

async function checkPair(from: OpenLog, to: OpenLog): Promise<void> {
  if (from.database === undefined && to.database === undefined) {
    throw new CommandLineError(
      'usage',
      'One of --from and --to must be a PostgreSQL: between two EventStoreDBs, use their own replication, or copy by way of PostgreSQL',
    )
  }
  if (from.database === undefined || to.database === undefined) return
  if (await areSame(from.database, to.database)) {
    throw new CommandLineError('usage', '--from and --to are the same log: name another one')
  }
}

async function areSame(one: Database, other: Database): Promise<boolean> {
  return (await identityOf(one)) === (await identityOf(other))
}

/** However its URL is written; databases copied from one template differ in their names. */
async function identityOf({ engine }: Database): Promise<string> {
  const { rows } = await engine.query<{ identity: string }>(
    `select concat_ws(' ', home.id, d.datname, d.oid) as identity
     from log.home, pg_database d where d.datname = current_database()`,
  )
  return rows[0]?.identity ?? ''
}

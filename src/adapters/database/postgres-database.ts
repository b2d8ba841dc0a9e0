import { hostname } from 'node:os'
import process from 'node:process'
import { Kysely, PostgresDialect } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import pg from 'pg'
import type { ReadModels } from '#projections/read-models.ts'
import { type ConnectionSettings, connectionConfig } from './connection.ts'
import type { Database, Role } from './database.ts'
import { asDatabaseError } from './errors.ts'
import { keepLease, leaseSettings } from './lease.ts'
import type { RoleNames } from './roles.ts'

export interface PostgresDatabaseOptions {
  readonly url: string
  readonly roles: RoleNames
  readonly connections: Readonly<Record<Role, number>>
  /** Longest single statement of a query, in milliseconds. */
  readonly queryDeadlineMs: number
  /** Told of idle connections that the server ended; they are replaced by themselves. */
  readonly onLost?: (error: Error) => void
}

/** How much longer than its statement's deadline a server may be silent before it counts as gone. */
const SILENCE_MS = 2000
/** No statement of a command comes near this: a server that is silent for so long is gone. */
const WRITER_DEADLINE_MS = 60_000

/**
 * Commands look everything up by key. A plan made while a table was small would read all of it for ever
 * after, since statistics come late to tables that grow fast.
 */
const byKey = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off', jit: 'off' }

/** The pools of one login, one for each role; connects when first used. */
export function postgresDatabase(options: PostgresDatabaseOptions): Database {
  const { url, roles, connections } = options
  // Once it is being closed, the server may end connections before their pools do.
  let closing = false
  const onLost = (error: Error): void => {
    if (!closing) options.onLost?.(error)
  }
  const pool = (role: Role, settings: ConnectionSettings = {}, more: pg.PoolConfig = {}) =>
    makePool(
      {
        ...connectionConfig(url, { role: roles[role], name: `daybook ${role}`, ...settings }),
        max: connections[role],
        ...more,
      },
      onLost,
    )
  const reader = pool(
    'reader',
    {
      settings: {
        default_transaction_read_only: 'on',
        statement_timeout: `${options.queryDeadlineMs}`,
      },
    },
    { pipeline: true, query_timeout: options.queryDeadlineMs + SILENCE_MS },
  )
  const writer = pool('writer', { settings: byKey }, { query_timeout: WRITER_DEADLINE_MS })
  const engine = pool('engine')
  return {
    program: `${hostname()}:${process.pid}`,
    writer,
    engine,
    query: (organisation, run) => queryAs(reader, organisation, run),
    async connect(role, options = {}) {
      const { pipeline = false, name = `daybook ${role}`, lease = false, silenceMs } = options
      const settings = { ...(role === 'writer' && byKey), ...(lease && leaseSettings) }
      const client = new pg.Client({
        ...connectionConfig(url, { role: roles[role], name, settings }),
        pipeline: pipeline || lease,
        ...(silenceMs !== undefined && { query_timeout: silenceMs }),
      })
      client.on('error', ignore)
      try {
        await client.connect()
      } catch (error) {
        throw asDatabaseError(error)
      }
      if (lease) keepLease(client)
      return client
    },
    async close() {
      closing = true
      await Promise.all([reader.end(), writer.end(), engine.end()])
    },
  }
}

// Whoever uses the connection hears of its end from the query that fails; without a listener the
// process would end.
const ignore = (): void => undefined

function makePool(config: pg.PoolConfig, onLost: (error: Error) => void): pg.Pool {
  const pool = new pg.Pool({ ...config, idleTimeoutMillis: 60_000 })
  pool.on('error', onLost)
  pool.on('connect', (client) => client.on('error', ignore))
  return pool
}

/**
 * One read-only transaction with one snapshot. Its statements are pipelined: the beginning travels with
 * the first query, and nobody waits for the end.
 */
async function queryAs<T>(
  pool: pg.Pool,
  organisation: string,
  run: (db: ReadonlyKysely<ReadModels>) => Promise<T>,
): Promise<T> {
  let client: pg.PoolClient
  try {
    client = await pool.connect()
  } catch (error) {
    throw asDatabaseError(error)
  }
  const begun = client.query(
    `begin isolation level repeatable read read only; select set_config('daybook.organisation', ${pg.escapeLiteral(organisation)}, true)`,
  )
  // Awaited with the answer; until then a failure must not count as unhandled.
  begun.catch(ignore)
  try {
    const answer = await run(onOneConnection(client))
    await begun
    return answer
  } catch (error) {
    throw asDatabaseError(
      await begun.then(
        () => error,
        (cause: unknown) => cause,
      ),
    )
  } finally {
    client.query('commit').then(
      () => client.release(),
      () => client.release(true),
    )
  }
}

function onOneConnection(client: pg.PoolClient): ReadonlyKysely<ReadModels> {
  const connection = {
    query: client.query.bind(client),
    release: ignore,
  }
  const pool = { connect: async () => connection, end: async () => undefined, options: {} }
  return new Kysely<ReadModels>({ dialect: new PostgresDialect({ pool }) }) as never
}

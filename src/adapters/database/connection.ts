import type pg from 'pg'
import { valueParsers } from './value-parsers.ts'

/** How a connection is opened: in a role, in UTC, under a name that shows in pg_stat_activity. */
export interface ConnectionSettings {
  /** Absent: the login itself. */
  readonly role?: string
  readonly name?: string
  /** Further settings of the session, e.g. `statement_timeout`. */
  readonly settings?: Readonly<Record<string, string>>
}

/** How long opening a connection, or waiting for a free one, may take. */
export const CONNECT_DEADLINE_MS = 5000

/**
 * When a machine vanishes without a word, the other side learns of it within a minute: here by Node's
 * probes (ten, a second apart), there by the server's, which would otherwise keep sessions for hours.
 */
const PROBE_AFTER_MS = 10_000
const serverProbes = { tcp_keepalives_idle: '10', tcp_keepalives_interval: '5' }

/** Configuration of a `pg` client or pool for one login and role. */
export function connectionConfig(url: string, settings: ConnectionSettings = {}): pg.ClientConfig {
  const session: Record<string, string> = {
    ...(settings.role === undefined ? {} : { role: settings.role }),
    timezone: 'UTC',
    datestyle: 'ISO',
    ...serverProbes,
    ...settings.settings,
  }
  const target = new URL(url)
  const options = Object.entries(session).map(
    ([name, value]) => `-c ${name}=${escapeOption(value)}`,
  )
  const given = target.searchParams.get('options')
  target.searchParams.set('options', [...(given === null ? [] : [given]), ...options].join(' '))
  return {
    connectionString: target.toString(),
    application_name: settings.name ?? 'daybook',
    connectionTimeoutMillis: CONNECT_DEADLINE_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: PROBE_AFTER_MS,
    types: valueParsers,
  }
}

/** The database that a URL names. */
export function databaseName(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1))
}

/** The same server and login, another database. */
export function withDatabase(url: string, database: string): string {
  const target = new URL(url)
  target.pathname = `/${encodeURIComponent(database)}`
  return target.toString()
}

function escapeOption(value: string): string {
  return value.replace(/[\\ ]/g, String.raw`\$&`)
}

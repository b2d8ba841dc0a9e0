import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connectionConfig, withDatabase } from '#adapters/database/connection.ts'
import type { Database } from '#adapters/database/database.ts'
import { findEmbeddedPostgres } from '#adapters/database/embedded/embedded-postgres.ts'
import { isAlive } from '#adapters/database/embedded/process-identity.ts'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { prepareRoles, type RoleNames } from '#adapters/database/roles.ts'
import { READY_FILE, SERVER_FOLDER } from './database-server-folder.ts'

/** What of a tap test is needed here. */
interface Teardown {
  teardown(run: () => void | Promise<void>): void
}

export interface TestDatabase {
  readonly database: Database
  /** Of the login, which is a member of all three roles and owns the database; never a superuser. */
  readonly url: string
  readonly roles: RoleNames
  /** Connections as the login, to look at things from outside. */
  readonly login: pg.Pool
}

/**
 * A fresh, migrated database of this test's own on the real PostgreSQL that all test files share;
 * dropped when the test ends. Takes about 50 ms once the server runs.
 */
export async function testDatabase(t: Teardown): Promise<TestDatabase> {
  const server = await sharedServer()
  const template = await templateDatabase(server)
  const url = await freshDatabase(t, server, `template ${pg.escapeIdentifier(template)}`)
  // A copy keeps the roles of its template; what they may do with the database itself is not copied.
  const roles = await prepareRoles(url)
  const database = postgresDatabase({
    url,
    roles,
    connections: { reader: 4, writer: 4, engine: 4 },
    queryDeadlineMs: 15_000,
  })
  const login = new pg.Pool({ ...connectionConfig(url, { name: 'test' }), max: 4 })
  login.on('error', () => undefined)
  t.teardown(async () => {
    await Promise.all([login.end(), database.close()])
  })
  return { database, url, roles, login }
}

/** A fresh database without anything in it, for tests of what sets one up. */
export async function emptyDatabase(t: Teardown): Promise<string> {
  return freshDatabase(t, await sharedServer(), '')
}

async function freshDatabase(t: Teardown, server: string, clause: string): Promise<string> {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`
  const url = withDatabase(server, name)
  await onServer(server, (admin) => admin.query(`create database ${name} ${clause}`))
  t.teardown(() => dropDatabase(server, name))
  return url
}

/**
 * Ends the login's sessions in a database and drops it. Not `with (force)`: that is refused while
 * autovacuum, which is the superuser's, happens to be there; a plain drop sends it away.
 *
 * @param url Of any other database of the server.
 */
export async function dropDatabase(url: string, name: string): Promise<void> {
  await onServer(url, async (client) => {
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = $1 and usename = current_user`,
      [name],
    )
    await client.query(`drop database if exists ${pg.escapeIdentifier(name)}`)
  })
}

/** The migrated database that others are copied from; made again when a migration changed. */
async function templateDatabase(server: string): Promise<string> {
  const name = `template_${migrationsHash()}`
  await onServer(server, async (admin) => {
    const exists = async () =>
      (await admin.query('select from pg_database where datname = $1', [name])).rowCount === 1
    if (await exists()) return
    await admin.query(`select pg_advisory_lock(hashtextextended('template', 0))`)
    if (await exists()) return
    const unfinished = `${name}_new`
    await dropDatabase(server, unfinished)
    await admin.query(`create database ${unfinished}`)
    await migrate(withDatabase(server, unfinished))
    await admin.query(`alter database ${unfinished} rename to ${name}`)
  })
  return name
}

function migrationsHash(): string {
  const folder = new URL('../../migrations/', import.meta.url)
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).toSorted()) {
    hash.update(file).update(readFileSync(new URL(file, folder)))
  }
  return hash.digest('hex').slice(0, 12)
}

const SERVER_DEADLINE_MS = 60_000

/** URL of the shared server, which is started when it does not run. */
async function sharedServer(): Promise<string> {
  const end = performance.now() + SERVER_DEADLINE_MS
  for (;;) {
    const running = await findEmbeddedPostgres(SERVER_FOLDER)
    // Its keeper tidies up before others may come.
    if (running !== undefined && keeperIsReady()) return running.url
    if (performance.now() > end) {
      const log = readOrEmpty(keeperLog()).slice(-2000)
      throw new Error(`The PostgreSQL of the tests does not start:\n${log}`)
    }
    if (running === undefined) startKeeper()
    await sleep(running === undefined ? 300 : 30)
  }
}

function keeperIsReady(): boolean {
  const ready = Number(readOrEmpty(READY_FILE))
  return ready > 0 && isAlive(ready)
}

function startKeeper(): void {
  mkdirSync(SERVER_FOLDER, { recursive: true, mode: 0o711 })
  const log = openSync(keeperLog(), 'a')
  const script = new URL('./database-server.ts', import.meta.url).pathname
  spawn(process.execPath, [script], {
    detached: true,
    stdio: ['ignore', log, log],
    // tap's loaders are of no use to it.
    env: { PATH: process.env['PATH'] ?? '', TMPDIR: process.env['TMPDIR'] },
  }).unref()
}

function keeperLog(): string {
  return path.join(SERVER_FOLDER, 'keeper.log')
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

async function onServer<T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionConfig(url, { name: 'test' }))
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await run(client)
  } finally {
    await client.end()
  }
}

import { rmSync, writeFileSync } from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { connectionConfig } from '#adapters/database/connection.ts'
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '#adapters/database/embedded/embedded-postgres.ts'
import { FolderInUse } from '#adapters/database/embedded/folder-lock.ts'
import { dropDatabase } from './database.ts'
import { IDLE_MS, KEEPER, READY_FILE, SERVER_FOLDER } from './database-server-folder.ts'

/**
 * Keeps the PostgreSQL that all test files of this checkout share: started in the background by the
 * first file that needs it, it ends when nobody has used it for a while. Not for data: nothing is synced.
 */
const settings = { fsync: 'off', full_page_writes: 'off', max_connections: '200' }

async function start(): Promise<EmbeddedPostgres> {
  const options = { dataDir: SERVER_FOLDER, what: 'the PostgreSQL of the tests', settings }
  try {
    return await startEmbeddedPostgres(options)
  } catch (error) {
    if (error instanceof FolderInUse) throw error
    // Without syncing, a crash of the machine leaves rubbish.
    rmSync(SERVER_FOLDER, { recursive: true, force: true })
    return startEmbeddedPostgres(options)
  }
}

async function dropLeftovers(url: string, client: pg.Client): Promise<void> {
  const { rows: databases } = await client.query<{ name: string }>(
    `select datname as name from pg_database where datname ~ '^(test|template)_' order by 1`,
  )
  for (const { name } of databases) {
    await dropDatabase(url, name)
  }
  const { rows: roles } = await client.query<{ name: string }>(
    `select rolname as name from pg_roles where rolname ~ '^(test|template)_'`,
  )
  for (const { name } of roles) {
    await client.query(`drop role if exists ${pg.escapeIdentifier(name)}`)
  }
}

/** How often the keeper looks who is connected. */
const LOOK_MS = 2000

/** Whether anybody but the keeper is connected. */
async function isUsed(url: string): Promise<boolean> {
  const client = new pg.Client(connectionConfig(url, { name: KEEPER }))
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rowCount } = await client.query(
      'select from pg_stat_activity where usename = current_user and application_name <> $1',
      [KEEPER],
    )
    return rowCount !== 0
  } catch {
    // It is being started again.
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Until nobody has used it for a while, and nobody new is let in. */
async function untilUnused(url: string): Promise<void> {
  for (;;) {
    writeFileSync(READY_FILE, `${process.pid}`)
    for (let usedAt = performance.now(); performance.now() - usedAt < IDLE_MS; ) {
      await sleep(LOOK_MS)
      if (await isUsed(url)) usedAt = performance.now()
    }
    rmSync(READY_FILE, { force: true })
    // Whoever saw that it was ready may only be about to connect.
    await sleep(LOOK_MS)
    if (!(await isUsed(url))) return
  }
}

try {
  const server = await start()
  // Of a keeper that was killed: nobody is let in before what it left is dropped.
  rmSync(READY_FILE, { force: true })
  const client = new pg.Client(connectionConfig(server.url, { name: KEEPER }))
  await client.connect()
  await dropLeftovers(server.url, client)
  await client.end()
  process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
  await untilUnused(server.url)
  await server.stop()
} catch (error) {
  if (!(error instanceof FolderInUse)) throw error
}

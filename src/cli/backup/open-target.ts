import path from 'node:path'
import type { Logger } from 'pino'
import type { Database } from '#adapters/database/database.ts'
import { openDatabase } from '#adapters/database/open-database.ts'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { type MasterKeys, readMasterKeys } from '#adapters/keys/master-keys.ts'
import { copyingDatabase } from '#adapters/log-home/copying-database.ts'
import { placeOf } from '#adapters/log-home/home.ts'
import type { Config } from '#config'
import { BackupRefused } from './manifest.ts'
import type { Target } from './restore-backup.ts'

/** Long enough for a server to be restarted beside a restore. */
const DEADLINE_MS = 120_000

/**
 * Runs something on the installation of a configuration that no program works with: its log may be closed
 * to all others.
 *
 * @throws BackupRefused when there is no master key: one that is made now would open nothing.
 * @throws MasterKeyError when they are malformed or open to others.
 */
export async function withTarget<T>(
  config: Config,
  logger: Logger,
  run: (target: Target) => Promise<T>,
): Promise<T> {
  const masterKeys = await masterKeysOf(config)
  const database = await openDatabase(config, { log: logger, what: 'daybook restore' })
  try {
    const { store, place } = await openLog(config, database)
    try {
      return await run({ config, database, store, place, masterKeys })
    } finally {
      await store.close()
    }
  } finally {
    await database.close()
  }
}

async function masterKeysOf({ masterKeys: configured, dataDir }: Config): Promise<MasterKeys> {
  const found = await readMasterKeys({ configured, dataDir })
  if (found !== undefined) return found
  const file = path.resolve(dataDir, 'master.key')
  throw new BackupRefused(
    `The master key that the backup was made under is needed: put it back as ${file} (mode 600), or give it as DAYBOOK_MASTER_KEY`,
  )
}

async function openLog({ eventStoreDbUrl, databaseUrl }: Config, database: Database) {
  if (eventStoreDbUrl === undefined) {
    const place = databaseUrl === undefined ? 'the embedded PostgreSQL' : placeOf(databaseUrl)
    const store = new PostgresEventStore({
      database: copyingDatabase(database),
      deadlineMs: DEADLINE_MS,
    })
    return { store, place }
  }
  const store = new EventStoreDbEventStore({
    connectionString: eventStoreDbUrl,
    deadlineMs: DEADLINE_MS,
  })
  try {
    await store.check()
    return { store, place: placeOf(eventStoreDbUrl) }
  } catch (error) {
    await store.close()
    throw error
  }
}

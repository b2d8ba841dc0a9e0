import { access, chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'
import { noteMaintenance } from '#adapters/database/note-maintenance.ts'
import { knownMigrations } from '#adapters/database/migrate.ts'
import { noteErasures } from '#adapters/keys/erasure-list.ts'
import { KEYS_EXPORT } from '#adapters/keys/export-keys.ts'
import { importKeys } from '#adapters/keys/import-keys.ts'
import { HASH_KEYS } from '#adapters/keys/keyed-hash.ts'
import { type MasterKeys, openMasterKeys } from '#adapters/keys/master-keys.ts'
import { closeForRestore, openRestored } from '#adapters/log-home/restore-home.ts'
import type { Config } from '#config'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { importLog } from '#log/import.ts'
import { type CheckedBackup, recordsOf } from './check-backup.ts'
import { type Erasures, gatherErasures, withoutErased } from './erasures.ts'
import { readBackupFile } from './files.ts'
import { assertProved, BackupRefused, type Manifest } from './manifest.ts'
import { CREDENTIALS, insertRows, RECORDS, type TableRow } from './records.ts'
import { tablesDecided } from './tables.ts'

/** Where a backup is restored to. */
export interface Target {
  readonly config: Config
  readonly database: Database
  /** Passes the fence that keeps all others from appending. */
  readonly store: EventStore
  /** Where that is, for people. */
  readonly place: string
  /** As they were given: the database has not been asked whether they fit. */
  readonly masterKeys: MasterKeys
}

export interface Restored {
  readonly manifest: Manifest
  /** Events that an earlier, interrupted restore had brought already. */
  readonly alreadyThere: number
  /** Subjects of the restored keys and of the lists that are erased now. */
  readonly erased: number
  /** Of these, those whose key the file still held: they were erased after it was written. */
  readonly erasedSince: number
  /** The last erasure known of; undefined when nobody was ever erased. */
  readonly lastErasure: string | undefined
  /** Whether passwords and keys of programs came back. */
  readonly credentials: 'restored' | 'left out'
  /** What became of the callers' tokens. */
  readonly tokens: 'restored' | 'kept those that were there' | 'in the configuration' | 'none'
}

/**
 * Puts a backup that was checked into an empty installation. From the first write to the last nobody
 * else can work there; when it is broken off, the same restore goes on where it was. Keys on a list of
 * erasures are left out before anything is written, so that they never stand in the database.
 *
 * @throws BackupRefused when the installation is not empty, somebody works on it, or the backup is of a
 *   later program; nothing was written then, but for which master key is in use. LogMoved, MoveRefused,
 *   KeyUnavailable, ImportRefused. KeysRefused when a master key is missing: give it, and restore again.
 */
export async function restoreBackup(
  target: Target,
  backup: CheckedBackup,
  actor: string,
  onProgress: (events: number) => void,
): Promise<Restored> {
  const { manifest, files, erasures } = backup
  const { config, database, store } = target
  await assertKnown(manifest)
  assertProved(target.masterKeys, manifest)
  // Only now: whoever opens keys for the first time writes down which of them is in use.
  const { masterKeys: configured, dataDir } = config
  const masterKeys = await openMasterKeys({ configured, dataDir, database: database.writer })
  const guard = await database.connect('engine', { name: 'daybook restore' })
  try {
    const kind = store.kind
    const place = `a backup that is being restored (${manifest.proof.slice(0, 12)})`
    await closeForRestore(guard, { kind, place }, () => assertEmpty(guard, store))
    const { text, since } = withoutErased(recordsOf(KEYS_EXPORT, files.keys), erasures)
    const keys = await importKeys(database.writer, masterKeys, text)
    await listErasures(config.erasuresFile, erasures)
    const { alreadyThere } = await importLog(store, readBackupFile(files.log), { onProgress })
    const tokens = await restoreTokens(config, files.tokens)
    await finish(guard, target, backup, actor)
    return {
      manifest,
      alreadyThere,
      erased: keys.erased,
      erasedSince: since(),
      lastErasure: [...erasures.values()].toSorted().at(-1),
      credentials: files.credentials === undefined ? 'left out' : 'restored',
      tokens,
    }
  } finally {
    await guard.end().catch(() => undefined)
  }
}

async function assertKnown({ migrations, program }: Manifest): Promise<void> {
  const known = new Set(await knownMigrations())
  const unknown = migrations.filter((name) => !known.has(name))
  if (unknown.length === 0) return
  throw new BackupRefused(
    `The backup is of a later Daybook (${program}), which has ${unknown.join(', ')}: restore it with that one`,
  )
}

/** Somebody who was heard of so short a time ago may still be at work, in milliseconds. */
const SILENT_MS = 15_000

/** What a first start leaves behind is nothing to lose: a restore replaces it. */
const isHeld: Readonly<Record<string, string>> = {
  'daybook.subject_key': `not starts_with(subject, '${HASH_KEYS}')`,
  'daybook.key_history': `action <> 'first'`,
}

async function assertEmpty(client: pg.ClientBase, store: EventStore): Promise<void> {
  const { rows: owners } = await client.query<{ owner: string }>(
    `select owner from daybook.process_checkpoint
     where owner is not null and heartbeat > clock_timestamp() - $1 * interval '1 millisecond'
     union select owner from daybook.projection_loop
     where owner is not null and heartbeat > clock_timestamp() - $1 * interval '1 millisecond'`,
    [SILENT_MS],
  )
  if (owners.length > 0) {
    const names = owners.map(({ owner }) => owner).join(', ')
    throw new BackupRefused(`${names} works on this installation: end every server of it first`)
  }
  const held = (await store.head()) === undefined ? [] : [`the log in ${store.kind}`]
  for (const table of [
    'log.events',
    'daybook.subject_key',
    ...tablesDecided('records'),
    ...tablesDecided('credentials'),
  ]) {
    const { rowCount } = await client.query(
      `select from ${table} where ${isHeld[table] ?? true} limit 1`,
    )
    if (rowCount !== 0) held.push(table)
  }
  if (held.length === 0) return
  throw new BackupRefused(
    `This installation is not empty: there is something in ${held.join(', ')}. Restore into a new database and, where the log is in EventStoreDB, a new store`,
  )
}

/** The next restore must know of them too. */
async function listErasures(file: string, erasures: Erasures): Promise<void> {
  const known = await gatherErasures([file])
  const unknown = [...erasures].filter(([subject]) => !known.has(subject))
  await noteErasures(
    file,
    unknown.map(([subject, erasedAt]) => ({ subject, erasedAt })),
  )
}

async function restoreTokens(
  { tokens, dataDir }: Config,
  from: string | undefined,
): Promise<Restored['tokens']> {
  if (tokens !== undefined) return 'in the configuration'
  if (from === undefined) return 'none'
  const file = path.join(dataDir, 'tokens.json')
  const text = await readFile(from)
  const isThere = await access(file).then(
    () => true,
    () => false,
  )
  if (isThere) return text.equals(await readFile(file)) ? 'restored' : 'kept those that were there'
  await mkdir(dataDir, { recursive: true })
  await writeFile(`${file}.new`, text, { mode: 0o600, flush: true })
  await chmod(`${file}.new`, 0o600)
  await rename(`${file}.new`, file)
  return 'restored'
}

/** All of it or nothing: with the commit the installation is open. */
async function finish(
  client: pg.Client,
  { store, place }: Target,
  { manifest, files, erasures }: CheckedBackup,
  actor: string,
): Promise<void> {
  const positions = await positionsAt(store, Object.values(manifest.processes))
  await client.query('begin')
  try {
    for (const [process, ordinal] of Object.entries(manifest.processes)) {
      await client.query(
        `insert into daybook.process_checkpoint as there (process, position) values ($1, $2)
         on conflict (process) do update set position = excluded.position, epoch = there.epoch + 1`,
        [process, positions.get(ordinal) ?? null],
      )
    }
    // What was written down when the keys were opened here; it would stand where the history goes on.
    await client.query('delete from daybook.key_history')
    await insertRows(client, recordsOf<TableRow>(RECORDS.format, files.records))
    if (files.credentials !== undefined) {
      const rows = recordsOf<TableRow>(CREDENTIALS.format, files.credentials)
      await insertRows(client, ofNobodyErased(rows, erasures))
    }
    const { head, sha256 } = manifest.log
    const done = { ordinal: head?.ordinal ?? 0, sha256, backupBegunAt: manifest.startedAt }
    await noteMaintenance(client, { type: 'InstallationRestored', data: done }, actor)
    await openRestored(client, { kind: store.kind, place })
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Whoever was erased since has no password any more. */
async function* ofNobodyErased(
  rows: AsyncIterable<TableRow>,
  erasures: Erasures,
): AsyncGenerator<TableRow> {
  for await (const one of rows) {
    const { user_id: userId } = one.row as { readonly user_id?: string }
    if (userId === undefined || !erasures.has(`${INSTALLATION}/${userId}`)) yield one
  }
}

/** Where the events with these ordinals stand in this store. */
async function positionsAt(
  store: EventStore,
  ordinals: readonly number[],
): Promise<ReadonlyMap<number, Position>> {
  const wanted = new Set(ordinals)
  const found = new Map<number, Position>()
  const maxCount = Math.max(0, ...ordinals)
  if (maxCount === 0) return found
  let ordinal = 0
  for await (const page of store.readAll({ maxCount })) {
    for (const { position } of page) {
      ordinal += 1
      if (wanted.has(ordinal)) found.set(ordinal, position)
    }
  }
  return found
}

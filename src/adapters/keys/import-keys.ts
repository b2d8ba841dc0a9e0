import type pg from 'pg'
import { KeyUnavailable } from '#log/errors.ts'
import { type Format, readHashedLines } from '#log/hashed-lines.ts'
import { type ExportedKey, KEYS_EXPORT } from './export-keys.ts'
import { keyInUse, opens } from './key-in-use.ts'
import { HASH_KEYS } from './keyed-hash.ts'
import type { MasterKeys } from './master-keys.ts'
import { REWRAP_LOCK } from './rewrap-keys.ts'
import { unwrap, wrap } from './wrapped-key.ts'
import { openedKey, type WrappedKey } from './wrapped-key-rows.ts'

/** The keys of the file cannot be used here; none was taken. */
export class KeysRefused extends Error {
  override readonly name = 'KeysRefused'
}

export interface ImportedKeys {
  /** Subjects in the file. */
  readonly count: number
  /** Those of them that were not known here. */
  readonly added: number
  /** Those of them whose key was destroyed, here or there: an erasure is never taken back. */
  readonly erased: number
}

const PAGE = 1000

/** What a file is taken into. */
interface Taking {
  readonly client: pg.ClientBase
  readonly masterKeys: MasterKeys
  /** Fingerprint of the master key that all of it is wrapped by here. */
  readonly inUse: string
  /** Nobody is known here yet, so that nothing hangs on the hashes of here either. */
  readonly isFresh: boolean
}

/**
 * Takes the keys of an export: all or none, wrapped by the master key in use here. What is here already
 * stays; a key that was destroyed in one of the two places is destroyed. Safe to repeat. Where nobody is
 * known yet, keyed hashes become those of the file; programs that run here know them from their next start.
 *
 * @throws BrokenFile when the file is damaged.
 * @throws KeysRefused when a key was wrapped by a master key that is not at hand, or a subject has
 *   another key here, or many keys are being changed at this moment.
 */
export async function importKeys(
  pool: pg.Pool,
  masterKeys: MasterKeys,
  input: AsyncIterable<string | Uint8Array>,
): Promise<ImportedKeys> {
  await keyInUse(pool, masterKeys)
  const client = await pool.connect()
  try {
    await client.query('begin')
    const taking = await begin(client, masterKeys)
    const imported = { count: 0, added: 0, erased: 0 }
    for await (const page of pagesOf(KEYS_EXPORT, input)) {
      const { added, erased } = await take(taking, page)
      imported.count += page.length
      imported.added += added
      imported.erased += erased
    }
    await client.query('commit')
    client.release()
    return imported
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    client.release(true)
    throw error
  }
}

/** From here on no master key comes into use, and nobody wraps many keys anew. */
async function begin(client: pg.ClientBase, masterKeys: MasterKeys): Promise<Taking> {
  const { rows: lock } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_xact_lock(${REWRAP_LOCK}) as locked`,
  )
  if (lock[0]?.locked !== true) {
    throw new KeysRefused(
      'Keys are being wrapped anew, or taken from another file, at this moment: try again when that is done',
    )
  }
  const { rows } = await client.query<Pick<Taking, 'inUse'>>(
    'select in_use as "inUse" from daybook.master_key for share',
  )
  const { rows: people } = await client.query(
    'select from daybook.subject_key where not starts_with(subject, $1) limit 1',
    [HASH_KEYS],
  )
  const inUse = rows[0]?.inUse ?? ''
  await masterKeys.find(inUse)
  return { client, masterKeys, inUse, isFresh: people.length === 0 }
}

async function* pagesOf(
  format: Format,
  input: AsyncIterable<string | Uint8Array>,
): AsyncGenerator<readonly ExportedKey[]> {
  let page: ExportedKey[] = []
  for await (const record of readHashedLines(format, input)) {
    page.push(record as ExportedKey)
    if (page.length < PAGE) continue
    yield page
    page = []
  }
  yield page
}

/** A key of the file, opened; undefined when it was destroyed. */
async function openedOf(
  masterKeys: MasterKeys,
  exported: ExportedKey,
): Promise<Buffer | undefined> {
  const { subject, masterKey } = exported
  if (exported.wrapped === null) return undefined
  const wrapped = Buffer.from(exported.wrapped, 'base64')
  try {
    if (typeof masterKey === 'string') {
      return await openedKey(masterKeys, { subject, wrapped, masterKey })
    }
    const fitting = masterKeys.all.find((key) => opens(key, subject, wrapped)) ?? masterKeys.newest
    return unwrap(fitting.bytes, subject, wrapped)
  } catch (error) {
    const which = error instanceof KeyUnavailable ? `, ${masterKey}` : ''
    throw new KeysRefused(
      `The key of ${subject} was wrapped by another master key${which}. Give the one that belongs to the file beside those of here (DAYBOOK_MASTER_KEY, or master.key in the data folder)`,
      { cause: error },
    )
  }
}

async function take(
  taking: Taking,
  page: readonly ExportedKey[],
): Promise<{ readonly added: number; readonly erased: number }> {
  const { client, masterKeys, inUse } = taking
  const opened = new Map<string, Buffer | undefined>()
  for (const key of page) opened.set(key.subject, await openedOf(masterKeys, key))
  const { bytes } = await masterKeys.find(inUse)
  const wrapped = page.map((key) => {
    const plain = opened.get(key.subject)
    if (plain === undefined || key.masterKey === inUse) return key.wrapped
    return wrap(bytes, key.subject, plain).toString('base64')
  })
  const file = page.map((key, i) => ({ ...key, wrapped: wrapped[i] }))
  const json = JSON.stringify(file)
  const added = await insertMissing(client, json, inUse)
  await assertSame(taking, page, opened)
  return { added, erased: await erase(client, json) }
}

const FILE = `(select f->>'subject' as subject, decode(f->>'wrapped', 'base64') as wrapped,
  (f->>'createdAt')::timestamptz as created_at, (f->>'destroyedAt')::timestamptz as destroyed_at
  from json_array_elements($1) as f) as file`

async function insertMissing(client: pg.ClientBase, json: string, inUse: string): Promise<number> {
  const { rowCount } = await client.query(
    `insert into daybook.subject_key (subject, wrapped, created_at, destroyed_at, master_key)
     select file.*, case when file.wrapped is not null then $2 end from ${FILE}
     on conflict (subject) do nothing`,
    [json, inUse],
  )
  return rowCount ?? 0
}

/** Two wrappings of one key differ: what is in them is compared. */
async function assertSame(
  { client, masterKeys, inUse, isFresh }: Taking,
  page: readonly ExportedKey[],
  opened: ReadonlyMap<string, Buffer | undefined>,
): Promise<void> {
  const { rows } = await client.query<WrappedKey>(
    `select k.subject, k.wrapped, coalesce(k.master_key, m.first) as "masterKey"
     from daybook.subject_key k, daybook.master_key m where k.subject = any($1::text[])`,
    [page.map(({ subject }) => subject)],
  )
  for (const row of rows) {
    const there = opened.get(row.subject)
    if (there === undefined || row.wrapped === null) continue
    const here = await openedKey(masterKeys, row)
    if (here === undefined || here.equals(there)) continue
    if (!isFresh || !row.subject.startsWith(HASH_KEYS)) {
      throw new KeysRefused(`${row.subject} has another key here than in the file`)
    }
    const { bytes } = await masterKeys.find(inUse)
    await client.query(
      'update daybook.subject_key set wrapped = $2, master_key = $3 where subject = $1',
      [row.subject, wrap(bytes, row.subject, there), inUse],
    )
  }
}

/** Answers how many of the file are destroyed now. */
async function erase(client: pg.ClientBase, json: string): Promise<number> {
  await client.query(
    `update daybook.subject_key here
     set wrapped = null, master_key = null, destroyed_at = file.destroyed_at
     from ${FILE} where here.subject = file.subject and file.wrapped is null and here.wrapped is not null`,
    [json],
  )
  const { rows } = await client.query<{ erased: number }>(
    `select count(*)::integer as erased from ${FILE}
     join daybook.subject_key here on here.subject = file.subject and here.wrapped is null`,
    [json],
  )
  return rows[0]?.erased ?? 0
}

import type pg from 'pg'
import { type Format, readHashedLines } from '#log/hashed-lines.ts'
import { type ExportedKey, KEYS_EXPORT } from './export-keys.ts'
import { unwrap } from './wrapped-key.ts'

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

/**
 * Takes the keys of an export: all or none. What is here already stays; a key that was destroyed in one
 * of the two places is destroyed. Safe to repeat.
 *
 * @throws BrokenFile when the file is damaged.
 * @throws KeysRefused when a key was wrapped by another master key, or a subject has another key here.
 */
export async function importKeys(
  pool: pg.Pool,
  masterKey: Buffer,
  input: AsyncIterable<string | Uint8Array>,
): Promise<ImportedKeys> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const imported = { count: 0, added: 0, erased: 0 }
    for await (const page of pagesOf(KEYS_EXPORT, input)) {
      for (const key of page) assertOpens(masterKey, key)
      const { added, erased } = await take(client, page)
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

function assertOpens(masterKey: Buffer, { subject, wrapped }: ExportedKey): void {
  if (wrapped === null) return
  try {
    unwrap(masterKey, subject, Buffer.from(wrapped, 'base64'))
  } catch (error) {
    throw new KeysRefused(
      `The key of ${subject} was wrapped by another master key. Give the one that belongs to the file (DAYBOOK_MASTER_KEY, or master.key in the data folder)`,
      { cause: error },
    )
  }
}

async function take(
  client: pg.ClientBase,
  keys: readonly ExportedKey[],
): Promise<{ readonly added: number; readonly erased: number }> {
  const file = `(select f->>'subject' as subject, decode(f->>'wrapped', 'base64') as wrapped,
    (f->>'createdAt')::timestamptz as created_at, (f->>'destroyedAt')::timestamptz as destroyed_at
    from json_array_elements($1) as f) as file`
  const json = [JSON.stringify(keys)]
  const { rowCount: added } = await client.query(
    `insert into daybook.subject_key (subject, wrapped, created_at, destroyed_at)
     select file.* from ${file} on conflict (subject) do nothing`,
    json,
  )
  const { rows: others } = await client.query<{ subject: string }>(
    `select file.subject from ${file} join daybook.subject_key here on here.subject = file.subject
     where here.wrapped <> file.wrapped limit 1`,
    json,
  )
  if (others[0] !== undefined) {
    throw new KeysRefused(`${others[0].subject} has another key here than in the file`)
  }
  await client.query(
    `update daybook.subject_key here set wrapped = null, destroyed_at = file.destroyed_at
     from ${file} where here.subject = file.subject and file.wrapped is null and here.wrapped is not null`,
    json,
  )
  const { rows } = await client.query<{ erased: number }>(
    `select count(*)::integer as erased from ${file}
     join daybook.subject_key here on here.subject = file.subject and here.wrapped is null`,
    json,
  )
  return { added: added ?? 0, erased: rows[0]?.erased ?? 0 }
}

import type pg from 'pg'
import { type Format, type Summary, writeHashedLines } from '#log/hashed-lines.ts'

/** One line of an export: a subject's key as it is stored, wrapped by a master key. */
export interface ExportedKey {
  /** `<organisation>/<subject id>`; or `$hash/…` for what keyed hashes are made with. */
  readonly subject: string
  /** Base64; null when the key was destroyed. */
  readonly wrapped: string | null
  /** Fingerprint of the master key that opens it; absent in files from before there could be several. */
  readonly masterKey?: string | null
  /** Instants in UTC. */
  readonly createdAt: string
  readonly destroyedAt: string | null
}

export const KEYS_EXPORT: Format = { format: 'daybook keys', version: 1 }

const PAGE = 1000

/**
 * The subjects' keys as JSON lines (log/hashed-lines.ts), in the order of subjects. They open with the
 * master keys, which are not among them. Exported after the log they are all that the log needs.
 */
export function exportKeys(pool: pg.Pool): AsyncGenerator<string, Summary> {
  return writeHashedLines(KEYS_EXPORT, pages(pool))
}

async function* pages(pool: pg.Pool): AsyncGenerator<readonly ExportedKey[]> {
  let after = ''
  for (;;) {
    const { rows } = await pool.query<ExportedKey>(
      `select subject, translate(encode(wrapped, 'base64'), E'\\n', '') as wrapped,
         case when wrapped is not null
           then coalesce(master_key, (select first from daybook.master_key)) end as "masterKey",
         created_at as "createdAt", destroyed_at as "destroyedAt"
       from daybook.subject_key where subject > $1 order by subject limit ${PAGE}`,
      [after],
    )
    yield rows
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = last.subject
  }
}

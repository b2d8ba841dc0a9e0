import type pg from 'pg'
import { type Erasure, erasureLine, readErasures } from '#adapters/keys/erasure-list.ts'
import { type ExportedKey, KEYS_EXPORT } from '#adapters/keys/export-keys.ts'
import { BrokenFile, type Summary, writeHashedLines } from '#log/hashed-lines.ts'

/** When each subject was erased first, by `<organisation>/<subject id>`. */
export type Erasures = ReadonlyMap<string, string>

const REMEDY =
  'Take the list from where it is kept apart; a line that a crash or a full disk cut off may be taken out'

/**
 * Everybody who was erased, from lists and from the key tables' tombstones: whichever of them knows of an
 * erasure, it was one.
 *
 * @throws BrokenFile naming file and line when a list is damaged.
 */
export async function gatherErasures(
  lists: readonly string[],
  tombstones: AsyncIterable<Erasure> = none(),
): Promise<Erasures> {
  const found = new Map<string, string>()
  const add = ({ subject, erasedAt }: Erasure): void => {
    const known = found.get(subject)
    if (known === undefined || erasedAt < known) found.set(subject, erasedAt)
  }
  for (const list of lists) {
    try {
      for await (const erasure of readErasures(list)) add(erasure)
    } catch (error) {
      if (!(error instanceof BrokenFile)) throw error
      throw new BrokenFile(error.line, `${error.reason}. ${REMEDY}`, list)
    }
  }
  for await (const erasure of tombstones) add(erasure)
  return found
}

async function* none(): AsyncGenerator<Erasure> {
  // Nobody else to ask.
}

const PAGE = 10_000

/** Subjects whose key the database says was destroyed. */
export async function* destroyedKeys(pool: pg.Pool): AsyncGenerator<Erasure> {
  for (let after = ''; ; ) {
    const { rows } = await pool.query<{ subject: string; destroyed_at: string }>(
      `select subject, destroyed_at from daybook.subject_key
       where wrapped is null and subject > $1 order by subject limit ${PAGE}`,
      [after],
    )
    for (const { subject, destroyed_at } of rows) {
      yield { subject, erasedAt: new Date(destroyed_at).toISOString() }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE) return
    after = last.subject
  }
}

/** As a list is written, in the order of their time. */
export function* erasureLines(erasures: Erasures): Generator<string> {
  const inOrder = [...erasures].toSorted(([, a], [, b]) => (a < b ? -1 : a > b ? 1 : 0))
  for (const [subject, erasedAt] of inOrder) yield erasureLine({ subject, erasedAt })
}

/** Keys of a file without those on a list of erasures, whose rows say when they were erased. */
export interface WithoutErased {
  readonly text: AsyncGenerator<string, Summary>
  /** How many keys the file still held, once the text was read. */
  readonly since: () => number
}

export function withoutErased(keys: AsyncIterable<ExportedKey>, erasures: Erasures): WithoutErased {
  let since = 0
  const left = new Map(erasures)
  async function* pages(): AsyncGenerator<readonly ExportedKey[]> {
    for await (const key of keys) {
      const erasedAt = erasures.get(key.subject)
      left.delete(key.subject)
      if (erasedAt === undefined || key.wrapped === null) yield [key]
      else {
        since += 1
        yield [{ ...key, wrapped: null, masterKey: null, destroyedAt: erasedAt }]
      }
    }
    // Whoever came and was erased after the backup stays erased, should they ever be written of again.
    for (const [subject, erasedAt] of left) {
      yield [{ subject, wrapped: null, createdAt: erasedAt, destroyedAt: erasedAt }]
    }
  }
  return { text: writeHashedLines(KEYS_EXPORT, pages()), since: () => since }
}

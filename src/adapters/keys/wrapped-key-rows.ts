import type pg from 'pg'
import { keyInUse } from './key-in-use.ts'
import type { MasterKey } from './master-key.ts'
import type { MasterKeys } from './master-keys.ts'
import { unwrap, wrap } from './wrapped-key.ts'

/** A row of `daybook.subject_key`. */
export interface WrappedKey {
  readonly subject: string
  /** Null when it was destroyed. */
  readonly wrapped: Buffer | null
  /** Fingerprint of the master key that it is wrapped by; null: the installation's first. */
  readonly masterKey: string | null
}

type Pool = pg.Pool

/** Those that are there, destroyed ones among them; each says its master key. */
export async function selectKeys(
  pool: Pool,
  masterKeys: MasterKeys,
  subjects: readonly string[],
): Promise<readonly WrappedKey[]> {
  const { rows } = await pool.query<WrappedKey>({
    name: 'subject-keys-select',
    text: `select subject, wrapped,
             coalesce(master_key, (select first from daybook.master_key)) as "masterKey"
           from daybook.subject_key where subject = any($1::text[])`,
    values: [subjects],
  })
  if (rows.every(({ wrapped, masterKey }) => wrapped === null || masterKey !== null)) return rows
  const { first } = await keyInUse(pool, masterKeys)
  return rows.map((row) => ({ ...row, masterKey: row.masterKey ?? first }))
}

/**
 * Commits a key for each subject that has none, and answers those that are there then. Of two processes
 * that make one at the same time the first wins, and both use it. They are wrapped by the master key in
 * use at the commit: the row that names it is shared until then.
 *
 * @throws KeyUnavailable when that one is not at hand.
 */
export async function insertKeys(
  pool: Pool,
  masterKeys: MasterKeys,
  subjects: readonly string[],
  make: (subject: string, masterKey: MasterKey) => Buffer,
): Promise<readonly WrappedKey[]> {
  const distinct = [...new Set(subjects)].toSorted() // In one order everywhere: no deadlock.
  for (;;) {
    const inUse = masterKeys.lastInUse
    const masterKey = await masterKeys.find(inUse)
    const wrapped = distinct.map((subject) =>
      wrap(masterKey.bytes, subject, make(subject, masterKey)),
    )
    const made = await insertUnder(pool, inUse, distinct, wrapped)
    if (made.inUse === inUse) {
      return [...made.rows, ...(await others(pool, masterKeys, distinct, made.rows))]
    }
    masterKeys.lastInUse = made.inUse ?? (await keyInUse(pool, masterKeys)).inUse
  }
}

/** Nothing is made when another master key is in use. */
async function insertUnder(
  pool: Pool,
  masterKey: string,
  subjects: readonly string[],
  wrapped: readonly Buffer[],
): Promise<{ readonly inUse: string | undefined; readonly rows: readonly WrappedKey[] }> {
  const { rows } = await pool.query<WrappedKey & { readonly inUse: string }>({
    name: 'subject-keys-insert',
    text: `with key as (
             select in_use from daybook.master_key for share
           ), made as (
             insert into daybook.subject_key (subject, wrapped, master_key)
             select new.subject, new.wrapped, key.in_use
             from unnest($1::text[], $2::bytea[]) as new(subject, wrapped)
             join key on key.in_use = $3
             on conflict (subject) do nothing
             returning subject, wrapped, master_key
           )
           select key.in_use as "inUse", made.subject, made.wrapped, made.master_key as "masterKey"
           from key left join made on true`,
    values: [subjects, wrapped, masterKey],
  })
  // The master key in use is told even when nothing was made.
  return { inUse: rows[0]?.inUse, rows: rows.filter(({ subject }) => subject !== null) }
}

async function others(
  pool: Pool,
  masterKeys: MasterKeys,
  subjects: readonly string[],
  made: readonly WrappedKey[],
): Promise<readonly WrappedKey[]> {
  if (made.length === subjects.length) return []
  const isMade = new Set(made.map(({ subject }) => subject))
  const rest = subjects.filter((subject) => !isMade.has(subject))
  return selectKeys(pool, masterKeys, rest)
}

/**
 * The key itself; undefined when it was destroyed, and for no other reason.
 *
 * @throws KeyUnavailable when its master key is not at hand; Error when it is not what was wrapped.
 */
export async function openedKey(
  masterKeys: MasterKeys,
  { subject, wrapped, masterKey }: WrappedKey,
): Promise<Buffer | undefined> {
  if (wrapped === null) return undefined
  if (masterKey === null) throw new Error(`The key of ${subject} says no master key`)
  return unwrap((await masterKeys.find(masterKey)).bytes, subject, wrapped)
}

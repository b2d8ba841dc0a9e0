import type pg from 'pg'
import { type MasterKey, MasterKeyError } from './master-key.ts'
import type { MasterKeys } from './master-keys.ts'
import { unwrap } from './wrapped-key.ts'

/** Fingerprints, as the database has them. */
export interface KeyInUse {
  /** Of the master key that new keys are wrapped under, whoever makes them. */
  readonly inUse: string
  /** Of the one that wrapped what says no fingerprint. */
  readonly first: string
}

/**
 * Which master key is in use; written down when nobody has done so yet. Then it is the one that wrapped
 * what is there already, or else the newest.
 *
 * @throws MasterKeyError when none of them wrapped what is there.
 */
export async function keyInUse(pool: pg.Pool, masterKeys: MasterKeys): Promise<KeyInUse> {
  const known = await readKeyInUse(pool)
  if (known !== undefined) return known
  const { id } = await firstKey(pool, masterKeys)
  await pool.query(
    `with made as (
       insert into daybook.master_key (in_use, first) values ($1, $1) on conflict do nothing returning in_use
     )
     insert into daybook.key_history (action, to_key) select 'first', in_use from made`,
    [id],
  )
  // Another process may have been quicker.
  return (await readKeyInUse(pool)) ?? { inUse: id, first: id }
}

export async function readKeyInUse(
  client: Pick<pg.ClientBase, 'query'>,
): Promise<KeyInUse | undefined> {
  const { rows } = await client.query<KeyInUse>(
    'select in_use as "inUse", first from daybook.master_key',
  )
  return rows[0]
}

async function firstKey(pool: pg.Pool, masterKeys: MasterKeys): Promise<MasterKey> {
  const { rows } = await pool.query<{ subject: string; wrapped: Buffer }>(
    'select subject, wrapped from daybook.subject_key where wrapped is not null limit 1',
  )
  const [sample] = rows
  if (sample === undefined) return masterKeys.newest
  const first = masterKeys.all.find((key) => opens(key, sample.subject, sample.wrapped))
  if (first !== undefined) return first
  throw new MasterKeyError(
    'The master key is not the one that wrapped the keys in this database. Give the key that ' +
      'belongs to it (DAYBOOK_MASTER_KEY, or master.key in the data folder).',
  )
}

export function opens({ bytes }: MasterKey, subject: string, wrapped: Buffer): boolean {
  try {
    unwrap(bytes, subject, wrapped)
    return true
  } catch {
    return false
  }
}

import type pg from 'pg'
import { readKeyInUse } from './key-in-use.ts'
import type { MasterKeys } from './master-keys.ts'

export interface MasterKeyStatus {
  /** Fingerprint. */
  readonly id: string
  /**
   * `in_use`: new keys are wrapped by it. `newer`: given, and not taken into use yet. `old`: keys are still
   * wrapped by it. `spare`: none is any more, so that it may be dropped. `missing`: keys are wrapped by it,
   * and it is not here.
   */
  readonly state: 'in_use' | 'newer' | 'old' | 'spare' | 'missing'
  /** How many keys are wrapped by it. */
  readonly keys: number
}

/** How many keys that were not destroyed are wrapped by each master key, by its fingerprint. */
export async function keysByMasterKey(
  client: Pick<pg.ClientBase, 'query'>,
): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ id: string; keys: number }>(
    `select coalesce(k.master_key, m.first) as id, count(*)::integer as keys
     from daybook.subject_key k, daybook.master_key m where k.wrapped is not null group by 1`,
  )
  return new Map(rows.map(({ id, keys }) => [id, keys]))
}

/** All that are at hand, in their order, and those that are missing. */
export async function masterKeysStatus(
  pool: pg.Pool,
  masterKeys: MasterKeys,
): Promise<readonly MasterKeyStatus[]> {
  await masterKeys.reload()
  const { inUse } = (await readKeyInUse(pool)) ?? { inUse: masterKeys.newest.id }
  const counts = await keysByMasterKey(pool)
  const given = masterKeys.all.map(({ id }) => id)
  const isBefore = (id: string): boolean => given.indexOf(id) < given.indexOf(inUse)
  const stateOf = (id: string): MasterKeyStatus['state'] => {
    if (!given.includes(id)) return 'missing'
    if (id === inUse) return 'in_use'
    if (counts.has(id)) return 'old'
    return isBefore(id) ? 'newer' : 'spare'
  }
  const ids = new Set([...given, inUse, ...counts.keys()])
  return [...ids].map((id) => ({ id, state: stateOf(id), keys: counts.get(id) ?? 0 }))
}

import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { recordKeys } from './key-history.ts'
import { keyInUse, readKeyInUse } from './key-in-use.ts'
import type { MasterKeys } from './master-keys.ts'
import { wrap } from './wrapped-key.ts'
import { openedKey, type WrappedKey } from './wrapped-key-rows.ts'

export interface Rewrapped {
  /** Fingerprint of the master key in use. */
  readonly inUse: string
  /** Keys that were wrapped anew now. */
  readonly rewrapped: number
  /** Keys that are not under it yet: some when it was interrupted. */
  readonly remaining: number
}

export interface RewrapOptions {
  /** Who asks for it. */
  readonly actor: string
  readonly signal: AbortSignal
  readonly onProgress: (progress: Rewrapped) => void
}

/** Keys in one transaction: those who write them wait for no longer than that takes. */
const PAGE = 500

/** Whoever wraps many keys anew, or takes them from a file, does so alone. */
export const REWRAP_LOCK = `hashtextextended('daybook rewrap', 0)`
const LOOK_MS = 200

/**
 * Wraps by the master key in use whatever is wrapped by another, beside running servers. It may be
 * interrupted at any point, and goes on when it is run again. A key that is destroyed meanwhile stays
 * destroyed: only what is still wrapped as it was read is replaced.
 *
 * @throws KeyUnavailable when a master key of one of them is not at hand.
 */
export async function rewrapKeys(
  pool: pg.Pool,
  masterKeys: MasterKeys,
  options: RewrapOptions,
): Promise<Rewrapped> {
  const { actor, signal, onProgress } = options
  await keyInUse(pool, masterKeys)
  const client = await pool.connect()
  try {
    await alone(client, signal)
    let progress = { ...(await left(client)), rewrapped: 0 }
    if (progress.remaining > 0 && !signal.aborted) {
      const { inUse: to, remaining: keys } = progress
      await recordKeys(client, { action: 'rewrap_began', actor, to, keys })
    }
    // Another rotation may come in between: then what is under the former key is left, and is next.
    while (progress.remaining > 0 && !signal.aborted) {
      for await (const count of rewrapAll(client, masterKeys, signal)) {
        const remaining = Math.max(0, progress.remaining - count)
        progress = { ...progress, rewrapped: progress.rewrapped + count, remaining }
        onProgress(progress)
      }
      progress = { ...progress, ...(await left(client)) }
    }
    const { rewrapped: keys, inUse: to } = progress
    if (keys > 0) await recordKeys(client, { action: 'rewrapped', actor, to, keys })
    return progress
  } finally {
    // The lock ends with the session.
    client.release(true)
  }
}

/** Looks again and again, since a statement that waits for long counts as one that is lost. */
async function alone(client: pg.ClientBase, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const { rows } = await client.query<{ locked: boolean }>(
      `select pg_try_advisory_lock(${REWRAP_LOCK}) as locked`,
    )
    if (rows[0]?.locked === true) return
    await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined)
  }
}

async function left(client: pg.ClientBase): Promise<Omit<Rewrapped, 'rewrapped'>> {
  const { rows } = await client.query<Omit<Rewrapped, 'rewrapped'>>(
    `select in_use as "inUse", (
       select count(*)::integer from daybook.subject_key
       where wrapped is not null and master_key is distinct from in_use) as remaining
     from daybook.master_key`,
  )
  return rows[0] ?? { inUse: '', remaining: 0 }
}

/** Once through all of them; answers how many each page was. */
async function* rewrapAll(
  client: pg.ClientBase,
  masterKeys: MasterKeys,
  signal: AbortSignal,
): AsyncGenerator<number> {
  for (let after = ''; !signal.aborted; ) {
    const { inUse = '' } = (await readKeyInUse(client)) ?? {}
    const { rows } = await client.query<WrappedKey & { wrapped: Buffer }>(
      `select k.subject, k.wrapped, coalesce(k.master_key, m.first) as "masterKey"
       from daybook.subject_key k, daybook.master_key m
       where k.subject > $1 and k.wrapped is not null and k.master_key is distinct from $2
       order by k.subject limit ${PAGE}`,
      [after, inUse],
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield await rewrapPage(client, masterKeys, rows, inUse)
    after = last.subject
  }
}

async function rewrapPage(
  client: pg.ClientBase,
  masterKeys: MasterKeys,
  rows: readonly (WrappedKey & { readonly wrapped: Buffer })[],
  inUse: string,
): Promise<number> {
  const { bytes } = await masterKeys.find(inUse)
  const wrapped: Buffer[] = []
  for (const row of rows) {
    const key = await openedKey(masterKeys, row)
    if (key === undefined) throw new Error(`${row.subject} was read as not destroyed`)
    wrapped.push(wrap(bytes, row.subject, key))
  }
  const { rowCount } = await client.query(
    `with key as (select in_use from daybook.master_key for share)
     update daybook.subject_key as k set wrapped = new.wrapped, master_key = key.in_use
     from key, unnest($1::text[], $2::bytea[], $3::bytea[]) as new(subject, old, wrapped)
     where key.in_use = $4 and k.subject = new.subject and k.wrapped = new.old`,
    [rows.map(({ subject }) => subject), rows.map((row) => row.wrapped), wrapped, inUse],
  )
  return rowCount ?? 0
}

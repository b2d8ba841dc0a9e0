import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { asLogin } from './as-login.ts'
import { forLog } from './failure.ts'
import { record } from './history.ts'
import type { EngineParts } from './parts.ts'
import { type Checkpoint, forgetSchema, lockCheckpoint, readCheckpoint } from './registry.ts'
import { dropSchema } from './schema.ts'
import { quoted, type Slot, schemaName } from './schema-name.ts'
import { Fenced } from './table-writer.ts'

/** What is done with the tables that go out of the live place. */
export type Fate = 'kept' | 'dropped'

type Done = Omit<
  Parameters<typeof record>[1],
  'projection' | 'fromVersion' | 'toVersion' | 'ordinal'
>

export interface SwapIn {
  readonly projection: string
  /** Of the next tables, under which the caller writes to them. */
  readonly epoch: string
  /** Brings the next tables at least as far as the live ones, which stand still meanwhile. */
  readonly prepare: (live: Checkpoint | undefined) => Promise<void>
  readonly fate: (live: Checkpoint, kept: Checkpoint | undefined) => Fate
  readonly done: Done
}

/**
 * Replaces the live tables by the next ones, and their checkpoint, in one transaction, which also writes
 * down that it was done. Readers are neither refused nor held up: schemas are only renamed.
 *
 * While the transaction holds the live checkpoint, its owner cannot write; `prepare` brings the next
 * tables at least as far, so that nobody sees time go backwards. Afterwards the owner is fenced: it has
 * to take the new tables up. What is let go of is not dropped yet: see `dropLetGo`.
 *
 * @throws Fenced when the next tables are not the caller's any more.
 */
export async function swapIn(client: pg.Client, swap: SwapIn): Promise<void> {
  const { projection, epoch, prepare, fate, done } = swap
  await dropLetGo(client, projection)
  await inTransaction(client, async () => {
    const live = await lockCheckpoint(client, projection, 'live')
    await prepare(live)
    const kept = await readCheckpoint(client, projection, 'kept')
    const next = await readCheckpoint(client, projection, 'next')
    if (live !== undefined) {
      const isKept = fate(live, kept) === 'kept'
      if (!isKept) await letGo(client, projection, 'live')
      else if (kept !== undefined) await letGo(client, projection, 'kept')
      if (isKept) await move(client, projection, 'live', 'kept')
    }
    await move(client, projection, 'next', 'live', epoch)
    await forgiveFailures(client, projection)
    // The version before, made anew, stays where it was put.
    await client.query(
      `update daybook.projection_loop set rolled_back_from = null
       where name = $1 and rolled_back_from <= $2`,
      [projection, next?.version ?? 0],
    )
    await record(client, {
      ...done,
      projection,
      fromVersion: live?.version,
      toVersion: next?.version,
      ordinal: next?.ordinal ?? 0,
    })
  })
}

export interface SwapBack extends Omit<SwapIn, 'fate'> {
  /** True when the tables that were live are a version that must not be built again by itself. */
  readonly isRefused: (live: Checkpoint, kept: Checkpoint) => boolean
}

/** Live and kept change places; the rest is as with `swapIn`. `epoch` is that of the kept tables. */
export async function swapBack(client: pg.Client, swap: SwapBack): Promise<void> {
  const { projection, epoch, prepare, isRefused, done } = swap
  await dropLetGo(client, projection)
  await inTransaction(client, async () => {
    const live = await lockCheckpoint(client, projection, 'live')
    await prepare(live)
    const kept = await readCheckpoint(client, projection, 'kept')
    if (live === undefined || kept === undefined) throw new Fenced(projection)
    await move(client, projection, 'live', 'dropped')
    await move(client, projection, 'kept', 'live', epoch)
    await move(client, projection, 'dropped', 'kept')
    await forgiveFailures(client, projection)
    await client.query('update daybook.projection_loop set rolled_back_from = $2 where name = $1', [
      projection,
      isRefused(live, kept) ? live.version : null,
    ])
    await record(client, {
      ...done,
      projection,
      fromVersion: live.version,
      toVersion: kept.version,
      ordinal: kept.ordinal,
    })
  })
}

/** Lets go of the kept tables, under the caller's lock on the projection. Answers what they were. */
export async function dropKept(
  client: pg.Client,
  projection: string,
  done: Done,
): Promise<Checkpoint | undefined> {
  await dropLetGo(client, projection)
  const dropped = await inTransaction(client, async () => {
    const kept = await lockCheckpoint(client, projection, 'kept')
    if (kept === undefined) return undefined
    await letGo(client, projection, 'kept')
    const { version, ordinal } = kept
    await record(client, {
      ...done,
      projection,
      fromVersion: version,
      toVersion: undefined,
      ordinal,
    })
    return kept
  })
  return dropped
}

/** From here on nobody finds them nor writes to them; they vanish once nobody reads them any more. */
async function letGo(client: pg.Client, projection: string, slot: Slot): Promise<void> {
  await renameSchema(client, projection, slot, 'dropped')
  await forgetSchema(client, projection, slot)
}

/** Every checkpoint that moves gets an epoch that none of its writers has. */
async function move(
  client: pg.Client,
  projection: string,
  from: Slot,
  to: Slot,
  epoch?: string,
): Promise<void> {
  const { rowCount } = await client.query(
    `update daybook.projection
     set schema_name = $2, since = now(),
       epoch = (select max(epoch) + 1 from daybook.projection where name = $3)
     where schema_name = $1 and ($4::bigint is null or epoch = $4::bigint)`,
    [schemaName(projection, from), schemaName(projection, to), projection, epoch],
  )
  if (rowCount !== 1) throw new Fenced(projection)
  await renameSchema(client, projection, from, to)
}

async function renameSchema(
  client: pg.Client,
  projection: string,
  from: Slot,
  to: Slot,
): Promise<void> {
  await client.query(
    `alter schema ${quoted(schemaName(projection, from))}
     rename to ${quoted(schemaName(projection, to))}`,
  )
}

/** A failure is told of tables where they stand; wherever they stand now, they are tried anew. */
async function forgiveFailures(client: pg.Client, projection: string): Promise<void> {
  await client.query(
    `update daybook.projection_loop set failure = null where name in ($1, $2) and failure is not null`,
    [projection, schemaName(projection, 'kept')],
  )
}

/**
 * Drops tables that were let go of, also by somebody who died before this. Nobody begins to read them
 * any more; a reader that was slow at the last swap is waited for.
 */
export async function dropLetGo(client: pg.Client, projection: string): Promise<void> {
  await inTransaction(client, async () => {
    await client.query("set local lock_timeout = '30s'")
    await dropSchema(client, projection, 'dropped')
  })
}

/** The same where the work is done already: what readers hold up is dropped by whoever looks next. */
export async function vanish(
  { logger }: Pick<EngineParts, 'logger'>,
  client: pg.Client,
  projection: string,
): Promise<void> {
  try {
    await dropLetGo(client, projection)
  } catch (error) {
    logger.warn({ err: forLog(error), projection }, 'Tables that were let go of are still there')
  }
}

async function inTransaction<T>(client: pg.Client, run: () => Promise<T>): Promise<T> {
  await client.query('begin')
  try {
    const answer = await run()
    await client.query('commit')
    return answer
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/**
 * Waits until no reader works any more with what it saw before this call: readers see one moment from
 * their first statement to their last, and the rows of tables that were filled since would not exist
 * for them. Answers false when the time was over first.
 */
export async function oldReadersGone(
  { database }: Pick<EngineParts, 'database'>,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<boolean> {
  return asLogin(database, async (client) => {
    const { rows: now } = await client.query<{ now: string }>(
      'select clock_timestamp()::text as now',
    )
    const end = performance.now() + deadlineMs
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      // PostgreSQL looks at other sessions once a transaction, unless told to look again.
      await client.query('select pg_stat_clear_snapshot()')
      const { rows } = await client.query<{ count: string }>(
        `select count(*) from pg_stat_activity
         where datname = current_database() and backend_type = 'client backend'
           and application_name not like 'daybook engine%' and xact_start < $1::timestamptz`,
        [now[0]?.now],
      )
      if (rows[0]?.count === '0') return true
      if (performance.now() > end) return false
      await delay(pause, undefined, { signal })
    }
  })
}

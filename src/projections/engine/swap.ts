import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { asLogin } from './as-login.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import { type Checkpoint, forgetSchema, lockCheckpoint } from './registry.ts'
import { dropSchema } from './schema.ts'
import { quoted, type Slot, schemaName } from './schema-name.ts'
import { Fenced } from './table-writer.ts'

/**
 * Replaces the live tables by the next ones, and their checkpoint, in one transaction; the live ones
 * are kept as the previous. Readers are neither refused nor held up: a schema is only renamed.
 *
 * While the transaction holds the live checkpoint, its owner cannot write; `prepare` brings the next
 * tables at least as far, so that nobody sees time go backwards. Afterwards the owner is fenced: it has
 * to take the new tables up.
 *
 * @throws Fenced when the next tables are not the caller's any more.
 */
export async function swapIn(
  client: pg.Client,
  projection: Projection,
  epoch: string,
  prepare: (live: Checkpoint | undefined) => Promise<void>,
): Promise<void> {
  await dropPrevious(client, projection)
  await client.query('begin')
  try {
    const live = await lockCheckpoint(client, projection.name, 'live')
    await prepare(live)
    if (live !== undefined) await rename(client, projection, 'live', 'previous')
    await rename(client, projection, 'next', 'live', epoch)
    await client.query(
      `update daybook.projection_loop set failure = null where name = $1 and failure is not null`,
      [projection.name],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Live and previous change places. */
export async function swapBack(client: pg.Client, projection: Projection): Promise<void> {
  await client.query('begin')
  try {
    await lockCheckpoint(client, projection.name, 'live')
    await rename(client, projection, 'live', 'next')
    await rename(client, projection, 'previous', 'live')
    await rename(client, projection, 'next', 'previous')
    await client.query(`update daybook.projection_loop set failure = null where name = $1`, [
      projection.name,
    ])
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

/** Every renamed checkpoint gets an epoch that none of its writers has. */
async function rename(
  client: pg.Client,
  projection: Projection,
  from: Slot,
  to: Slot,
  epoch?: string,
): Promise<void> {
  const { rowCount } = await client.query(
    `update daybook.projection
     set schema_name = $2, epoch = (select max(epoch) + 1 from daybook.projection where name = $3)
     where schema_name = $1 and ($4::bigint is null or epoch = $4::bigint)`,
    [schemaName(projection.name, from), schemaName(projection.name, to), projection.name, epoch],
  )
  if (rowCount !== 1) throw new Fenced(projection.name)
  await client.query(
    `alter schema ${quoted(schemaName(projection.name, from))}
     rename to ${quoted(schemaName(projection.name, to))}`,
  )
}

/** Nobody reads them any more, except a reader that was slow at the last swap: it is waited for. */
export async function dropPrevious(client: pg.Client, projection: Projection): Promise<void> {
  await client.query("begin; set local lock_timeout = '30s'")
  try {
    await dropSchema(client, projection, 'previous')
    await forgetSchema(client, projection.name, 'previous')
    await client.query('commit')
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

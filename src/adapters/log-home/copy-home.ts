import type pg from 'pg'
import type { EventStore } from '#log/event-store.ts'
import { MoveRefused } from './fence.ts'
import { readHome } from './home.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

const COPY_LOCK = `hashtextextended('daybook log copy', 0)`

/** Held by the session until it ends: two copies of one log would only disturb each other. */
export async function lockCopy(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_lock(${COPY_LOCK}) as locked`,
  )
  if (rows[0]?.locked !== true) {
    throw new MoveRefused('Another `daybook log copy` of this log is at work: stop it first')
  }
}

/**
 * Says that a copy is on its way to this kind of store, over the same database: programs configured for
 * it wait from here on.
 *
 * @throws MoveRefused when the log is there already.
 */
export async function announceCopy(client: Queryable, to: EventStore['kind']): Promise<void> {
  const { holder } = await readHome(client)
  if (holder === to) throw new MoveRefused('The log copied to is the one that is written to')
  await client.query('update log.home set next = $1', [to])
}

/**
 * Closes a database that a log is copied into: programs configured for it wait, and nobody appends.
 *
 * @throws MoveRefused when it is a database that somebody works with.
 */
export async function closeForCopy(client: Queryable, from: string): Promise<void> {
  const { rowCount } = await client.query(
    `update log.home set holder = 'elsewhere', place = $1, next = 'postgres'
     where holder is null or holder = 'elsewhere'
       or (holder = 'postgres' and not exists (select from log.events))`,
    [from],
  )
  if (rowCount === 1) return
  throw new MoveRefused('The database copied to has a log of its own that is written to')
}

/** The copy has ended without a switch. */
export async function forgetCopy(client: Queryable): Promise<void> {
  await client.query('update log.home set next = null')
}

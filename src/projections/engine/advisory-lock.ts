import type pg from 'pg'

type Queryable = Pick<pg.ClientBase, 'query'>

/**
 * What one session at a time may do to a projection. A lock says who tries; it ends with its session,
 * which PostgreSQL may notice before the holder does, so what is written is guarded by epochs.
 * `rebuild` is anything that makes or compares whole tables.
 */
export type Task = 'follow' | 'rebuild'

const keyOf = (subject: string): string =>
  `hashtextextended('daybook projection ' || ${subject}, 0)`
const key = keyOf('$1')

/**
 * Holds followers off a schema for as long as the session lasts: who raises its epoch then, in this
 * session, stays its only writer.
 */
export async function takeOver(client: Queryable, schema: string): Promise<void> {
  await client.query(`select pg_advisory_lock(${key})`, [`take over ${schema}`])
}

/** A condition in SQL, true while no other session has taken the schema over; `parameter` is its name. */
export function isNotTakenOver(parameter: string): string {
  return `pg_try_advisory_xact_lock_shared(${keyOf(`'take over ' || ${parameter}`)})`
}

function subject(task: Task, projection: string): string {
  return `${task} ${projection}`
}

export async function tryLock(client: Queryable, task: Task, projection: string): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select pg_try_advisory_lock(${key}) as locked`,
    [subject(task, projection)],
  )
  return rows[0]?.locked === true
}

export async function unlock(client: Queryable, task: Task, projection: string): Promise<void> {
  await client.query(`select pg_advisory_unlock(${key})`, [subject(task, projection)])
}

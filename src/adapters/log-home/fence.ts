import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { EventStore } from '#log/event-store.ts'
import { LEASE_OVER_MS } from './write-lease.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/** The log cannot be moved now. It is where it was, and written to. */
export class MoveRefused extends Error {
  override readonly name = 'MoveRefused'
}

/** A fence falls after this long, should whoever raised it be gone by then. */
const FENCE_MS = 10_000
/** How long writers may take to finish what they had begun. */
const PATIENCE_MS = 4000
const LOOK_MS = 20

/** Appends wait for this lock one after the other (migrations/2026-11-21T0404-log.ts). */
export const APPEND_LOCK = 'select pg_advisory_xact_lock(4242, 1)'

/**
 * From here on nobody appends to the log, until the fence is lifted or falls. What was begun before is
 * finished when this returns.
 *
 * @throws MoveRefused when a writer does not finish, or another fence stands; this one is lifted then.
 */
export async function raiseFence(client: pg.Client, kind: EventStore['kind']): Promise<void> {
  // Under the lock of appends: whoever is in the middle of one is done when this is written.
  await client.query('begin')
  await client.query(APPEND_LOCK)
  const { rowCount } = await client.query(
    `update log.home set fenced_until = clock_timestamp() + $1 * interval '1 millisecond'
     where fenced_until is null or fenced_until < clock_timestamp()`,
    [FENCE_MS],
  )
  await client.query('commit')
  if (rowCount !== 1)
    throw new MoveRefused('The log is being moved by somebody else at this moment')
  if (kind === 'eventstoredb') await writersDone(client)
}

export async function liftFence(client: Queryable): Promise<void> {
  await client.query('update log.home set fenced_until = null')
}

/** Until every lease was given back, or has run out with nothing heard of its owner. */
async function writersDone(client: Queryable): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(LOOK_MS)) {
    const { rows } = await client.query<{ owner: string }>(
      `select owner from log.writer
       where renewed_at > clock_timestamp() - $1 * interval '1 millisecond'`,
      [LEASE_OVER_MS],
    )
    if (rows.length === 0) return
    if (performance.now() < end) continue
    await liftFence(client)
    const owners = rows.map(({ owner }) => owner).join(', ')
    throw new MoveRefused(
      `${owners} did not finish writing within ${PATIENCE_MS / 1000} s: look whether EventStoreDB answers, and switch again`,
    )
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import type { Checkpoint, Ownership, ProcessCheckpoints } from '#processes/checkpoints.ts'
import type { ProcessState } from '#processes/process.ts'

/** How often one who waits looks whether the owner has gone. */
const LOOK_EVERY_MS = 1000

interface CheckpointRow {
  readonly process: string
  readonly position: string | null
  readonly state: ProcessState
  readonly stopped_reason: { readonly reason: string } | null
  readonly heartbeat: string | null
}

/**
 * Checkpoints in `daybook.process_checkpoint`; an advisory lock makes one the owner, as long as the log is in
 * a store of this kind.
 */
export function createPostgresCheckpoints(
  database: Pick<Database, 'writer' | 'connect'>,
  log: EventStore['kind'],
): ProcessCheckpoints {
  return {
    async own(process, signal) {
      const client = await database.connect('writer', { name: `daybook ${process}` })
      const lost = new AbortController()
      client.on('end', () => lost.abort())
      try {
        while (!(await tryLock(client, process, log))) {
          await sleep(LOOK_EVERY_MS, undefined, { signal })
        }
        return await owned(database, client, process, lost.signal)
      } catch (error) {
        await client.end().catch(() => {})
        if (signal.aborted) return undefined
        throw error
      }
    },
    async find(processes) {
      const { rows } = await database.writer.query<CheckpointRow>(
        `select process, position, state, stopped_reason, heartbeat
         from daybook.process_checkpoint where process = any($1::text[])`,
        [processes],
      )
      return new Map(
        rows.map((row) => [
          row.process,
          {
            position: (row.position ?? undefined) as Position | undefined,
            state: row.state,
            reason: row.stopped_reason?.reason,
            heartbeat: row.heartbeat ?? undefined,
          },
        ]),
      )
    },
  }
}

async function tryLock(
  client: pg.Client,
  process: string,
  log: EventStore['kind'],
): Promise<boolean> {
  const { rows } = await client.query<{ locked: boolean }>(
    `select case when coalesce(holder, $2) = $2
       then pg_try_advisory_lock(hashtextextended('daybook process ' || $1, 0)) else false end as locked
     from log.home`,
    [process, log],
  )
  return rows[0]?.locked === true
}

/** The epoch keeps out a former owner who does not know yet that the lock is lost. */
async function owned(
  database: Pick<Database, 'writer'>,
  client: pg.Client,
  process: string,
  lost: AbortSignal,
): Promise<Ownership> {
  const { rows } = await client.query<{ epoch: string; position: string | null }>(
    `insert into daybook.process_checkpoint as there (process, epoch, state, heartbeat)
     values ($1, 1, 'running', now())
     on conflict (process) do update
     set epoch = there.epoch + 1, state = 'running', stopped_reason = null, heartbeat = now()
     returning epoch, position`,
    [process],
  )
  const [row] = rows
  if (row === undefined) throw new Error(`The checkpoint of ${process} was not taken`)
  return {
    position: (row.position ?? undefined) as Position | undefined,
    lost,
    async save({ position, state, reason }: Checkpoint) {
      const why = reason === undefined ? null : JSON.stringify({ reason })
      const { rowCount } = await database.writer.query({
        name: 'process-checkpoint-save',
        text: `update daybook.process_checkpoint
               set position = $3, state = $4, stopped_reason = $5, heartbeat = now()
               where process = $1 and epoch = $2`,
        values: [process, row.epoch, position ?? null, state, why],
      })
      if (rowCount !== 1) throw new Error(`Process ${process} is owned by another by now`)
    },
    async release() {
      await client.end().catch(() => {})
    },
  }
}

import type { Database } from '#adapters/database/database.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import type { Checkpoint, Ownership, ProcessCheckpoints } from '#processes/checkpoints.ts'
import type { ProcessState } from '#processes/process.ts'
import { type Lock, OwnerSession } from './owner-session.ts'

/** An owner that has not said anything for so long runs nothing any more. */
const SILENT_MS = 15_000

interface CheckpointRow {
  readonly process: string
  readonly position: string | null
  readonly state: ProcessState
  readonly stopped_reason: { readonly reason: string } | null
  readonly heartbeat: string | null
  readonly owner: string | null
}

type Deps = Pick<Database, 'writer' | 'connect' | 'program'>

/**
 * Checkpoints in `daybook.process_checkpoint`; an advisory lock makes one the owner, as long as the log is in
 * a store of this kind.
 */
export function createPostgresCheckpoints(
  database: Deps,
  log: EventStore['kind'],
): ProcessCheckpoints {
  const session = new OwnerSession(database, log)
  return {
    async own(process, signal) {
      const lock = await session.lock(process, signal)
      if (lock === undefined) return undefined
      try {
        return await owned(database, process, lock)
      } catch (error) {
        await lock.release()
        throw error
      }
    },
    async find(processes) {
      const { rows } = await database.writer.query<CheckpointRow>(
        `select process, position, state, stopped_reason, heartbeat,
           case when heartbeat > clock_timestamp() - $2 * interval '1 millisecond' then owner end as owner
         from daybook.process_checkpoint where process = any($1::text[])`,
        [processes, SILENT_MS],
      )
      return new Map(
        rows.map((row) => [
          row.process,
          {
            position: (row.position ?? undefined) as Position | undefined,
            state: row.state,
            reason: row.stopped_reason?.reason,
            heartbeat: row.heartbeat ?? undefined,
            owner: row.owner ?? undefined,
          },
        ]),
      )
    },
  }
}

/** The epoch keeps out a former owner who does not know yet that the lock is lost. */
async function owned({ writer, program }: Deps, process: string, lock: Lock): Promise<Ownership> {
  const { rows } = await writer.query<{ epoch: string; position: string | null }>(
    `insert into daybook.process_checkpoint as there (process, epoch, state, heartbeat, owner)
     values ($1, 1, 'running', clock_timestamp(), $2)
     on conflict (process) do update
     set epoch = there.epoch + 1, state = 'running', stopped_reason = null,
       heartbeat = clock_timestamp(), owner = $2
     returning epoch, position`,
    [process, program],
  )
  const [row] = rows
  if (row === undefined) throw new Error(`The checkpoint of ${process} was not taken`)
  return {
    position: (row.position ?? undefined) as Position | undefined,
    lost: lock.lost,
    async save({ position, state, reason }: Checkpoint) {
      const why = reason === undefined ? null : JSON.stringify({ reason })
      const { rowCount } = await writer.query({
        name: 'process-checkpoint-save',
        text: `update daybook.process_checkpoint
               set position = $3, state = $4, stopped_reason = $5, heartbeat = clock_timestamp()
               where process = $1 and epoch = $2`,
        values: [process, row.epoch, position ?? null, state, why],
      })
      if (rowCount !== 1) throw new Error(`Process ${process} is owned by another by now`)
    },
    async release() {
      await writer
        .query(
          'update daybook.process_checkpoint set owner = null where process = $1 and epoch = $2',
          [process, row.epoch],
        )
        .catch(() => undefined)
      await lock.release()
    },
  }
}

import type pg from 'pg'
import type { FoldedLog } from './fold-log.ts'
import type { Projection } from './projection.ts'
import type {
  Comparison,
  ProjectionFailure,
  RebuildReport,
  RebuildState,
} from './projection-engine.ts'

/** How far the rebuild of one projection is. */
export class Progress {
  readonly projection: Projection
  state: RebuildState = 'reading'
  folded: Pick<FoldedLog, 'position' | 'ordinal'> = { position: undefined, ordinal: 0 }
  goal: number | undefined
  failure: ProjectionFailure | undefined
  compared: Comparison | undefined
  readonly #startedAt = new Date()
  #readUntil: number | undefined
  #finishedAt: Date | undefined

  constructor(projection: Projection) {
    this.projection = projection
  }

  get isOver(): boolean {
    return this.#finishedAt !== undefined
  }

  /** The log was read; what follows is not measured in events. */
  hasRead(): void {
    this.#readUntil ??= Date.now()
  }

  finish(state: 'done' | 'cancelled' | 'failed', failure?: ProjectionFailure): void {
    if (this.isOver) return
    this.state = state
    this.failure = failure
    this.hasRead()
    this.#finishedAt = new Date()
  }

  report(): RebuildReport {
    const elapsedMs = (this.#readUntil ?? Date.now()) - this.#startedAt.getTime()
    const { position, ordinal } = this.folded
    const perMs = ordinal / Math.max(1, elapsedMs)
    const left = this.goal === undefined ? undefined : Math.max(0, this.goal - ordinal)
    return {
      projection: this.projection.name,
      version: this.projection.version,
      state: this.state,
      position,
      ordinal,
      goal: this.goal,
      eventsPerSecond: Math.round(perMs * 1000),
      remainingSeconds:
        left === undefined || perMs === 0 || this.state !== 'reading'
          ? undefined
          : Math.ceil(left / perMs / 1000),
      startedAt: this.#startedAt.toISOString(),
      finishedAt: this.#finishedAt?.toISOString(),
      failure: this.failure,
      compared: this.compared,
    }
  }
}

type Queryable = Pick<pg.ClientBase, 'query'>

/** Makes the progress known to other processes; answers true when one of them asked to cancel. */
export async function publishProgress(
  client: Queryable,
  progress: readonly Progress[],
  { first = false } = {},
): Promise<boolean> {
  const values = JSON.stringify(
    progress.map((one) => ({ name: one.projection.name, progress: one.report() })),
  )
  const { rows } = await client.query<{ asked: boolean }>(
    `insert into daybook.projection_rebuild as r (name, progress)
     select name, progress from json_to_recordset($1) as p(name text, progress json)
     on conflict (name) do update
       set progress = excluded.progress, cancel_asked = r.cancel_asked and not $2
     returning cancel_asked as asked`,
    [values, first],
  )
  return rows.some((row) => row.asked)
}

/** The last progress published of each projection that was ever rebuilt. */
export async function readProgress(client: Queryable): Promise<ReadonlyMap<string, RebuildReport>> {
  const { rows } = await client.query<{ name: string; progress: RebuildReport }>(
    'select name, progress from daybook.projection_rebuild',
  )
  return new Map(rows.map(({ name, progress }) => [name, progress] as const))
}

export async function askToCancel(client: Queryable, projection: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update daybook.projection_rebuild set cancel_asked = true
     where name = $1 and progress ->> 'finishedAt' is null`,
    [projection],
  )
  return rowCount === 1
}

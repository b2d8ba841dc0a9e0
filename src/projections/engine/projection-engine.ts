import type { Position } from '#log/event-store.ts'
import type { By, HistoryEntry } from './history.ts'
import type { FollowedSlot } from './schema-name.ts'

/**
 * What runs the projections, as the API, the command line and the composition root see it. Several
 * processes may run one each on the same database: every projection is followed by one of them at a
 * time, and rebuilds may be asked of any.
 */
export interface ProjectionEngine {
  /**
   * Makes missing tables, follows the log with every projection that this process can get hold of, and
   * rebuilds beside the old what has changed in the code. Returns once the projections are taken up,
   * not once they have caught up.
   */
  start(): Promise<void>
  /** Finishes the batches in hand, cancels rebuilds of this process and lets go. Safe to call twice. */
  stop(): Promise<void>

  /** One status for each projection of this program, whichever process follows it. */
  status(): Promise<readonly ProjectionStatus[]>

  /**
   * Rebuilds projections from one read of the log, beside the live tables, which are replaced at the
   * end. Those named are built in their newest version; `all` leaves a version that was rolled back where
   * it is. Replaced tables of another version are kept; see `rollback`. Works without `start`, from a
   * process beside a running server.
   *
   * @throws UnknownProjection, RebuildInProgress
   */
  rebuild(names: readonly string[] | 'all', by?: By): Promise<RebuildJob>
  /** Asks the process that rebuilds it to stop; what was built so far is thrown away. False when nobody does. */
  cancelRebuild(name: string): Promise<boolean>
  /**
   * Live and kept tables change places, at a place of the log at which neither is behind: doing it twice
   * is as if nothing had been done. A newer version that is taken back is not built again by itself until
   * there is one above it, or somebody asks for a rebuild.
   *
   * @throws UnknownProjection, RebuildInProgress, RollbackRefused
   */
  rollback(name: string, by?: By): Promise<Taken>
  /**
   * Drops the kept tables: they are followed no longer and cannot be gone back to.
   *
   * @throws UnknownProjection, RebuildInProgress, NothingKept
   */
  drop(name: string, by?: By): Promise<Taken>
  /**
   * Live and kept tables side by side, at one place: what a rollback would change, in what both have.
   *
   * @throws UnknownProjection, RebuildInProgress, NothingKept, NotBuilt when this program does not have
   *   the folds of both.
   */
  compare(name: string): Promise<VerifyReport>
  /** Rebuilds, rollbacks and drops, the newest first, at most `limit`; of all projections without a name. */
  history(name: string | undefined, limit: number): Promise<readonly HistoryEntry[]>
  /**
   * Folds the log anew up to the place of the live or kept tables, as they stand now, and compares.
   * Blocks nobody.
   *
   * @throws UnknownProjection, NotBuilt, RebuildInProgress; UnreadableEvent and FoldFailed when the log
   *   cannot be folded that far.
   */
  verify(name: string, options?: VerifyOptions): Promise<VerifyReport>

  /** Lets a stopped or failed projection go on; remembered over restarts. @throws UnknownProjection */
  startProjection(name: string): Promise<void>
  /** Remembered over restarts, and heard by every process within a second or so. @throws UnknownProjection */
  stopProjection(name: string): Promise<void>

  /**
   * Returns as soon as the projection has considered everything up to `position`, or at the deadline.
   *
   * @throws UnknownProjection
   */
  waitFor(name: string, position: Position, deadlineMs: number): Promise<Reached>
  /** Where the projection's live tables are now. @throws UnknownProjection */
  reached(name: string): Promise<Place>
  /** Which version the live tables are of, and which this program's queries are written for. */
  versions(name: string): Promise<Versions>
}

/** A place in the log and the ordinal of the last event up to it; undefined and 0 before the first. */
export interface Place {
  readonly position: Position | undefined
  readonly ordinal: number
}

export interface Reached extends Place {
  /** False when the deadline came first: answers are then `stale`. */
  readonly reached: boolean
}

export interface Versions {
  /** Undefined when there are no tables. */
  readonly tables: number | undefined
  readonly program: number
}

/** The tables that a rollback or a drop was about. */
export interface Taken {
  /** Of the tables that are live now. */
  readonly liveVersion: number | undefined
  /** Of the tables that were taken out of the live place and are kept now, or that were dropped. */
  readonly version: number
  /** Of their last event. */
  readonly ordinal: number
}

/**
 * `live`: follows the head. `catching_up`: is behind it, or waits (see `waitsFor`). `rebuilding`: its
 * tables cannot be followed until the rebuild under way replaces them; a rebuild beside tables that are
 * followed leaves the state as it is. `stopped`: by somebody, or never started. `failed`: cannot go on
 * by itself.
 */
export type ProjectionState = 'live' | 'catching_up' | 'rebuilding' | 'stopped' | 'failed'

export interface ProjectionStatus extends Place {
  readonly name: string
  /** Of the folds in this program. */
  readonly version: number
  /** Of the live tables; undefined when there are none yet. */
  readonly tablesVersion: number | undefined
  /**
   * Columns, as `table.column`, that queries of this program read and live tables of another version
   * lack: until those are replaced, such queries are refused.
   */
  readonly lacking: readonly string[]
  readonly state: ProjectionState
  /** The process that follows it; undefined when nobody does, or nothing was heard of it for a while. */
  readonly owner: string | undefined
  /** UTC instant at which the loop last said that it is alive, whether or not it had anything to do. */
  readonly heartbeat: string | undefined
  readonly head: Position | undefined
  readonly lag: Lag
  /** Why it does not go on at this moment; undefined while it works or is at the head. */
  readonly waitsFor: string | undefined
  readonly failure: ProjectionFailure | undefined
  /** The rebuild under way, or the last one. */
  readonly rebuild: RebuildProgress | undefined
  /** What a rollback would bring back. */
  readonly kept: KeptStatus | undefined
  /** The version that was taken back, and is therefore not built by itself. */
  readonly rolledBackFrom: number | undefined
}

/** Tables that are followed beside the live ones until they are dropped. */
export interface KeptStatus extends Place {
  readonly version: number
  /** `live` here says that they follow the head. */
  readonly state: ProjectionState
  readonly waitsFor: string | undefined
  readonly failure: ProjectionFailure | undefined
  readonly owner: string | undefined
  readonly lag: Lag
  /** UTC instant since which they are kept. */
  readonly since: string
  readonly sizeBytes: number
}

export interface Lag {
  /** Events between the checkpoint and the head; undefined when the store cannot count them. */
  readonly events: number | undefined
  /** Age of the first event that was not considered yet; 0 at the head. */
  readonly seconds: number
}

/** Why a projection or a rebuild stopped; `event` names the event that it could not get past. */
export interface ProjectionFailure {
  readonly reason: string
  /** UTC instant. */
  readonly at: string
  readonly event?: FailedEvent
}

export interface FailedEvent {
  readonly id: string
  readonly type: string
  readonly stream: string
  readonly revision: number
  readonly ordinal: number
  readonly position: Position
}

export type RebuildState =
  | 'reading'
  | 'indexing'
  | 'tailing'
  | 'verifying'
  | 'swapping'
  | 'done'
  | 'cancelled'
  | 'failed'

export interface RebuildProgress extends Place {
  readonly state: RebuildState
  /** The version being built. */
  readonly version: number
  /** How many events there were to read when it began; undefined when nobody knows. */
  readonly goal: number | undefined
  readonly eventsPerSecond: number
  /** Until everything is read; undefined when it cannot be told. */
  readonly remainingSeconds: number | undefined
  readonly startedAt: string
  readonly finishedAt: string | undefined
  readonly failure: ProjectionFailure | undefined
  /** How the new tables compared with the live ones; undefined before that, or with nothing to compare. */
  readonly compared: Comparison | undefined
}

export interface RebuildJob {
  /** Settles when every projection of the job is replaced, cancelled or failed; never rejects. */
  readonly done: Promise<readonly RebuildReport[]>
  cancel(): void
}

export interface RebuildReport extends RebuildProgress {
  readonly projection: string
}

export interface VerifyOptions {
  /** Default: live. */
  readonly tables?: FollowedSlot
  readonly signal?: AbortSignal
  /** How many findings are listed; all are counted. Default 100. */
  readonly maxFindings?: number
}

/** Two sets of a projection's tables side by side, at one position of the log. */
export interface Comparison extends Place {
  /** In everything that was compared. */
  readonly equal: boolean
  /** Of the tables that were live. Another than that of the others: they may well differ. */
  readonly liveVersion: number
  /** Tables, and columns as `table.column`, that only one of two versions has. */
  readonly notCompared: readonly string[]
  readonly tables: readonly {
    readonly table: string
    /** Rows that the fold of the log gives, or that stand in the tables compared with. */
    readonly rows: number
    readonly findings: number
  }[]
  /** The first findings, at most as many as were asked for. */
  readonly findings: readonly Finding[]
}

export interface VerifyReport extends Comparison {
  readonly projection: string
  readonly version: number
}

/** One row that is not what the log says. */
export interface Finding {
  readonly table: string
  /** Column to value, `organisation` first. */
  readonly key: Readonly<Record<string, string>>
  /** `changed` names the columns that differ; `missing`: the live tables lack the row; `unexpected`: they have one too many. */
  readonly kind: 'changed' | 'missing' | 'unexpected'
  readonly columns: readonly {
    readonly column: string
    /** As PostgreSQL writes it; null for NULL or when the row is not there. */
    readonly live: string | null
    readonly right: string | null
  }[]
}

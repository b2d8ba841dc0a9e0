import type { Position } from '#log/event-store.ts'
import type { ProcessState } from './process.ts'

/** What is kept of a process between runs, and who may move it. */
export interface ProcessCheckpoints {
  /** Waits until nobody else owns the process. Undefined when aborted before. */
  own(process: string, signal: AbortSignal): Promise<Ownership | undefined>
  find(processes: readonly string[]): Promise<ReadonlyMap<string, KeptCheckpoint>>
}

export interface Ownership {
  /** Where the former owner was. */
  readonly position: Position | undefined
  /** Aborted when the ownership is lost. */
  readonly lost: AbortSignal
  /** @throws Error when somebody else owns the process by now. */
  save(checkpoint: Checkpoint): Promise<void>
  release(): Promise<void>
}

export interface Checkpoint {
  readonly position: Position | undefined
  readonly state: ProcessState
  readonly reason: string | undefined
}

export interface KeptCheckpoint extends Checkpoint {
  /** UTC instant. */
  readonly heartbeat: string | undefined
  /** The program that runs it; undefined when none does, or nothing was heard of it for a while. */
  readonly owner: string | undefined
}

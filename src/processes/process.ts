import type { CommandContext } from '#commands/handler.ts'
import type { EventType } from '#domain/events.ts'
import type { Position } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'

/**
 * A reaction: events of the log become commands. It is run by one owner at a time, from where it was,
 * and whatever it does twice changes nothing the second time.
 */
export interface Process {
  /** Lower-case words with underscores: names its checkpoint and its commands, so it never changes. */
  readonly name: string
  readonly types: readonly EventType[]
  /** An event is considered only once it is so old. Default: at once. */
  readonly delayMs?: number
  /**
   * Sends the commands that the event asks for. Events of one stream come in order, those of others at
   * the same time. A Rejection is an answer and counts as done; any other error is tried again.
   */
  readonly react: (event: RecordedEvent, context: CommandContext) => Promise<void>
}

/**
 * `waiting`: nobody runs it at this moment, and this program will. `retrying`: something it needs is not
 * there. `failed`: an event cannot be read. `stopped`: no program runs it.
 */
export type ProcessState = 'running' | 'waiting' | 'retrying' | 'failed' | 'stopped'

export interface ProcessStatus {
  readonly name: string
  readonly state: ProcessState
  /** The program that runs it, here or elsewhere. */
  readonly owner: string | undefined
  /** UTC instant at which its owner last said that it is alive. */
  readonly heartbeat: string | undefined
  /** Everything up to here has been reacted to. */
  readonly position: Position | undefined
  readonly head: Position | undefined
  readonly lag: {
    /** Events of the log not considered yet, whether or not they matter here; undefined when the store cannot count. */
    readonly events: number | undefined
    /** Age of the oldest event that waits, as far as its owner is this process; 0 when none does. */
    readonly seconds: number | undefined
  }
  /** By this program, since it started. */
  readonly reacted: number
  readonly refused: number
  /** Why it retries or failed. */
  readonly reason: string | undefined
}

/** Runs processes until stopped. */
export interface ProcessRunner {
  start(): void
  /** Lets what is under way end, keeps the checkpoints and lets go. */
  stop(): Promise<void>
  status(): Promise<readonly ProcessStatus[]>
}

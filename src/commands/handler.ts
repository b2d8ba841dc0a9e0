import type { Decider, DomainEvent } from '#domain/decider.ts'
import type { DaybookEvent } from '#domain/events.ts'
import type { Position } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import type { Turn } from './sequence.ts'

/** Who asks, and under which key: what every command brings along. */
export interface CommandContext {
  readonly organisation: string
  readonly actor: string
  /** The actor's role at that moment: see `EventMetadata`. */
  readonly role?: string | undefined
  /** Of somebody who signed in. */
  readonly sessionId?: string | undefined
  /** The same for every repeat of one command; from `commandId` in command-id.ts, or derived from a causing event. */
  readonly commandId: string
  /**
   * Keyed hash of what was asked. Absent when the caller gave no key: then `commandId` is random, and
   * no repeat is looked for.
   */
  readonly bodyHash?: string
  readonly correlationId: string
  readonly causationId?: string
  /** UTC instant, given by the edge: the domain has no clock. */
  readonly now: string
  /** Its place among commands on the same stream that are on their way at the same time. */
  readonly turn?: Turn
}

export interface CommandOutcome<Event = DaybookEvent> {
  /** The events of this command: just appended, or found in the log when it was sent before. */
  readonly events: readonly RecordedEvent<Event>[]
  /** Of the stream's last event after this command; -1 when the stream is still empty. */
  readonly revision: number
  /** Of the command's last event, or after it; undefined when there was nothing to do. */
  readonly position: Position | undefined
  /** True when the command had been accepted before: nothing was appended now. */
  readonly replayed: boolean
}

export interface LoadedState<State> {
  readonly state: State
  /** -1 when the stream is empty. */
  readonly revision: number
}

export interface HandleOptions {
  /** Refuse with `REVISION_MISMATCH` unless the stream is at this revision (If-Match). */
  readonly ifRevision?: number
  /**
   * The stream is expected not to exist, so it is not read before. Should it exist, this costs a
   * conflict and changes nothing else.
   */
  readonly isNew?: boolean
  /**
   * The command sets something to what it may be already. That it changed nothing then is kept, since the
   * log does not say so: sent again with its key, it must not take effect on what was changed since.
   */
  readonly mayChangeNothing?: boolean
}

export interface LoadOptions {
  /**
   * How old what is known may be. `recent`, unless said: at most a second; `minute`: at most that. `now`: what
   * the log says, as it must be asked before refusing on what was not found. `any`: for what never changes
   * once it is there.
   */
  readonly age?: 'now' | 'recent' | 'minute' | 'any'
}

export interface CommandHandler {
  /**
   * Looks for the command's id, loads, decides, appends, and decides anew when another writer came
   * first. Commands for one stream queue in this process and leave in groups; each has its own outcome.
   *
   * @throws Rejection when the domain refuses; `IDEMPOTENCY_KEY_REUSED` when the id was used with
   *   another body; LogUnavailable when the log gives no verdict.
   */
  handle<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    id: string,
    command: Command,
    context: CommandContext,
    options?: HandleOptions,
  ): Promise<CommandOutcome<Event>>

  /**
   * The outcome of this command on this stream, when it was accepted before: what an operation over
   * several streams asks of the last of them before it touches the first.
   *
   * @throws Rejection IDEMPOTENCY_KEY_REUSED when the id was used with another body.
   */
  replay<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    id: string,
    context: CommandContext,
  ): Promise<CommandOutcome<Event> | undefined>

  /** The state of an aggregate as a fact for others, as this process knows it or as the log says. */
  load<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    organisation: string,
    id: string,
    options?: LoadOptions,
  ): Promise<LoadedState<State>>

  /** Events of an aggregate, from the log: the first ones, or those from a revision on; none when it does not exist. */
  history<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    organisation: string,
    id: string,
    maxCount: number,
    from?: number,
  ): Promise<readonly RecordedEvent<Event>[]>

  /** Keeps what makes the next start quick. Commands must have ended before. */
  close(): Promise<void>
}

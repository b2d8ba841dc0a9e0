/**
 * The log's port. Two adapters implement it, PostgreSQL and EventStoreDB, and pass one contract suite
 * (test/log/event-store-contract.ts). Events here are as stored: personal fields are ciphertext.
 */

/** A place in one store's log: opaque, ordered by that store's `comparePositions`, serialisable. Never shown as a count. */
export type Position = string & { readonly __brand: 'Position' }

/** Revision of a stream's last event that the writer has seen: 0 for its first event. */
export type ExpectedRevision = number | 'no_stream'

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** What every event says about itself; nothing personal ever stands here. */
export interface EventMetadata {
  readonly organisation: string
  /** Who did it: a user, a machine, a process. */
  readonly actor: string
  /**
   * What they were to the organisation then; absent for processes, the command line, what people do on their own
   * account, and what was recorded before it was noted.
   */
  readonly role?: string
  /** The session in which somebody did it who had signed in. */
  readonly sessionId?: string
  /** UTC instant at which it was written, by Daybook's clock; a copy of the log keeps it. */
  readonly recordedAt: string
  /** Local date of the organisation on which it happened in business. */
  readonly occurredOn?: string
  /** The command that made it: repeats of a command share it. */
  readonly commandId: string
  /** Keyed hash of the command's body: the same key with another body is refused. */
  readonly bodyHash?: string
  readonly $correlationId: string
  /** The event that this one reacts to. */
  readonly $causationId?: string
}

export interface NewEvent {
  /** UUID, lower case, never nil. */
  readonly id: string
  readonly type: string
  readonly data: JsonObject
  readonly metadata: EventMetadata
}

export interface StoredEvent extends NewEvent {
  readonly stream: string
  readonly revision: number
  readonly position: Position
}

export interface Appended {
  /** Revision of the last event of this append. */
  readonly revision: number
  /** Position of the last event of this append. */
  readonly position: Position
}

export type Direction = 'forwards' | 'backwards'

export interface StreamRead {
  /** First revision wanted, included. Default: the stream's first, or its last when reading backwards. */
  readonly from?: number
  readonly direction?: Direction
  readonly maxCount?: number
}

export interface LogRead {
  /** Exclusive: forwards, events after it; backwards, events before it. Default: from the very start or end. */
  readonly from?: Position
  readonly direction?: Direction
  readonly maxCount?: number
  readonly filter?: LogFilter
}

/** Either kind narrows; both together must match. */
export interface LogFilter {
  readonly types?: readonly string[]
  /** The part of a stream's name before its first hyphen. */
  readonly categories?: readonly string[]
}

export interface Subscription {
  /** Exclusive. Default: from the very start. */
  readonly after?: Position
  readonly filter?: LogFilter
  /** Ends the subscription quietly. */
  readonly signal: AbortSignal
  /** Told of every reconnection, so that it can be logged and counted. */
  readonly onReconnect?: (cause: unknown) => void
}

export interface SubscriptionBatch {
  /** In log order; may be empty when only `position` or `caughtUp` moved. */
  readonly events: readonly StoredEvent[]
  /** Everything up to here has been considered: where to go on after a restart. */
  readonly position: Position
  /** True when nothing more was there at that moment. */
  readonly caughtUp: boolean
}

/** Points at one stored event, in any store that holds the history. */
export interface EventReference {
  readonly stream: string
  readonly revision: number
}

/** What a store holds of an event, byte for byte: personal fields are ciphertext. */
export interface StoredBytes {
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

export interface EventStore {
  /** Which adapter this is, for health answers and messages. */
  readonly kind: 'postgres' | 'eventstoredb'

  /**
   * True when appends to different streams that are called one after the other, without waiting, are
   * stored in that order: history can then be put into the log many appends at a time.
   */
  readonly keepsCallOrder?: boolean

  /**
   * Appends all events or none; durable when it returns. The same ids again at the same place answer
   * as the first time. A call without a verdict (connection lost) is repeated until it has one.
   *
   * @throws WrongExpectedRevision when the stream is elsewhere; nothing was written.
   * @throws InvalidAppend when a name, id, type or size is not allowed; nothing was sent.
   * @throws LogUnavailable when no verdict was had before the deadline; the outcome is unknown.
   */
  append(stream: string, events: readonly NewEvent[], expected: ExpectedRevision): Promise<Appended>

  /** Pages of a stream; none when it does not exist. */
  readStream(stream: string, options?: StreamRead): AsyncIterable<readonly StoredEvent[]>

  /** Pages of the whole log, Daybook's events only (the store's own are left out). */
  readAll(options?: LogRead): AsyncIterable<readonly StoredEvent[]>

  /** The named events, in the order asked; those that are not there are left out. */
  readMany(references: readonly EventReference[]): Promise<readonly StoredEvent[]>

  /** The bytes of one event; undefined when it is not there. */
  readBytes(reference: EventReference): Promise<StoredBytes | undefined>

  /**
   * Catches up, then goes on live; never skips, never repeats; reconnects by itself until aborted.
   *
   * @throws NotTheSameLog when the log ends before what was read of it.
   */
  subscribe(subscription: Subscription): AsyncIterable<SubscriptionBatch>

  /** Position of the last event of ours; undefined when the log is empty. */
  head(): Promise<Position | undefined>

  /** Negative when `a` is before `b`. */
  comparePositions(a: Position, b: Position): number

  /**
   * How many events of ours stand after `after` (undefined: from the start) up to `upTo`, told from the
   * positions alone; a store whose positions are not dense does not have it.
   */
  countBetween?(after: Position | undefined, upTo: Position): number

  close(): Promise<void>
}

import type { ExpectedRevision, Position } from './event-store.ts'

/** The stream is not where the writer thought; nothing was written. `actual` is its last revision, -1 for none. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision'
  readonly stream: string
  readonly expected: ExpectedRevision
  readonly actual: number

  constructor(stream: string, expected: ExpectedRevision, actual: number) {
    super(`Stream ${stream} is at revision ${actual}, not ${expected}`)
    this.stream = stream
    this.expected = expected
    this.actual = actual
  }
}

export type InvalidAppendCode =
  | 'STREAM_NAME_INVALID'
  | 'EVENT_ID_INVALID'
  | 'EVENT_TYPE_INVALID'
  | 'APPEND_EMPTY'
  | 'APPEND_TOO_LARGE'

/** Refused before it reached a store. */
export class InvalidAppend extends Error {
  override readonly name = 'InvalidAppend'
  readonly code: InvalidAppendCode

  constructor(code: InvalidAppendCode, message: string) {
    super(message)
    this.code = code
  }
}

/** The log gave no verdict in time. Whether an append was stored is unknown; repeating it with the same ids is safe. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable'
  readonly retryAfterSeconds: number

  constructor(message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, { cause: options.cause })
    this.retryAfterSeconds = options.retryAfterSeconds ?? 1
  }
}

/** Events that were stored are gone from the log: somebody changed it behind the back of this program. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged'

  constructor(what: string, options?: ErrorOptions) {
    super(`The log is damaged: ${what}`, options)
  }
}

/**
 * The log ends before a position that was read of it, and a log never becomes shorter: it was replaced by another,
 * or by an older copy of itself.
 */
export class NotTheSameLog extends Error {
  override readonly name = 'NotTheSameLog'

  constructor(head: Position | undefined, position: Position) {
    const end = head === undefined ? 'is empty' : `ends at position ${head}`
    super(`The log ${end}, and was read up to ${position}: it is not the same log`)
  }
}

/**
 * Nothing can be appended here: the log is being moved to another store, or was. A command that gets this
 * was not written; it is safe to send again.
 */
export class LogMoved extends Error {
  override readonly name = 'LogMoved'
  readonly state: 'moving' | 'moved'
  /** Where it is now, for people. */
  readonly place: string
  readonly retryAfterSeconds: number

  constructor(state: 'moving' | 'moved', place = 'another store', options?: ErrorOptions) {
    super(
      state === 'moving'
        ? 'The log is being moved; writes go on in a moment'
        : `The log has moved to ${place}. Set EVENTSTOREDB_URL and DATABASE_URL accordingly and start again`,
      options,
    )
    this.state = state
    this.place = place
    this.retryAfterSeconds = state === 'moving' ? 1 : 5
  }
}

/**
 * What would open personal data cannot be had now: it is wrapped by a master key that this process does
 * not have. Nothing is erased; the message says which one, and what to do.
 */
export class KeyUnavailable extends Error {
  override readonly name = 'KeyUnavailable'
}

/** An event as a client proposes it. */
export interface ProposedEvent {
  readonly id: string
  readonly type: string
  readonly isJson: boolean
  readonly data: Uint8Array
  readonly metadata: Uint8Array
}

/** An event in the node's log. */
export interface Entry extends ProposedEvent {
  readonly stream: string
  readonly revision: number
  /** Looks like an offset in a log file: grows with what was written, with gaps. */
  readonly position: number
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** The last word of a stream that may never be written again. */
  readonly isTombstone: boolean
}

export type Expected = 'any' | 'no_stream' | 'stream_exists' | number

/** What the node answers to a write. */
export type Outcome =
  /** No position: the event that a repeat points to is truncated since. Revision -1: nothing was written. */
  | { readonly kind: 'ok'; readonly revision: number; readonly position: number | undefined }
  | { readonly kind: 'wrong_version'; readonly current: number }
  | { readonly kind: 'deleted' }
  /** The same ids are still being written by another call: this one times out. */
  | { readonly kind: 'late' }
  /** The real node never answers this one. */
  | { readonly kind: 'silent' }

/** Revision of a tombstone, and the `$tb` of a stream that was soft-deleted. */
export const LAST_REVISION = '9223372036854775807'

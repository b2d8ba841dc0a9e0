import { UnreadableEvent } from '#log/codec.ts'
import type { StoredEvent } from '#log/event-store.ts'
import type { ProjectionFailure } from './projection-engine.ts'
import { FoldFailed } from './routing.ts'

/** An event, and which one it is in log order. */
export interface MetEvent {
  readonly event: Pick<StoredEvent, 'id' | 'type' | 'stream' | 'revision' | 'position'>
  readonly ordinal: number
}

/** What is told and kept of why something stopped. */
export function failureOf(cause: unknown, met?: MetEvent): ProjectionFailure {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const at = new Date().toISOString()
  if (met === undefined) return { reason, at }
  const { id, type, stream, revision, position } = met.event
  return { reason, at, event: { id, type, stream, revision, position, ordinal: met.ordinal } }
}

/** Id of the event that the error is about, where it is about one. */
export function eventIdOf(error: unknown): string | undefined {
  if (error instanceof UnreadableEvent) return error.event.id
  return error instanceof FoldFailed ? error.eventId : undefined
}

/**
 * An error for the program's log: without what it carries along, which may be rows and events with
 * somebody's name in them.
 */
export function forLog(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { message: String(error) }
  const code = 'code' in error ? { code: error.code } : {}
  return { type: error.name, message: error.message, ...code, stack: error.stack }
}

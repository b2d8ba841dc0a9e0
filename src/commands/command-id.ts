import { hash } from 'node:crypto'

/**
 * Ids that follow from what they stand for: whoever asks for the same thing again, after a crash or
 * from another process, meets the same id.
 */

/** A UUID (version 8, RFC 9562) from the SHA-256 of the parts. */
export function uuidFrom(...parts: readonly string[]): string {
  // Each part with its length, so that ('ab', 'c') and ('a', 'bc') differ.
  const text = parts.map((part) => `${part.length}:${part}`).join('')
  const hex = hash('sha256', text)
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16)
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `${variant}${hex.slice(18, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}

export interface RequestKey {
  readonly organisation: string
  readonly actor: string
  /** Method and path, e.g. `POST /api/finance/sales`. */
  readonly route: string
  /** What the caller sent as `Idempotency-Key`. */
  readonly key: string
}

/** The same for every repeat of one request. Without a key each request is a command of its own: use a random id. */
export function commandIdOf({ organisation, actor, route, key }: RequestKey): string {
  return uuidFrom('command', organisation, actor, route, key)
}

/** A further command that belongs to another one, such as a second append to the same stream. */
export function stepOf(commandId: string, step: string): string {
  return uuidFrom('step', commandId, step)
}

/** The command with which a process answers an event. */
export function reactionId(process: string, eventId: string): string {
  return uuidFrom('process', process, eventId)
}

/** The id of what a command creates. */
export function createdBy(commandId: string, kind: string): string {
  return uuidFrom('created', commandId, kind)
}

export interface DocumentKey {
  readonly organisation: string
  /** What it is here, e.g. `sale`. */
  readonly kind: string
  readonly source: { readonly system: string; readonly number: string }
}

/** A document that came from elsewhere has one id, whoever brings it and however often. */
export function documentIdOf({ organisation, kind, source }: DocumentKey): string {
  return uuidFrom('document', organisation, kind, source.system, source.number)
}

import type { AllStreamRecordedEvent, RecordedEvent } from '@eventstore/db-client'
import type { EventMetadata, JsonObject, LogFilter, StoredEvent } from '#log/event-store.ts'
import { toPosition } from './position.ts'

/** What the client reads: with a position, on every server this adapter speaks to. */
export type ReadEvent = RecordedEvent | AllStreamRecordedEvent

/** The store's own events begin with a dollar, as do the streams it keeps. */
export const isOurs = (event: ReadEvent): boolean =>
  event.isJson && !event.type.startsWith('$') && !event.streamId.startsWith('$')

/** Characters that a value takes as JSON, roughly: to write it down once more would take as long as reading it. */
function charactersIn(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Uint8Array) return value.length
  let sum = 2
  for (const [key, inner] of Object.entries(value)) sum += key.length + 4 + charactersIn(inner)
  return sum
}

/** Characters of JSON that it takes. */
export const charactersOf = ({ data, metadata }: ReadEvent): number =>
  charactersIn(data) + charactersIn(metadata)

export function toStoredEvent(event: ReadEvent): StoredEvent {
  if (!event.position) throw new Error(`EventStoreDB gave event ${event.id} without a position`)
  return {
    id: event.id,
    type: event.type,
    stream: event.streamId,
    revision: Number(event.revision),
    position: toPosition(event.position),
    data: event.data as JsonObject,
    metadata: event.metadata as unknown as EventMetadata,
  }
}

/** Filters are applied here: reads of this client take none. */
export function matcher({ types, categories }: LogFilter = {}): (event: StoredEvent) => boolean {
  const wantedTypes = types && new Set(types)
  const wantedCategories = categories && new Set(categories)
  return ({ type, stream }) =>
    (wantedTypes?.has(type) ?? true) &&
    (wantedCategories?.has(stream.slice(0, stream.indexOf('-'))) ?? true)
}

import type { AllStreamRecordedEvent, RecordedEvent } from '@eventstore/db-client'
import type { EventMetadata, JsonObject, LogFilter, StoredEvent } from '#log/event-store.ts'
import { toPosition } from './position.ts'

/** What the client reads: with a position, on every server this adapter speaks to. */
export type ReadEvent = RecordedEvent | AllStreamRecordedEvent

/** The store's own events begin with a dollar, as do the streams it keeps. */
export const isOurs = (event: ReadEvent): boolean =>
  event.isJson && !event.type.startsWith('$') && !event.streamId.startsWith('$')

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

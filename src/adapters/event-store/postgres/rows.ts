import type { EventMetadata, JsonObject, Position, StoredEvent } from '#log/event-store.ts'

/** Events in the first page of a read, and in any. */
export const FIRST_PAGE = 250
export const LARGEST_PAGE = 1000

/** In the order in which `storedEvent` takes them. */
export const columns = 'position, stream, revision, id, type, data, metadata'

/** The columns as PostgreSQL sends them. */
export type StoredRow = readonly [
  position: string,
  stream: string,
  revision: string,
  id: string,
  type: string,
  data: string,
  metadata: string,
]

export function storedEvent(row: StoredRow): StoredEvent {
  return {
    position: row[0] as Position,
    stream: row[1],
    revision: Number(row[2]),
    id: row[3],
    type: row[4],
    data: JSON.parse(row[5]) as JsonObject,
    metadata: JSON.parse(row[6]) as EventMetadata,
  }
}

/** Characters of JSON that it takes. */
export const charactersOf = (row: StoredRow): number => row[5].length + row[6].length

/** No column of an event is ever null. */
export function eventRows(rows: readonly (readonly (string | null)[])[]): readonly StoredRow[] {
  return rows as unknown as readonly StoredRow[]
}

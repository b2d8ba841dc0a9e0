import type { EventStore, NewEvent, Position, StoredEvent } from './event-store.ts'
import { type Format, type Summary, writeHashedLines } from './hashed-lines.ts'

/** One line of an export. Where the event stands in a store is left out: that is the store's own. */
export interface ExportedEvent extends NewEvent {
  /** Counts the events of the log: 1, 2, 3 … */
  readonly ordinal: number
  readonly stream: string
  readonly revision: number
}

export const LOG_EXPORT: Format = { format: 'daybook log', version: 1 }

export interface ExportOptions {
  /** Told how many events have been read. */
  readonly onProgress?: (events: number) => void
  /** The last event wanted, of a log that is written to meanwhile. Default: all there is. */
  readonly upTo?: Position
  /** Told of each event that is exported, in order. */
  readonly onEvent?: (event: StoredEvent, ordinal: number) => void
}

/**
 * The log as JSON lines (hashed-lines.ts), up to where it ends when this begins, or to a given place. Personal data stays
 * encrypted; the keys are exported apart. Two stores with the same history give the same text.
 */
export function exportLog(
  store: EventStore,
  options: ExportOptions = {},
): AsyncGenerator<string, Summary> {
  return writeHashedLines(LOG_EXPORT, exportedEvents(store, options))
}

async function* exportedEvents(
  store: EventStore,
  { onProgress, upTo, onEvent }: ExportOptions,
): AsyncGenerator<readonly ExportedEvent[]> {
  let ordinal = 0
  const isWanted = ({ position }: StoredEvent): boolean =>
    upTo === undefined || store.comparePositions(position, upTo) <= 0
  for await (const page of store.readAll()) {
    const wanted = page.filter(isWanted)
    yield wanted.map((event) => {
      ordinal += 1
      onEvent?.(event, ordinal)
      return exportedEvent(event, ordinal)
    })
    onProgress?.(ordinal)
    if (wanted.length < page.length) return
  }
}

/** Members in the order in which they are written. */
export function exportedEvent(event: StoredEvent, ordinal: number): ExportedEvent {
  const { stream, revision, id, type, data, metadata } = event
  return { ordinal, stream, revision, id, type, data, metadata }
}

/** Count and hash of a log as its export would have them: equal for stores with the same history. */
export async function summariseLog(store: EventStore, options?: ExportOptions): Promise<Summary> {
  const lines = exportLog(store, options)
  for (;;) {
    const { done, value } = await lines.next()
    if (done === true) return value
  }
}

import type { EventCodec } from '#log/codec.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import type { Projection } from './projection.ts'
import { readEvents } from './read-events.ts'
import { routesOf } from './routing.ts'
import type { TableWriter } from './table-writer.ts'

export interface CatchUpOptions {
  readonly store: EventStore
  readonly codec: EventCodec
  readonly signal: AbortSignal
  /** The last event wanted; absent: the log's last at that moment. */
  readonly until?: Position
}

/** Brings tables up to date by reading the log alone, in batches as they come. Answers how many events that took. */
export async function catchUp(
  projection: Projection,
  writer: TableWriter,
  { store, codec, signal, until }: CatchUpOptions,
): Promise<number> {
  const routes = routesOf([projection])
  const from = writer.position
  const isPast = (position: Position) =>
    until !== undefined && store.comparePositions(position, until) > 0
  let count = 0
  for await (const page of store.readAll(from === undefined ? {} : { from })) {
    signal.throwIfAborted()
    const end = page.findIndex((event) => isPast(event.position))
    const stored = end < 0 ? page : page.slice(0, end)
    const last = stored.at(-1)
    if (last !== undefined) {
      const read = await readEvents(codec, stored, (type) => routes.has(type))
      await writer.apply({ ...read, position: last.position })
      count += stored.length
    }
    if (end >= 0) break
  }
  return count
}

import type { EventStore, Position } from '#log/event-store.ts'
import { positionOf } from '#log/position-of.ts'

/**
 * The position, if it can be a place in this log; undefined when it was written by another kind of
 * store, or when the log ends before it, so that it must have been replaced. Where positions are not
 * dense, one after the last event means nothing.
 */
export async function placeInLog(
  store: EventStore,
  position: Position | undefined,
): Promise<Position | undefined> {
  const place = positionOf(store, position)
  if (place === undefined || store.countBetween === undefined) return place
  const head = await store.head()
  return head !== undefined && store.comparePositions(place, head) <= 0 ? place : undefined
}

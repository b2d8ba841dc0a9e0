import { NotTheSameLog } from '#log/errors.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { headFrom } from '#log/head-from.ts'
import { positionOf } from '#log/position-of.ts'

/**
 * The position, if it can be a place in this log; undefined when it was written by another kind of
 * store, or when the log ends before it, so that it must have been replaced.
 */
export async function placeInLog(
  store: EventStore,
  position: Position | undefined,
): Promise<Position | undefined> {
  const place = positionOf(store, position)
  if (place === undefined) return undefined
  try {
    await headFrom(store, place)
    return place
  } catch (error) {
    if (error instanceof NotTheSameLog) return undefined
    throw error
  }
}

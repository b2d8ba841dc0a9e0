import type { EventStore, Position } from '#log/event-store.ts'

/**
 * The position, if it can be a place in this log; undefined when it was written by another kind of
 * store, or when the log ends before it, so that it must have been replaced. Where positions are not
 * dense, one after the last event means nothing.
 */
export async function placeInLog(
  store: EventStore,
  position: Position | undefined,
): Promise<Position | undefined> {
  if (position === undefined) return undefined
  try {
    store.comparePositions(position, position)
  } catch {
    return undefined
  }
  if (store.countBetween === undefined) return position
  const head = await store.head()
  return head !== undefined && store.comparePositions(position, head) <= 0 ? position : undefined
}

import type { EventStore, Position } from './event-store.ts'

/**
 * The text as a position, if this store could have written it; undefined when it is of another store: the
 * log was moved since.
 */
export function positionOf(
  store: Pick<EventStore, 'comparePositions'>,
  text: string | undefined,
): Position | undefined {
  if (text === undefined) return undefined
  const position = text as Position
  try {
    store.comparePositions(position, position)
    return position
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

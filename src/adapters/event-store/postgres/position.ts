import type { Position } from '#log/event-store.ts'

/** Positions are the decimal numbers 1, 2, 3 …; this one is before every event. */
export const BEGINNING = 0

const POSITION = /^(0|[1-9]\d{0,15})$/

export function toPosition(number: number): Position {
  return String(number) as Position
}

/** The number of a position; undefined when it is not one of this store's. */
export function positionNumber(position: Position): number | undefined {
  return POSITION.test(position) ? Number(position) : undefined
}

/** @throws RangeError when the position is of another store. */
export function parsePosition(position: Position): number {
  const number = positionNumber(position)
  if (number === undefined) {
    throw new RangeError(`Not a position of the log in PostgreSQL: ${JSON.stringify(position)}`)
  }
  return number
}

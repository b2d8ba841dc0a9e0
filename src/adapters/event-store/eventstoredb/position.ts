import {
  type Position as ClientPosition,
  END,
  type ReadPosition,
  START,
} from '@eventstore/db-client'
import type { Direction, Position } from '#log/event-store.ts'

/** Before every event. A real position is never negative. */
export const BEGINNING = '-1:-1' as Position

export const toPosition = ({ commit, prepare }: ClientPosition): Position =>
  `${commit}:${prepare}` as Position

const POSITION = /^-?\d+:-?\d+$/

/** @throws RangeError when the position is of another store. */
function parse(position: Position): ClientPosition {
  if (!POSITION.test(position)) {
    throw new RangeError(`Not a position of the log in EventStoreDB: ${JSON.stringify(position)}`)
  }
  const colon = position.indexOf(':')
  return { commit: BigInt(position.slice(0, colon)), prepare: BigInt(position.slice(colon + 1)) }
}

/** Where to begin, as the client wants it said. */
export function toReadPosition(
  position: Position | undefined,
  direction: Direction = 'forwards',
): ReadPosition {
  if (position === undefined) return direction === 'forwards' ? START : END
  const parsed = parse(position)
  return parsed.commit < 0n ? START : parsed
}

export function comparePositions(a: Position, b: Position): number {
  const [left, right] = [parse(a), parse(b)]
  if (left.commit !== right.commit) return left.commit < right.commit ? -1 : 1
  if (left.prepare === right.prepare) return 0
  return left.prepare < right.prepare ? -1 : 1
}

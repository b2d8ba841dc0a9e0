import { setTimeout as sleep } from 'node:timers/promises'
import { NotTheSameLog } from './errors.ts'
import type { EventStore, Position } from './event-store.ts'

/** How often a head that lies before what was read is asked for again, and after how many milliseconds. */
const LOOKS = 6
const LOOK_AGAIN_MS = 1000

/**
 * The log's head, which is the position or after it. What follows when it is not cannot be taken back, so that
 * it is asked for several seconds: a node that has only just become the leader of a cluster may tell less at first.
 *
 * @throws NotTheSameLog when the log ends before the position; LogUnavailable; AbortError
 */
export async function headFrom(
  log: Pick<EventStore, 'head' | 'comparePositions'>,
  position: Position,
  signal?: AbortSignal,
): Promise<Position> {
  for (let look = 1; ; look++) {
    signal?.throwIfAborted()
    const head = await log.head()
    if (head !== undefined && log.comparePositions(head, position) >= 0) return head
    if (look === LOOKS) throw new NotTheSameLog(head, position)
    await sleep(LOOK_AGAIN_MS, undefined, signal === undefined ? {} : { signal })
  }
}

import { NotTheSameLog } from '#log/errors.ts'
import type { Subscription, SubscriptionBatch } from '#log/event-store.ts'
import type { HeadWatch } from './head-watch.ts'
import { BEGINNING, parsePosition, toPosition } from './position.ts'
import { readLog } from './read-log.ts'
import { type Run, readHead } from './reading.ts'

/** How long a subscription waits before it looks whether a wake-up was missed. */
const LOOK_ANYWAY_MS = 5000

/**
 * Pages of the log from a position on, for ever: read ahead while behind, then whenever the head moves.
 * The next page is read when the last one was taken, so that a slow consumer costs no memory.
 */
export async function* subscribe(
  run: Run,
  watch: HeadWatch,
  { after, filter, signal }: Subscription,
): AsyncGenerator<SubscriptionBatch> {
  let position = after === undefined ? BEGINNING : parsePosition(after)
  let head = await headFrom(run, position)
  if (head === position) yield { events: [], position: toPosition(position), caughtUp: true }
  while (!signal.aborted) {
    const ahead = { after: position, upTo: head }
    for await (const { events, stretch } of readLog(run, ahead, false, filter)) {
      position = stretch.upTo
      const caughtUp = position === head && watch.head <= head
      yield { events, position: toPosition(position), caughtUp }
      if (signal.aborted) return
    }
    await watch.beyond(position, LOOK_ANYWAY_MS, signal)
    if (signal.aborted) return
    head = watch.head > position ? watch.head : await headFrom(run, position)
  }
}

/** @throws NotTheSameLog */
async function headFrom(run: Run, position: number): Promise<number> {
  const head = await readHead(run)
  if (head >= position) return head
  throw new NotTheSameLog(toPosition(head), toPosition(position))
}

import type { EventStore, Position } from './event-store.ts'
import { soon } from './soon.ts'

/**
 * The log's head, if it is told soon; undefined when the log does not answer. For those who report on things:
 * they must not fall silent with the log.
 */
export function headSoon(
  log: Pick<EventStore, 'head'>,
): Promise<{ readonly head: Position | undefined } | undefined> {
  return soon(log.head()).then(
    (head) => ({ head }),
    () => undefined,
  )
}

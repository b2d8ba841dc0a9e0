import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStore, Position } from './event-store.ts'

/** How long whoever asks for a status waits for the log, in milliseconds. */
const SOON_MS = 1000

/**
 * The log's head, if it is told soon; undefined when the log does not answer. For those who report on things:
 * they must not fall silent with the log.
 */
export async function headSoon(
  log: Pick<EventStore, 'head'>,
): Promise<{ readonly head: Position | undefined } | undefined> {
  const ended = new AbortController()
  const late = sleep(SOON_MS, undefined, { signal: ended.signal }).catch(() => undefined)
  const asked = log.head().then(
    (head) => ({ head }),
    () => undefined,
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    ended.abort()
  }
}

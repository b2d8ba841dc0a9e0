import { setTimeout as sleep } from 'node:timers/promises'
import { NotTheSameLog } from '#log/errors.ts'
import type { Position, Subscription, SubscriptionBatch } from '#log/event-store.ts'
import { headFrom } from '#log/head-from.ts'
import type { Connection, Link } from './connection.ts'
import { Silence } from './failures.ts'
import { Feed } from './feed.ts'
import { BEGINNING, comparePositions } from './position.ts'
import { pauseAfter } from './repeat.ts'

/** The log as a subscriber knows it. */
export interface SubscribedLog {
  /** To the node that delivers. */
  readonly connection: Connection
  /** As the leader says. @throws LogUnavailable */
  readonly head: () => Promise<Position | undefined>
  /** How long nothing may come before it is asked whether there is something, in milliseconds. */
  readonly lookAnywayMs: number
}

/** What the leader has written comes within this time, in milliseconds, or does not come at all. */
const MOMENT_MS = 2000

/**
 * Catches up and goes on live. A server drops a subscriber that lags ("Consumer too slow") and every
 * subscriber when it stops, and one that is cut off from the others goes on in silence: that is normal life, and
 * a new subscription begins after what was given last, on whichever node then serves, once it is sure that the log
 * is the same.
 *
 * @throws NotTheSameLog; RangeError when the position is of another store.
 */
export async function* subscribe(
  log: SubscribedLog,
  { after = BEGINNING, filter = {}, signal, onReconnect }: Subscription,
): AsyncGenerator<SubscriptionBatch, void> {
  // One of another store is refused at once.
  comparePositions(after, BEGINNING)
  let position = after
  let failures = 0
  while (!signal.aborted) {
    let feed: Feed | undefined
    const stop = (): void => feed?.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await headOf(log, position, signal)
      const { link } = log.connection
      feed = new Feed(link.client, position, filter)
      while (!signal.aborted) {
        const batch =
          (await feed.next(log.lookAnywayMs)) ??
          (await lookAnyway(log, link, feed, { position, signal }))
        if (batch === undefined) continue
        position = batch.position
        failures = 0
        yield batch
      }
    } catch (cause) {
      if (signal.aborted) return
      if (cause instanceof NotTheSameLog) throw cause
      onReconnect?.(cause)
    } finally {
      signal.removeEventListener('abort', stop)
      feed?.stop()
    }
    await sleep(pauseAfter(failures++), undefined, { signal }).catch(() => {})
  }
}

/**
 * Nothing came for a while: mostly there is nothing. Else it is about to come, or the node has fallen silent and is
 * left.
 */
async function lookAnyway(
  log: SubscribedLog,
  link: Link,
  feed: Feed,
  { position, signal }: { readonly position: Position; readonly signal: AbortSignal },
): Promise<SubscriptionBatch | undefined> {
  const head = await headOf(log, position, signal)
  if (head === position) return undefined
  const batch = await feed.next(MOMENT_MS)
  if (batch !== undefined || signal.aborted) return batch
  log.connection.leave(link)
  throw new Silence(`The log goes on to ${head}, and nothing came after ${position}`)
}

/** @throws NotTheSameLog when the log ends before the position; LogUnavailable; why the signal was aborted. */
async function headOf(
  { head }: SubscribedLog,
  position: Position,
  signal: AbortSignal,
): Promise<Position> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const found =
    position === BEGINNING
      ? head().then((end) => end ?? BEGINNING)
      : headFrom({ head, comparePositions }, position, signal)
  try {
    return await Promise.race([found, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
    found.catch(() => {})
  }
}

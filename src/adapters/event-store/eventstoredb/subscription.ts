import { setTimeout as sleep } from 'node:timers/promises'
import type { EventStoreDBClient } from '@eventstore/db-client'
import type { Subscription, SubscriptionBatch } from '#log/event-store.ts'
import { Feed } from './feed.ts'
import { BEGINNING } from './position.ts'
import { pauseAfter } from './repeat.ts'

/**
 * Catches up and goes on live. A server drops a subscriber that lags ("Consumer too slow") and every
 * subscriber when it stops: that is normal life, and a new subscription begins after what was given last, on
 * whichever node then serves.
 */
export async function* subscribe(
  clientInUse: () => EventStoreDBClient,
  { after = BEGINNING, filter = {}, signal, onReconnect }: Subscription,
): AsyncGenerator<SubscriptionBatch, void> {
  let position = after
  let failures = 0
  while (!signal.aborted) {
    const feed = new Feed(clientInUse(), position, filter)
    const stop = (): void => feed.stop()
    signal.addEventListener('abort', stop, { once: true })
    try {
      for (let batch = await feed.next(); batch; batch = await feed.next()) {
        position = batch.position
        failures = 0
        yield batch
      }
      return
    } catch (cause) {
      if (!signal.aborted) onReconnect?.(cause)
    } finally {
      signal.removeEventListener('abort', stop)
      feed.stop()
    }
    await sleep(pauseAfter(failures++), undefined, { signal }).catch(() => {})
  }
}

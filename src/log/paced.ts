import { setTimeout as sleep } from 'node:timers/promises'
import type { SubscriptionBatch } from './event-store.ts'

/** Whoever reads what was recorded longer ago is behind, and goes on at once. */
const LIVE_FOR_MS = 1000

/**
 * The batches of a subscription, at most so often while they are of this moment: where events come densely,
 * whoever follows then reads and writes many at once. One that comes alone is not held up.
 */
export async function* paced(
  batches: AsyncIterable<SubscriptionBatch>,
  everyMs: number,
  signal: AbortSignal,
): AsyncGenerator<SubscriptionBatch, void> {
  for await (const batch of batches) {
    const givenAt = performance.now()
    yield batch
    const left = everyMs - (performance.now() - givenAt)
    if (left > 0 && isLive(batch)) await sleep(left, undefined, { signal }).catch(() => {})
  }
}

function isLive({ events }: SubscriptionBatch): boolean {
  const last = events.at(-1)
  return last === undefined || Date.now() - Date.parse(last.metadata.recordedAt) < LIVE_FOR_MS
}

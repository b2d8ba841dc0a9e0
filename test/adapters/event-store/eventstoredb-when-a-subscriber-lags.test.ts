import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { newEvents } from '#test/support/new-event.ts'

const numbersOf = (events: readonly StoredEvent[]): unknown[] =>
  events.map((event) => event.data['number'])

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** All that a subscriber sees up to a number of events, and why it was dropped on the way. */
async function watch(store: EventStore, count: number, onCaughtUp: () => void) {
  const stop = new AbortController()
  const seen: StoredEvent[] = []
  const dropped: unknown[] = []
  const subscription = { signal: stop.signal, onReconnect: (cause: unknown) => dropped.push(cause) }
  for await (const { events, caughtUp } of store.subscribe(subscription)) {
    seen.push(...events)
    if (caughtUp) onCaughtUp()
    if (seen.length >= count) break
  }
  return { seen, dropped }
}

t.test('dropped as too slow, it goes on exactly where it was', async (t) => {
  const node = await testNode(t, { liveBuffer: 50 })
  const store = testStore(t, node.connectionString)
  const live = Promise.withResolvers<void>()
  const watching = watch(store, 600, live.resolve)
  await live.promise
  await store.append('sale-main.1', newEvents(600), 'no_stream')
  const { seen, dropped } = await watching
  t.match(dropped[0], { message: /Consumer too slow/ })
  t.strictSame(numbersOf(seen), upTo(600))
})

t.test('history is waited for, however slow the reader', async (t) => {
  const node = await testNode(t, { liveBuffer: 50 })
  const store = testStore(t, node.connectionString)
  await store.append('sale-main.1', newEvents(5000), 'no_stream')
  const stop = new AbortController()
  const seen: StoredEvent[] = []
  const sizes: number[] = []
  const onReconnect = () => t.fail('a reader of history is never dropped')
  for await (const { events } of store.subscribe({ signal: stop.signal, onReconnect })) {
    seen.push(...events)
    sizes.push(events.length)
    await sleep(50)
    if (seen.length >= 5000) break
  }
  t.strictSame(numbersOf(seen), upTo(5000))
  t.ok(Math.max(...sizes) <= 1000, 'batches are bounded')
  t.ok(sizes.length < 5000 / 16, 'and hold what came while the reader was busy')
})

import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import pino from 'pino'
import t from 'tap'
import type { LogRead, Position, Subscription } from '#log/event-store.ts'
import { Feed } from '#projections/engine/feed.ts'
import type { FeedBatch } from '#projections/engine/feed-buffer.ts'
import type { Follower } from '#projections/engine/follower.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts, plainCodec } from './support/history.ts'

/** Counts what is read past the subscription, and what is decoded. */
class CountingStore extends InMemoryEventStore {
  readAlone = 0

  override readAll(options: LogRead = {}) {
    this.readAlone += 1
    return super.readAll(options)
  }
}

function feedOf(
  store: InMemoryEventStore,
  options: { capacity?: number; patienceMs?: number } = {},
) {
  const plain = plainCodec()
  let decoded = 0
  const feed = new Feed({
    store,
    codec: {
      ...plain,
      decode: (events) => {
        decoded += events.length
        return plain.decode(events)
      },
    },
    isFolded: () => true,
    logger: pino({ level: 'silent' }),
    ...options,
  })
  return { feed, decoded: () => decoded }
}

/** Takes batches until the head; their positions, which must be all of the log's after the start. */
async function takeAll(follower: Follower, store: InMemoryEventStore, limit: () => number) {
  const positions: Position[] = []
  for (let idle = 0; idle < 2 && follower.position !== store.log.at(-1)?.position; ) {
    const batch: FeedBatch | undefined = await follower.next(limit())
    if (batch === undefined) idle += 1
    for (const event of batch?.stored ?? []) positions.push(event.position)
    for (const [at, event] of (batch?.read ?? []).entries()) {
      assert.equal(event instanceof Error || event?.id !== batch?.stored[at]?.id, false)
    }
  }
  return positions.map(Number)
}

function after(start: number, store: InMemoryEventStore): number[] {
  return store.log.map(({ position }) => Number(position)).filter((n) => n > start)
}

t.test('the log is read and decoded once for all who are near its front', async (t) => {
  const store = new CountingStore(7)
  const { feed, decoded } = feedOf(store)
  t.teardown(() => feed.stop())
  const followers = [1, 2, 3, 4].map(() => feed.follow(undefined))
  feed.begin(undefined)
  const all = Promise.all(
    followers.map(async (follower) => {
      const taken: number[] = []
      while (taken.length < 300) {
        const batch = await follower.next(5000)
        for (const { position } of batch?.stored ?? []) taken.push(Number(position))
      }
      return taken
    }),
  )
  await append(store, manyContacts(300))
  for (const taken of await all) t.same(taken, after(0, store))
  t.equal(decoded(), 300)
  t.equal(store.readAlone, 0)
})

t.test(
  'whoever is behind reads alone until the front, and misses and repeats nothing',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 60 }),
        fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 40 }),
        async (front, starts, limits, pageSize, capacity) => {
          const store = new InMemoryEventStore(pageSize)
          await append(store, manyContacts(60))
          const { feed } = feedOf(store, { capacity, patienceMs: 5 })
          const place = (n: number) => (n === 0 ? undefined : (String(n) as Position))
          const followers = starts.map((start) => feed.follow(place(start)))
          feed.begin(place(front))
          let turn = 0
          const limit = () => limits[(turn += 1) % limits.length] ?? 1
          const appending = append(store, manyContacts(40))
          const taken = await Promise.all(
            followers.map(async (follower) => {
              const first = await takeAll(follower, store, limit)
              await appending
              return [...first, ...(await takeAll(follower, store, limit))]
            }),
          )
          for (const [at, positions] of taken.entries()) {
            assert.deepEqual(positions, after(starts[at] ?? 0, store))
          }
          await Promise.all(followers.map((follower) => follower.close()))
          await feed.stop()
        },
      ),
      { numRuns: 40 },
    )
  },
)

t.test('one that stands still holds the others up for a moment only', async (t) => {
  const store = new InMemoryEventStore(10)
  const { feed } = feedOf(store, { capacity: 20, patienceMs: 50 })
  t.teardown(() => feed.stop())
  const stalled = feed.follow(undefined)
  const quick = feed.follow(undefined)
  await append(store, manyContacts(30))
  feed.begin(undefined)
  await stalled.next(1)
  await append(store, manyContacts(170))
  const began = performance.now()
  t.same(await takeAll(quick, store, () => 5000), after(0, store))
  t.ok(performance.now() - began < 5000)
  await delay(100)
  t.same(await takeAll(stalled, store, () => 5000), after(1, store))
})

t.test('one that is not waited for holds nobody up, and misses nothing', async (t) => {
  const store = new InMemoryEventStore(10)
  const { feed } = feedOf(store, { capacity: 20, patienceMs: 600_000 })
  t.teardown(() => feed.stop())
  const kept = feed.follow(undefined, { isWaitedFor: false })
  const quick = feed.follow(undefined)
  await append(store, manyContacts(30))
  feed.begin(undefined)
  await kept.next(1)
  await append(store, manyContacts(170))
  t.same(await takeAll(quick, store, () => 5000), after(0, store))
  t.same(await takeAll(kept, store, () => 5000), after(1, store))
})

t.test('a log that cannot be read is told as the reason, and read on when it can', async (t) => {
  const store = new InMemoryEventStore(10)
  let broken = true
  const subscribe = store.subscribe.bind(store)
  store.subscribe = (subscription) => {
    if (broken) throw new Error('the cable is cut')
    return subscribe(subscription)
  }
  const { feed } = feedOf(store)
  t.teardown(() => feed.stop())
  const follower = feed.follow(undefined)
  feed.begin(undefined)
  await append(store, manyContacts(15))
  t.equal(await follower.next(10), undefined)
  t.match(feed.trouble, /cable/)
  broken = false
  t.same(await takeAll(follower, store, () => 5000), after(0, store))
  t.equal(feed.trouble, undefined)
})

/** Cannot be read on for a while: three attempts fail before each batch but the first. */
class BreakingStore extends InMemoryEventStore {
  override async *subscribe(subscription: Subscription) {
    let isFirst = true
    for await (const batch of super.subscribe(subscription)) {
      const failures = isFirst ? 0 : 3
      for (let i = 0; i < failures; i++) subscription.onReconnect?.(new Error('no answer'))
      isFirst = false
      yield batch
    }
  }
}

t.test('a break in reading is logged once when it begins and once when it is over', async (t) => {
  const store = new BreakingStore(10)
  await append(store, manyContacts(30))
  const lines: string[] = []
  const logger = pino({}, { write: (line) => lines.push(String(JSON.parse(line).msg)) })
  const feed = new Feed({ store, codec: plainCodec(), isFolded: () => true, logger })
  const follower = feed.follow(undefined)
  feed.begin(undefined)
  while (follower.position !== store.log.at(-1)?.position) await follower.next(100)
  await feed.stop()
  const once = [/broke off/, /goes on$/]
  t.match(lines, [...once, ...once])
  t.equal(lines.length, 4)
})

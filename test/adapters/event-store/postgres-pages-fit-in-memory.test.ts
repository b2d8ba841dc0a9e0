import t from 'tap'
import { PageSize } from '#adapters/event-store/page-size.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { testDatabase } from '#test/support/database.ts'
import { newEvent } from '#test/support/new-event.ts'

const sizes = (count: number, characters: number): readonly number[] =>
  Array.from({ length: count }, () => characters)

t.test('pages grow while events are small, and shrink when they are large', async (t) => {
  const size = new PageSize(250, 1000)
  const first = size.events
  size.saw(sizes(first, 300))
  t.ok(size.events > first)
  for (let i = 0; i < 5; i++) size.saw(sizes(size.events, 300))
  const largest = size.events
  t.ok(largest <= 1000)
  size.saw(sizes(10, 100_000))
  t.ok(size.events * 100_000 < 5_000_000, `then ${size.events} of 100 kB`)
  size.saw(sizes(2, 1_000_000))
  t.ok(size.events <= 5, `then ${size.events} of 1 MB`)
  size.saw([])
  t.ok(size.events >= 1)
  for (let i = 0; i < 10; i++) size.saw(sizes(size.events, 300))
  t.equal(size.events, largest, 'and grow again')
})

t.test('nothing is missed where they change', async (t) => {
  const { database } = await testDatabase(t)
  const store: EventStore = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  const sizes = [
    ...Array.from({ length: 600 }, () => 10),
    ...Array.from({ length: 60 }, () => 50_000),
  ]
  const events = [...sizes, ...sizes].map((size) => newEvent({ text: 'x'.repeat(size) }))
  for (let i = 0; i < events.length; i += 15) {
    await store.append('sale-main.1', events.slice(i, i + 15), i === 0 ? 'no_stream' : i - 1)
  }
  const ids = events.map(({ id }) => id)
  const read = async (pages: AsyncIterable<readonly StoredEvent[]>) =>
    (await Array.fromAsync(pages)).flat().map(({ id }) => id)
  const filter = { categories: ['sale'] }
  for (const direction of ['forwards', 'backwards'] as const) {
    const expected = direction === 'forwards' ? ids : ids.toReversed()
    t.strictSame(await read(store.readAll({ direction })), expected)
    t.strictSame(await read(store.readAll({ direction, filter })), expected)
    t.strictSame(await read(store.readStream('sale-main.1', { direction })), expected)
  }
  t.strictSame(await read(store.readStream('sale-main.1', { maxCount: 251 })), ids.slice(0, 251))
  const pages = await Array.fromAsync(store.readAll())
  t.ok(Math.max(...pages.map((page) => JSON.stringify(page).length)) < 25_000_000)
})

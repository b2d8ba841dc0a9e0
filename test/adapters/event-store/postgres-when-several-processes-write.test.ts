import t from 'tap'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import type { StoredEvent } from '#log/event-store.ts'
import { testDatabase } from '#test/support/database.ts'
import { forkWriters } from '#test/support/writers.ts'

t.test('two processes append while a third reads', async (t) => {
  const { database, url } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  const processes = await Promise.all([
    forkWriters(t, url, 'sale', 24, 120),
    forkWriters(t, url, 'sale', 24, 120),
  ])
  const total = 2 * 24 * 120 * 2

  const seen: StoredEvent[] = []
  let batches = 0
  const stop = new AbortController()
  const reading = (async () => {
    for await (const { events } of store.subscribe({ signal: stop.signal })) {
      seen.push(...events)
      batches += 1
      if (seen.length >= total) stop.abort()
    }
  })()
  for (const writers of processes) writers.start()
  t.strictSame(await Promise.all(processes.map(({ ended }) => ended)), [0, 0])
  await reading

  t.ok(batches > 10, `read in ${batches} batches, while it was being written`)
  t.ok(
    seen.every(({ position }, i) => position === `${i + 1}`),
    'positions are dense: no event was missed, none seen twice, none out of order',
  )
  const acknowledged = processes.flatMap(({ acknowledged }) => acknowledged)
  t.equal(acknowledged.length, 2 * 24 * 120)
  for (const { stream, from, ids, position } of acknowledged) {
    const there = seen.slice(Number(position) - ids.length, Number(position))
    if (there.some((e, i) => e.id !== ids[i] || e.stream !== stream || e.revision !== from + i)) {
      t.fail(`${stream}@${from} is not at ${position}, where it was acknowledged`)
    }
  }
  t.equal(new Set(seen.map(({ id }) => id)).size, total)
  const writers = seen.map(({ stream }) => stream.split('.')[1])
  const changes = writers.filter((writer, i) => i > 0 && writer !== writers[i - 1]).length
  t.ok(changes > 10, `the processes took turns ${changes} times`)
})

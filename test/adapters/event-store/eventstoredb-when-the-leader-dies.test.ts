import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import type { TestCluster } from '#test/support/eventstoredb-node/cluster.ts'
import { testCluster, testStore } from '#test/support/eventstoredb.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'

const WRITERS = 16
const APPENDS_EACH = 30

const idsOf = (events: readonly { readonly id: string }[]): readonly string[] =>
  events.map(({ id }) => id)

const ours = (cluster: TestCluster) =>
  idsOf(cluster.log.filter(({ type }) => !type.startsWith('$')))

async function eventsOf(store: EventStore, stream: string): Promise<readonly StoredEvent[]> {
  return (await Array.fromAsync(store.readStream(stream))).flat()
}

/** Each writer on its own stream, one event after the other. Answers what was acknowledged. */
async function write(store: EventStore, writer: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let i = 0; i < APPENDS_EACH; i++) {
    const event = newEvent()
    await store.append(`sale-main.${writer}`, [event], i === 0 ? 'no_stream' : i - 1)
    ids.push(event.id)
    await sleep(5)
  }
  return ids
}

/** Follows the log until so many events have come. */
async function follow(store: EventStore, count: number) {
  const seen: StoredEvent[] = []
  const dropped: unknown[] = []
  const onReconnect = (cause: unknown) => dropped.push(cause)
  const signal = new AbortController().signal
  for await (const { events } of store.subscribe({ signal, onReconnect })) {
    seen.push(...events)
    if (seen.length >= count) break
  }
  return { seen: idsOf(seen), dropped }
}

for (const [kind, preference] of [
  ['the leader', ''],
  ['a follower', '&nodePreference=follower'],
]) {
  t.test(`16 writers, the leader killed twice, subscribed to ${kind}`, async (t) => {
    const cluster = await testCluster(t, { lagMs: 20 })
    const store = testStore(t, cluster.connectionString + preference, 60_000)
    const following = follow(store, WRITERS * APPENDS_EACH)
    const writing = Promise.all(Array.from({ length: WRITERS }, (_, i) => write(store, i)))
    for (let kill = 0; kill < 2; kill++) {
      const reached = cluster.log.length + 60
      while (cluster.log.length < reached) await sleep(1)
      await cluster.killLeader({ leaderlessMs: 300 })
      await cluster.restart()
    }
    const acknowledged = await writing
    t.ok(cluster.unanswered > 0, 'appends were written and not answered')
    t.ok(cluster.lost > 0, 'and others lost')
    for (const [writer, ids] of acknowledged.entries()) {
      t.strictSame(idsOf(await eventsOf(store, `sale-main.${writer}`)), ids, 'each event once')
    }
    const { seen } = await following
    t.strictSame(
      seen,
      ours(cluster),
      'the subscriber saw the log in order, nothing left out or twice',
    )
  })
}

t.test('while nobody leads: appends and reads end at their deadline, and work again', async (t) => {
  const cluster = await testCluster(t)
  const hasty = testStore(t, cluster.connectionString, 200)
  const patient = testStore(t, cluster.connectionString, 60_000)
  const event = newEvent()
  await patient.append('sale-main.1', [event], 'no_stream')
  const electing = cluster.killLeader({ leaderlessMs: 1500 })
  while (cluster.isLed) await sleep(1)
  const unavailable = { name: 'LogUnavailable', retryAfterSeconds: 1 }
  await Promise.all([
    t.rejects(hasty.append('sale-main.1', [newEvent()], 0), unavailable),
    t.rejects(eventsOf(hasty, 'sale-main.1'), unavailable),
    t.rejects(hasty.head(), unavailable),
  ])
  t.strictSame(idsOf(await eventsOf(patient, 'sale-main.1')), [event.id], 'the patient is answered')
  await electing
  t.match(await patient.append('sale-main.1', [newEvent()], 0), { revision: 1 })
})

t.test(
  'a leader that falls silent is left, and what it was sent is sent to the next',
  async (t) => {
    const cluster = await testCluster(t, { members: 3 })
    const store = testStore(t, cluster.connectionString, 30_000)
    const following = follow(store, 3)
    await store.append('sale-main.1', [newEvent()], 'no_stream')
    const electing = cluster.freezeLeader({ leaderlessMs: 200 })
    const append = store.append('sale-main.1', [newEvent()], 0)
    const read = eventsOf(store, 'sale-main.1')
    await electing
    t.match(await append, { revision: 1 })
    t.ok((await read).length >= 1)
    await store.append('sale-main.1', [newEvent()], 1)
    const { seen } = await following
    t.strictSame(seen, ours(cluster))
  },
)

for (const [kind, members, preference] of [
  ['leader', 3, 'leader'],
  ['follower', 2, 'follower'],
] as const) {
  t.test(`a subscriber who only listens leaves a ${kind} that falls silent`, async (t) => {
    const cluster = await testCluster(t, { members })
    const url = `${cluster.connectionString}&nodePreference=${preference}&gossipTimeout=1`
    const reader = new EventStoreDbEventStore({
      connectionString: url,
      deadlineMs: 1000,
      lookAnywayMs: 100,
    })
    t.teardown(() => reader.close())
    const first = testStore(t, cluster.connectionString)
    await first.append('sale-main.1', [newEvent()], 'no_stream')
    const seen: string[] = []
    const one = Promise.withResolvers<void>()
    const following = (async () => {
      for await (const { events } of reader.subscribe({ signal: new AbortController().signal })) {
        seen.push(...idsOf(events))
        one.resolve()
        if (seen.length === 2) break
      }
    })()
    await one.promise
    if (kind === 'leader') await cluster.freezeLeader({ leaderlessMs: 200 })
    else cluster.freeze(1)
    const second = testStore(t, cluster.connectionStringOf(kind === 'leader' ? 1 : 0))
    await second.append('sale-main.1', [newEvent()], 0)
    await following
    t.strictSame(seen, ours(cluster))
  })
}

t.test('told of a follower alone, it goes where the follower says', async (t) => {
  const cluster = await testCluster(t, { lagMs: 60_000 })
  const store = testStore(t, cluster.connectionStringOf(1))
  const { position } = await store.append('sale-main.1', newEvents(3), 'no_stream')
  const reader = testStore(t, cluster.connectionStringOf(1))
  t.equal((await eventsOf(reader, 'sale-main.1')).length, 3)
  t.equal(await testStore(t, cluster.connectionStringOf(1)).head(), position)
})

t.test('what was appended is read at once, also where followers lag', async (t) => {
  const cluster = await testCluster(t, { lagMs: 300 })
  const store = testStore(t, `${cluster.connectionString}&nodePreference=follower`)
  let seen = 0
  const signal = new AbortController().signal
  const following = (async () => {
    for await (const { events } of store.subscribe({ signal })) {
      seen += events.length
      if (seen >= 20) break
    }
  })()
  for (let i = 0; i < 20; i++) {
    const { position } = await store.append(
      'sale-main.1',
      [newEvent()],
      i === 0 ? 'no_stream' : i - 1,
    )
    t.equal((await eventsOf(store, 'sale-main.1')).length, i + 1)
    t.equal(await store.head(), position)
  }
  await following
  t.equal(seen, 20, 'the subscriber gets it from the follower, a little later')
})

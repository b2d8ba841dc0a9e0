import fc from 'fast-check'
import t, { type Test } from 'tap'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { appendInOrder } from '#log/append-in-order.ts'
import { compareLogs, tellDifference } from '#log/compare-logs.ts'
import { LogCopy } from '#log/copy-log.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { summariseLog } from '#log/export.ts'
import { ReadHistory } from '#log/read-history.ts'
import { testDatabase } from '#test/support/database.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'
import { eventually } from '#test/support/server.ts'

async function postgres(t: Pick<Test, 'teardown'>): Promise<PostgresEventStore> {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  return store
}

async function eventStoreDb(t: Pick<Test, 'teardown'>): Promise<EventStore> {
  const { connectionString } = await testNode(t)
  return testStore(t, connectionString)
}

/** Copies all that the log holds now, proves it, and ends. */
async function copyOnce(from: EventStore, to: EventStore) {
  const copy = new LogCopy(from, to)
  const ended = new AbortController()
  const alreadyThere = await copy.begin()
  const following = copy.follow(ended.signal)
  try {
    const until = AbortSignal.any([ended.signal, AbortSignal.timeout(60_000)])
    const proven = copy.proven(await from.head(), until)
    const proof = await Promise.race([proven, following.then(() => undefined)])
    return { copy, alreadyThere, proof }
  } finally {
    ended.abort()
    await following.catch(() => undefined)
  }
}

type Runs = readonly { readonly stream: number; readonly data: readonly unknown[] }[]

/** Runs of events of some streams, in an order of their own. */
const histories = fc.array(
  fc.record({
    stream: fc.integer({ min: 0, max: 5 }),
    data: fc.array(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
  { maxLength: 30 },
)

function* placed(history: Runs) {
  const revisions = new Map<string, number>()
  for (const { stream: number, data } of history) {
    const stream = `sale-main.${number}`
    for (const one of data) {
      const revision = (revisions.get(stream) ?? -1) + 1
      revisions.set(stream, revision)
      yield { ...newEvent(JSON.parse(JSON.stringify(one))), stream, revision }
    }
  }
}

t.test('any history is the same there, and back again', async (t) => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const ends: (() => void | Promise<void>)[] = []
      const teardown = (end: () => void | Promise<void>): void => void ends.unshift(end)
      try {
        const [there, between] = [await postgres({ teardown }), await eventStoreDb({ teardown })]
        const [from, back] = [new InMemoryEventStore(), new InMemoryEventStore()]
        await appendInOrder(from, placed(history))
        const expected = await summariseLog(from)
        t.strictSame((await copyOnce(from, there)).proof, expected)
        t.strictSame((await copyOnce(there, between)).proof, expected)
        t.strictSame((await copyOnce(between, back)).proof, expected)
        t.strictSame(await summariseLog(back), expected)
      } finally {
        for (const end of ends) await end()
      }
    }),
    { numRuns: 6 },
  )
})

for (const [name, open] of [
  ['from PostgreSQL to EventStoreDB', [postgres, eventStoreDb]],
  ['from EventStoreDB to PostgreSQL', [eventStoreDb, postgres]],
  ['from one PostgreSQL to another', [postgres, postgres]],
] as const) {
  t.test(`${name}, while four writers append`, async (t) => {
    const [from, to] = [await open[0](t), await open[1](t)]
    await appendInOrder(
      from,
      placed(Array.from({ length: 400 }, (_, i) => ({ stream: i % 7, data: [{ i }, { i }] }))),
    )
    const copy = new LogCopy(from, to)
    t.equal(await copy.begin(), 0)
    const ended = new AbortController()
    const following = copy.follow(ended.signal)
    const writers = [1, 2, 3, 4].map(async (writer) => {
      for (let i = 0; i < 60; i++) {
        const expected = i === 0 ? 'no_stream' : 2 * i - 1
        await from.append(`wallet-main.${writer}`, newEvents(2), expected)
      }
    })
    await Promise.all(writers)
    const proof = await copy.proven(await from.head(), AbortSignal.timeout(30_000))
    t.equal(proof?.count, 800 + 480)
    t.strictSame(await summariseLog(to), await summariseLog(from))
    ended.abort()
    await following
    t.match(await copyOnce(from, to), { alreadyThere: 1280, proof }, 'again: nothing changes')
  })
}

t.test('a place in the one log is found in the other', async (t) => {
  const [from, to] = [await postgres(t), await eventStoreDb(t)]
  await appendInOrder(
    from,
    placed(
      Array.from({ length: 540 }, (_, i) => ({ stream: i % 3, data: [{ i }, {}, {}, {}, {}] })),
    ),
  )
  const { copy } = await copyOnce(from, to)
  const places = async (store: EventStore) => (await Array.fromAsync(store.readAll())).flat()
  const [here, there] = [await places(from), await places(to)]
  for (const ordinal of [1, 2, 999, 1000, 1001, 2000, 2500, 2699, 2700]) {
    const position = here[ordinal - 1]!.position
    t.equal(await copy.from.ordinalAt(position), ordinal)
    t.equal(await copy.to.positionAt(ordinal), there[ordinal - 1]!.position)
    t.equal(await copy.to.ordinalAt(there[ordinal - 1]!.position), ordinal)
    t.equal(await copy.from.positionAt(ordinal), position)
  }
  t.equal(await copy.to.positionAt(0), undefined)
})

t.test('a copy that was interrupted goes on where it was', async (t) => {
  const [from, to] = [new InMemoryEventStore(50), new InMemoryEventStore(50)]
  await appendInOrder(
    from,
    placed(Array.from({ length: 500 }, (_, i) => ({ stream: i % 11, data: [{ i }] }))),
  )
  let left = 120
  to.hooks.before = () => {
    left -= 1
    if (left < 0) throw new Error('the power went')
  }
  await t.rejects(copyOnce(from, to), { message: 'the power went' })
  const there = to.log.length
  t.ok(there > 0 && there < 500, `${there} events were there`)
  to.hooks = {}
  t.match(await copyOnce(from, to), { alreadyThere: there, proof: { count: 500 } })
})

t.test('what an earlier copy still had on its way is met, not doubled', async (t) => {
  const [from, to] = [new InMemoryEventStore(), new InMemoryEventStore()]
  await from.append('sale-main.1', newEvents(9), 'no_stream')
  const late = from.log.slice(0, 3)
  let isFirst = true
  to.hooks.before = async ({ events }) => {
    if (!isFirst || events.length === 3) return
    isFirst = false
    await to.append('sale-main.1', late, 'no_stream')
  }
  t.match(await copyOnce(from, to), { proof: { count: 9 } })
  t.strictSame(
    to.log.map(({ id }) => id),
    from.log.map(({ id }) => id),
  )
})

t.test(
  'a log that holds anything else is left alone, and the first difference named',
  async (t) => {
    const from = new InMemoryEventStore()
    await from.append('sale-main.1', newEvents(5), 'no_stream')
    const like = async (
      change: (events: ReturnType<typeof newEvents>) => ReturnType<typeof newEvents>,
    ) => {
      const store = new InMemoryEventStore()
      const events = from.log.map(({ id, type, data, metadata }) => ({ id, type, data, metadata }))
      await store.append('sale-main.1', change(events), 'no_stream')
      return store
    }
    const cases = [
      [
        await like((events) => [...events.slice(0, 3), newEvent()]),
        /event 4 differs in id, data, metadata: .*sale-main\.1@3/,
      ],
      [
        await like(([first, ...rest]) => [{ ...first!, data: { x: 1 } }, ...rest]),
        /event 1 differs in data/,
      ],
      [
        await like(([first, ...rest]) => [{ ...first!, type: 'SalePaid' }, ...rest]),
        /event 1 differs in type/,
      ],
      [
        await like((events) => [...events, newEvent()]),
        /holds an event 6 \(SaleRecorded .*sale-main\.1@5\) that the other does not have/,
      ],
    ] as const
    for (const [to, message] of cases) {
      const before = to.log.length
      await t.rejects(copyOnce(from, to), { name: 'CopyRefused', message })
      t.equal(to.log.length, before, 'nothing was written')
      const difference = await compareLogs(new ReadHistory(from), new ReadHistory(to))
      t.match(difference && tellDifference(difference), message)
    }
    const shorter = await like((events) => events.slice(0, 2))
    const difference = await compareLogs(new ReadHistory(from), new ReadHistory(shorter))
    t.match(difference, { ordinal: 3, to: undefined, from: { stream: 'sale-main.1', revision: 2 } })
  },
)

t.test('what is copied while two logs are compared is found in both', async (t) => {
  const [from, to] = [new InMemoryEventStore(), new InMemoryEventStore()]
  const [early, late] = [newEvents(5), newEvents(3)]
  for (const store of [from, to]) await store.append('sale-main.1', early, 'no_stream')
  /** Reads on to what came since it began, as the one store does and the other does not. */
  async function* readAll() {
    yield* to.readAll()
    for (const store of [from, to]) await store.append('sale-main.1', late, 4)
    yield* to.readAll({ from: '5' as Position })
  }
  const growing = { readAll } as unknown as EventStore
  t.equal(await compareLogs(new ReadHistory(from), new ReadHistory(growing)), undefined)
})

t.test('somebody else who writes to the log copied to is noticed', async (t) => {
  const [from, to] = [new InMemoryEventStore(), new InMemoryEventStore()]
  await from.append('sale-main.1', newEvents(5), 'no_stream')
  const copy = new LogCopy(from, to)
  await copy.begin()
  const following = copy.follow(AbortSignal.timeout(30_000))
  const refused = t.rejects(following, { name: 'CopyRefused', message: /event 6 .*sale-main\.7@0/ })
  await eventually('all was copied', async () => (await copy.isNear()) && copy.to.count === 5)
  await to.append('sale-main.7', [newEvent()], 'no_stream')
  await refused
})

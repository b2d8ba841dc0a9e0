import t from 'tap'
import { uuidFrom } from '#commands/command-id.ts'
import { createCommandHandler } from '#commands/create-handler.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { OutcomesOfLog } from '#test/support/outcomes-of-log.ts'
import { contextOf, InMemoryKeptStates, tally } from '#test/support/tally.ts'

const setUp = (store = new InMemoryEventStore(), keptStates = new InMemoryKeptStates()) => {
  const outcomes = new OutcomesOfLog(store)
  const warn = (message: string, cause: unknown) => t.fail(message, { cause })
  const codec = createCodec(new InMemoryKeyRing())
  const handler = createCommandHandler({ store, codec, outcomes, keptStates, warn })
  const add = (amount: bigint, key?: string, body?: string) =>
    handler.handle(tally, 'c1', { amount }, contextOf(key, body))
  return { store, outcomes, keptStates, handler, add }
}

t.test('it changes nothing and gets the first answer', async (t) => {
  const { store, add } = setUp()
  const first = await add(5n, 'one')
  await add(7n, 'two')
  const again = await add(5n, 'one')
  t.same(again, { ...first, replayed: true })
  t.equal(store.log.length, 2)
})

t.test('with another body it is refused', async (t) => {
  const { store, add } = setUp()
  await add(5n, 'one')
  await t.rejects(add(6n, 'one', 'other body'), { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.equal(store.log.length, 1)
})

t.test('while the first is in flight it is refused', async (t) => {
  const { store, add } = setUp()
  const first = add(5n, 'one')
  await t.rejects(add(5n, 'one'), { code: 'IDEMPOTENCY_IN_FLIGHT' })
  await t.rejects(add(5n, 'one', 'other body'), { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.match(await first, { revision: 0 })
  t.match(await add(5n, 'one'), { replayed: true })
  t.equal(store.log.length, 1)
})

t.test('a refused command is decided anew', async (t) => {
  const { handler, add } = setUp()
  const limited = () => handler.handle(tally, 'c1', { amount: 9n, limit: 5n }, contextOf('one'))
  await t.rejects(limited(), { code: 'AMOUNT_ABOVE_OWED' })
  await add(-9n)
  t.match(await limited(), { revision: 1, replayed: false })
})

t.test('having changed nothing, it changes nothing later either', async (t) => {
  const { store, handler, add } = setUp()
  const set = (times: number, key: string, body?: string) =>
    handler.handle(tally, 'c1', { amount: 5n, times }, contextOf(key, body), {
      mayChangeNothing: true,
    })
  await add(7n)
  const first = await set(0, 'one')
  t.match(first, { events: [], revision: 0, replayed: false })
  await add(1n)
  // As if the same body said something else by now.
  t.same(await set(1, 'one'), { ...first, replayed: true })
  await t.rejects(set(1, 'one', 'other body'), { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.match(await set(1, 'two'), { revision: 2, replayed: false }, 'another key takes effect')
  t.match(await set(1, 'two'), { revision: 2, replayed: true })
  t.equal(store.log.length, 3)
})

for (const seen of [Number.POSITIVE_INFINITY, 9_000, 0]) {
  t.test(`after a restart and 10,000 later events, the table having seen ${seen}`, async (t) => {
    const { store, handler, keptStates, add } = setUp()
    await add(3n)
    const first = await add(5n, 'one')
    for (let i = 0; i < 20; i++) {
      await handler.handle(tally, 'c1', { amount: 1n, times: 500 }, contextOf(`later ${i}`))
    }
    await handler.close()
    const restarted = setUp(store, keptStates)
    restarted.outcomes.seen = seen
    t.same(await restarted.add(5n, 'one'), { ...first, replayed: true })
    await t.rejects(restarted.add(5n, 'one', 'other'), { code: 'IDEMPOTENCY_KEY_REUSED' })
    t.match(await restarted.add(5n, 'new'), { replayed: false, revision: 10_002 })
    t.match(await restarted.add(5n, 'later 19'.replace('19', '7')), { code: undefined }, 'known')
    t.equal(store.log.length, 10_003)
  })
}

t.test('a long stream thought new is met with all it holds', async (t) => {
  const { store, handler, keptStates, add } = setUp()
  const first = await add(5n, 'one')
  await handler.handle(tally, 'c1', { amount: 1n, times: 200 }, contextOf('later'))
  await handler.close()
  const restarted = setUp(store, keptStates)
  const again = restarted.handler.handle(tally, 'c1', { amount: 5n }, contextOf('one'), {
    isNew: true,
  })
  t.same(await again, { ...first, replayed: true })
  t.equal(store.log.length, 201)
})

t.test('the table is not asked about streams that are known whole', async (t) => {
  const { outcomes, add } = setUp()
  for (let i = 0; i < 30; i++) await add(1n, `key ${i}`)
  t.equal(outcomes.asked, 0)
})

t.test('a hot stream forgets its commands as the table gets to know them', async (t) => {
  const { store, outcomes, add } = setUp()
  outcomes.seen = 0
  for (let i = 0; i < 600; i++) await add(1n, `key ${i}`)
  outcomes.seen = 500
  await add(1n, 'key 600')
  const reads = store.reads.length
  t.match(await add(1n, 'key 3'), { replayed: true, revision: 3 }, 'known by the table')
  t.match(await add(1n, 'key 590'), { replayed: true, revision: 590 }, 'known here')
  t.equal(store.reads.length, reads + 2, 'the log is read for the answers only')
  t.equal(store.log.length, 601)
})

t.test('a hot stream is as quick while nobody folds the log, and knows its commands', async (t) => {
  const { store, outcomes, add } = setUp()
  const keys = Array.from({ length: 10_600 }, (_, i) => uuidFrom(`key ${i}`))
  const key = (i: number) => keys[i] ?? ''
  outcomes.seen = 0
  for (let i = 0; i < 10_600; i += 200) {
    await Promise.all(keys.slice(i, i + 200).map((one) => add(1n, one)))
  }
  t.same(store.reads, ['customerCredit-main.c1'], 'the log was read at first, and never since')
  for (const i of [0, 3, 590, 10_599]) {
    t.match(await add(1n, key(i)), { replayed: true, revision: i }, `${i} is found`)
  }
  await t.rejects(add(1n, key(3), 'other'), { code: 'IDEMPOTENCY_KEY_REUSED' })
  outcomes.seen = 10_100
  t.match(await add(1n, uuidFrom('later')), { replayed: false, revision: 10_600 })
  for (const i of [0, 10_050, 10_150]) {
    t.match(await add(1n, key(i)), { replayed: true, revision: i }, `${i} is found`)
  }
  t.equal(store.log.length, 10_601)
})

t.test('a command of several streams is known on each', async (t) => {
  const { handler, add } = setUp()
  await add(1n, 'one')
  const elsewhere = (body: string) =>
    handler.handle(tally, 'c2', { amount: 1n }, contextOf('one', body))
  await t.rejects(elsewhere('other body'), { code: 'IDEMPOTENCY_KEY_REUSED' })
  t.equal(await handler.replay(tally, 'c2', contextOf('one')), undefined)
  t.match(await elsewhere('body'), { revision: 0, replayed: false }, 'its second step')
  t.match(await handler.replay(tally, 'c2', contextOf('one')), { revision: 0, replayed: true })
  t.equal(await handler.replay(tally, 'c2', contextOf()), undefined, 'without a key, no repeat')
})

t.test('the log was replaced by a shorter one: the table of before knows nothing', async (t) => {
  const former = setUp()
  for (let i = 0; i < 300; i++) await former.add(1n)
  const gone = await former.add(5n, 'gone')
  const store = new InMemoryEventStore()
  const warn = (message: string, cause: unknown) => t.fail(message, { cause })
  const codec = createCodec(new InMemoryKeyRing())
  const keptStates = new InMemoryKeptStates()
  const { outcomes } = former
  const handler = createCommandHandler({ store, codec, outcomes, keptStates, warn })
  const add = (key: string) => handler.handle(tally, 'c1', { amount: 5n }, contextOf(key))

  for (let i = 0; i < 100; i++) t.match(await add(uuidFrom(`key ${i}`)), { revision: i })
  for (let i = 0; i < 100; i++) {
    t.match(await add(uuidFrom(`key ${i}`)), { revision: i, replayed: true })
  }
  t.equal(store.log.length, 100, 'nothing was taken twice')
  t.equal(gone.replayed, false)
  t.match(await add('gone'), { revision: 100, replayed: false }, 'what went with the log is done')
  t.same(store.log.at(-1)?.data['amount'], '5')
})

import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createCommandHandler } from '#commands/create-handler.ts'
import { Rejection } from '#domain/rejection.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { LogUnavailable } from '#log/errors.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { OutcomesOfLog } from '#test/support/outcomes-of-log.ts'
import { contextOf, InMemoryKeptStates, tally } from '#test/support/tally.ts'

const setUp = (store = new InMemoryEventStore(), keptStates = new InMemoryKeptStates()) => {
  const outcomes = new OutcomesOfLog(store)
  const warn = (message: string, cause: unknown) => t.fail(message, { cause })
  const codec = createCodec(new InMemoryKeyRing())
  const handler = createCommandHandler({ store, codec, outcomes, keptStates, warn })
  const add = (amount: bigint, key?: string, options = {}) =>
    handler.handle(tally, 'c1', { amount, ...options }, contextOf(key))
  return { store, outcomes, keptStates, handler, add }
}

const amounts = (store: InMemoryEventStore) => store.log.map(({ data }) => data['amount'])

t.test('a command is decided on the state that the log says', async (t) => {
  const { store, add } = setUp()
  const first = await add(5n)
  t.match(first, { revision: 0, position: '1', replayed: false })
  t.match(first.events, [{ type: 'CustomerCreditReceived', data: { amount: '5' }, revision: 0 }])
  t.match(store.log[0], {
    stream: 'customerCredit-main.c1',
    metadata: { organisation: 'main', actor: 'owner', recordedAt: '2026-11-21T10:00:00Z' },
  })
  await t.rejects(add(6n, undefined, { limit: 10n }), new Rejection('AMOUNT_ABOVE_OWED'))
  t.match(await add(5n, undefined, { limit: 10n }), { revision: 1 })
  t.match(await add(0n), { events: [], revision: 1, position: undefined }, 'nothing to do')
  t.same(amounts(store), ['5', '5'])
})

t.test('commands that wait leave together, each with its own outcome', async (t) => {
  const { store, add } = setUp()
  const outcomes = await Promise.allSettled([
    ...Array.from({ length: 60 }, () => add(1n)),
    add(1n, undefined, { limit: 10n }),
    ...Array.from({ length: 40 }, () => add(1n)),
  ])
  t.equal(outcomes.filter(({ status }) => status === 'rejected').length, 1)
  t.equal(outcomes[60]?.status, 'rejected', 'a refusal fails its own caller only')
  t.ok(store.appends.length < 10, `${store.appends.length} appends for 100 commands`)
  const revisions = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value.revision] : []))
  t.same(
    revisions,
    Array.from({ length: 100 }, (_, i) => i),
    'in the order they came',
  )
  for (const outcome of outcomes) {
    if (outcome.status !== 'fulfilled') continue
    const [event] = outcome.value.events
    t.equal(event?.id, store.log[event?.revision ?? -1]?.id, 'told what was stored')
  }
})

t.test('one command with many events, and a group too large for one append', async (t) => {
  const { store, add } = setUp()
  const outcomes = await Promise.all(
    Array.from({ length: 20 }, () => add(1n, undefined, { times: 120 })),
  )
  t.equal(store.log.length, 2400)
  t.ok(store.appends.every(({ events }) => events.length <= 500))
  t.same(
    outcomes.map(({ revision, events }) => [revision, events.length, events[0]?.revision]),
    Array.from({ length: 20 }, (_, i) => [i * 120 + 119, 120, i * 120]),
  )
})

t.test('another writer came first: the tail is read and the command decided again', async (t) => {
  const { store, add } = setUp()
  const other = setUp(store)
  await add(5n, undefined, { limit: 10n })
  await other.add(5n, undefined, { limit: 10n })
  await t.rejects(
    add(1n, undefined, { limit: 10n }),
    { code: 'AMOUNT_ABOVE_OWED' },
    'decided anew on what the other wrote',
  )
  t.match(await add(1n), { revision: 2 })
  t.match(await other.add(0n), { revision: 2, events: [] }, 'nothing to do is not said unseen')
})

t.test('a refusal on a state that others have changed is not believed', async (t) => {
  const { store, add } = setUp()
  const other = setUp(store)
  await add(10n)
  await other.add(-8n)
  t.match(await add(5n, undefined, { limit: 10n }), { revision: 2 })
})

t.test('a state read as a fact is at most a second old', async (t) => {
  const { store, handler } = setUp()
  const other = setUp(store)
  const load = (options = {}) => handler.load(tally, 'main', 'c1', options)
  t.match(await load(), { revision: -1, state: { count: 0 } })
  await other.add(5n)
  t.match(await load(), { revision: -1 }, 'young enough')
  t.match(await load({ age: 'now' }), { revision: 0, state: { count: 1 } })
  await other.add(5n)
  await sleep(1100)
  t.match(await load(), { revision: 1 }, 'too old')
  const first = await createCodec(new InMemoryKeyRing()).decode(store.log.slice(0, 2))
  t.same(await handler.history(tally, 'main', 'c1', 2), first)
})

t.test('If-Match: only at the revision that the caller saw', async (t) => {
  const { handler, add } = setUp()
  await add(5n)
  const at = (ifRevision: number) =>
    handler.handle(tally, 'c1', { amount: 1n }, contextOf(), { ifRevision })
  await t.rejects(at(3), { code: 'REVISION_MISMATCH', facts: { expected: 3, actual: 0 } })
  t.match(await at(0), { revision: 1 })
})

t.test('a stream thought new is not read before, and is met if it exists', async (t) => {
  const { store, handler } = setUp()
  const add = (key?: string) =>
    handler.handle(tally, 'c1', { amount: 1n }, contextOf(key), { isNew: true })
  await add('one')
  t.same(store.reads, [])
  const again = setUp(store)
  const repeated = await again.handler.handle(tally, 'c1', { amount: 1n }, contextOf('one'), {
    isNew: true,
  })
  t.match(repeated, { replayed: true, revision: 0 })
  t.equal(store.log.length, 1)
})

t.test('the log gives no verdict: callers are told, and the state is read anew', async (t) => {
  const { store, add } = setUp()
  await add(1n)
  store.hooks.after = () => {
    store.hooks = {}
    throw new LogUnavailable('connection lost')
  }
  const [lost, next] = await Promise.allSettled([add(2n, 'lost'), add(4n, 'next')])
  t.match(lost, { status: 'rejected', reason: { name: 'LogUnavailable' } })
  t.match(next, { status: 'rejected', reason: { name: 'LogUnavailable' } }, 'of the same append')
  t.match(await add(2n, 'lost'), { replayed: true, revision: 1 }, 'it had been stored')
  t.match(await add(8n), { revision: 3 })
  t.same(amounts(store), ['1', '2', '4', '8'])
})

t.test('what cannot be encoded fails alone', async (t) => {
  const { store, add } = setUp()
  const results = await Promise.allSettled([
    add(1n),
    add(10n ** 30n),
    add(2n, undefined, { limit: 10n }),
  ])
  t.same(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  t.match(results[1], { reason: { message: /does not fit its schema/ } })
  t.same(amounts(store), ['1', '2'], 'the one after it was decided without it')
})

t.test('more than an append can hold is refused as too large', async (t) => {
  const { add } = setUp()
  const tooLarge = add(1n, undefined, { times: 14_000 })
  await t.rejects(tooLarge, { code: 'DOCUMENT_TOO_LARGE', facts: { limit: 1_048_576 } })
  t.match(await add(1n), { revision: 0 })
})

t.test('the log was replaced by an older one: nothing that was known holds', async (t) => {
  const { handler, keptStates, add } = setUp()
  for (let i = 0; i < 150; i++) await add(1n)
  await handler.close()
  t.equal(keptStates.states.get('customerCredit-main.c1')?.revision, 149)

  const older = new InMemoryEventStore()
  const before = setUp(older, keptStates)
  t.match(await before.add(7n), { revision: 0 }, 'the kept state is of another log')
  t.equal(keptStates.states.size, 0)
})

t.test('a state is kept now and then, and a restart reads only what came after', async (t) => {
  const { store, keptStates, handler, add } = setUp()
  for (let i = 0; i < 250; i++) await add(1n)
  await sleep(5)
  t.same(keptStates.states.get('customerCredit-main.c1'), {
    stream: 'customerCredit-main.c1',
    revision: 199,
    stateVersion: 1,
    state: { sum: '200', count: 200 },
  })
  const restarted = setUp(store, keptStates)
  t.match(await restarted.handler.load(tally, 'main', 'c1'), {
    revision: 249,
    state: { sum: '250', count: 250 },
  })
  await handler.close()
  t.equal(keptStates.states.get('customerCredit-main.c1')?.revision, 249)

  const nextVersion = { ...tally, stateVersion: 2 }
  const later = setUp(store, keptStates)
  t.match(await later.handler.load(nextVersion, 'main', 'c1'), { state: { count: 250 } })
  t.equal(keptStates.states.size, 0, 'a state of another version is dropped')
})

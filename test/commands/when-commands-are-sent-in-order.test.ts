import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createCommandHandler } from '#commands/create-handler.ts'
import { Sequence, SequenceBroken } from '#commands/sequence.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { LogUnavailable } from '#log/errors.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { OutcomesOfLog } from '#test/support/outcomes-of-log.ts'
import { contextOf, InMemoryKeptStates, tally } from '#test/support/tally.ts'

/** A handler whose look-ups of earlier commands take as long as `delays` says, in turn. */
function setUp(store: InMemoryEventStore, delays: readonly number[] = []) {
  const table = new OutcomesOfLog(store)
  let asked = 0
  const handler = createCommandHandler({
    store,
    codec: createCodec(new InMemoryKeyRing()),
    keptStates: new InMemoryKeptStates(),
    warn: (message, cause) => t.fail(message, { cause }),
    outcomes: {
      find: async (question) => {
        await sleep(delays[asked++ % (delays.length || 1)] ?? 0)
        return table.find(question)
      },
      findUnchanged: (question) => table.findUnchanged(question),
      keepUnchanged: (question, outcome) => table.keepUnchanged(question, outcome),
    },
  })
  const add = (amount: number, sequence?: Sequence) => {
    const turn = sequence?.next()
    const context = { ...contextOf(`key ${amount}`), ...(turn !== undefined && { turn }) }
    const command = { amount: BigInt(amount) }
    // Whoever sends it says when it has ended, as it may never have come to the queue.
    return handler.handle(tally, 'c1', command, context).finally(() => turn?.taken())
  }
  return { table, handler, add }
}

const amounts = (store: InMemoryEventStore) => store.log.map(({ data }) => Number(data['amount']))
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

t.test('they take effect in that order, however long each takes to look itself up', async (t) => {
  const delays = fc.array(fc.nat({ max: 6 }), { minLength: 1, maxLength: 7 })
  const others = fc.array(fc.nat({ max: 4 }), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 300 }),
      delays,
      others,
      async (count, ms, pauses) => {
        const store = new InMemoryEventStore()
        // A stream that this process does not know from its beginning, so that the table is asked.
        const first = setUp(store)
        for (let i = 0; i < 3; i++) await first.add(1000 + i)
        const { add } = setUp(store, ms)
        const sequence = new Sequence()
        const sent = upTo(count).map((amount) => add(amount, sequence))
        // Another process comes in between: conflicts, and commands decided again.
        const between = pauses.map(async (pause, i) => {
          await sleep(pause)
          await setUp(store).add(2000 + i)
        })
        await Promise.all([...sent, ...between])
        t.same(
          amounts(store).filter((amount) => amount < 1000),
          upTo(count),
        )
      },
    ),
    { numRuns: 30 },
  )
})

t.test('one that was refused before it came lets nobody past those before it', async (t) => {
  const sequence = new Sequence()
  const [slow, refused, next] = [sequence.next(), sequence.next(), sequence.next()]
  refused.taken()
  let came = false
  const coming = next.come().then(() => (came = true))
  await sleep(20)
  t.notOk(came)
  slow.taken()
  t.ok(await coming)
})

t.test('they leave in groups', async (t) => {
  const store = new InMemoryEventStore()
  const { add } = setUp(store)
  const sequence = new Sequence()
  await Promise.all(upTo(400).map((amount) => add(amount, sequence)))
  t.same(amounts(store), upTo(400))
  t.ok(store.appends.length < 20, `${store.appends.length} appends`)
})

t.test('one that needs to be looked up again is not overtaken', async (t) => {
  const store = new InMemoryEventStore()
  const { add, table } = setUp(store, [3, 0, 1])
  // More than a queue remembers by itself, so that it forgets what the table has seen.
  for (const sequence of [new Sequence(), new Sequence(), new Sequence()]) {
    const before = store.log.length
    const wanted = upTo(300).map((n) => before + n)
    await Promise.all(wanted.map((amount) => add(amount, sequence)))
  }
  t.same(amounts(store), upTo(900))
  t.ok(table.asked > 0, 'the table was asked')
})

t.test('what follows one without a verdict is not done, and a repeat completes it', async (t) => {
  const faults = fc.record({ at: fc.integer({ min: 1, max: 8 }), isStored: fc.boolean() })
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 200 }), faults, async (count, { at, isStored }) => {
      const store = new InMemoryEventStore()
      const { add } = setUp(store)
      let appends = 0
      const fail = () => {
        if (++appends === at) throw new LogUnavailable('nobody knows')
      }
      if (isStored) store.hooks.after = fail
      else store.hooks.before = fail
      const sequence = new Sequence()
      const sent = await Promise.allSettled(upTo(count).map((amount) => add(amount, sequence)))
      const known = sent.findIndex(({ status }) => status === 'rejected')
      const rest = known < 0 ? [] : sent.slice(known)
      t.ok(
        rest.every(
          (one) =>
            one.status === 'rejected' &&
            (one.reason instanceof LogUnavailable || one.reason instanceof SequenceBroken),
        ),
        'nothing after it has an outcome',
      )
      store.hooks = {}
      const again = new Sequence()
      await Promise.all(upTo(count).map((amount) => add(amount, again)))
      t.same(amounts(store), upTo(count))
    }),
    { numRuns: 40 },
  )
})

import { setImmediate as turn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createCommandHandler } from '#commands/create-handler.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { OutcomesOfLog } from '#test/support/outcomes-of-log.ts'
import { contextOf, InMemoryKeptStates, tally } from '#test/support/tally.ts'

/** A long stream, read in small pages by a process that was restarted; its table of outcomes has seen little of it. */
async function restarted() {
  const store = new InMemoryEventStore(5)
  const table = new OutcomesOfLog(store)
  const keptStates = new InMemoryKeptStates()
  const codec = createCodec(new InMemoryKeyRing())
  const warn = (message: string, cause: unknown) => t.fail(message, { cause })
  const start = () => createCommandHandler({ store, codec, keptStates, outcomes: table, warn })
  const before = start()
  for (let n = 1; n <= 140; n++) {
    await before.handle(tally, 'c1', { amount: BigInt(n) }, contextOf(`key ${n}`))
  }
  await before.close()
  table.seen = 20
  const handler = start()
  await handler.load(tally, 'main', 'c1')
  const add = (n: number) =>
    handler.handle(tally, 'c1', { amount: BigInt(n) }, contextOf(`key ${n}`))
  const events = (n: number) =>
    store.log.filter(({ metadata }) => metadata.commandId === `key ${n}`).length
  return { table, add, events }
}

t.test('while earlier commands are looked for, those sent again are still done once', async (t) => {
  for (let turns = 0; turns <= 40; turns++) {
    const { table, add, events } = await restarted()
    const again = [70, 75, 102, 130].map((n) => ({ n, told: add(n) }))
    for (let i = 0; i < turns; i++) await turn()
    // It has seen all, which the next one that asks makes use of.
    table.seen = Number.POSITIVE_INFINITY
    const others = [1000, 1001].map(add)
    await Promise.all(others)
    for (const { n, told } of again) {
      t.match(await told, { replayed: true, revision: n - 1 }, `${n}, after ${turns} turns`)
      t.equal(events(n), 1)
    }
  }
})

const step = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ send: fc.nat({ max: 90 }), process: fc.nat({ max: 1 }) }),
  },
  { weight: 8, arbitrary: fc.record({ wait: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 4, arbitrary: fc.record({ see: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ restart: fc.nat({ max: 1 }) }) },
)
const story = fc.array(step, { minLength: 50, maxLength: 400, size: 'max' })

t.test('whatever comes twice, whoever is started anew, each is done once', async (t) => {
  await fc.assert(
    fc.asyncProperty(story, fc.infiniteStream(fc.nat({ max: 4 })), async (steps, delays) => {
      const store = new InMemoryEventStore(5)
      const table = new OutcomesOfLog(store)
      table.seen = 0
      const find = table.find.bind(table)
      table.find = async (question) => {
        for (let i = delays.next().value ?? 0; i > 0; i--) await turn()
        const answer = await find(question)
        for (let i = delays.next().value ?? 0; i > 0; i--) await turn()
        return answer
      }
      const keptStates = new InMemoryKeptStates()
      const warn = (message: string, cause: unknown) => t.fail(message, { cause })
      const codec = createCodec(new InMemoryKeyRing())
      const start = () =>
        createCommandHandler({ store, codec, keptStates, outcomes: table, warn, cachedStreams: 1 })
      const processes = [start(), start()]
      const told = new Map<number, string>()
      const sending: Promise<void>[] = []
      const send = async (key: number, process: number): Promise<void> => {
        const command = { amount: BigInt(key + 1), times: (key % 3) + 1 }
        const sent = processes[process]?.handle(tally, 'c1', command, contextOf(`key ${key}`))
        try {
          const { events = [], revision } = (await sent) ?? {}
          const outcome = JSON.stringify([revision, events.map(({ id }) => id)])
          t.equal(outcome, told.get(key) ?? outcome, 'it answers as the first time')
          told.set(key, outcome)
        } catch (error) {
          t.match(error, { code: 'IDEMPOTENCY_IN_FLIGHT' })
        }
      }
      for (const one of steps) {
        if ('send' in one) sending.push(send(one.send, one.process))
        else if ('see' in one) table.seen = Math.min(table.seen + one.see, store.log.length)
        else if ('restart' in one) processes[one.restart] = start()
        else for (let i = 0; i < one.wait; i++) await turn()
      }
      await Promise.all(sending)
      for (const key of told.keys()) {
        const own = store.log.filter(({ metadata }) => metadata.commandId === `key ${key}`)
        t.equal(own.length, (key % 3) + 1, `key ${key}`)
      }
    }),
    { numRuns: 60 },
  )
})

t.test('a log that was replaced by a shorter one keeps nobody looking for ever', async (t) => {
  const whole = new InMemoryEventStore(5)
  const restored = new InMemoryEventStore(5)
  let store = whole
  const replaced = new Proxy(whole, {
    get(_, name) {
      const value: unknown = Reflect.get(store, name, store)
      return typeof value === 'function' ? (value.bind(store) as unknown) : value
    },
  })
  const table = new OutcomesOfLog(whole)
  const keptStates = new InMemoryKeptStates()
  const codec = createCodec(new InMemoryKeyRing())
  const warn = (message: string, cause: unknown) => t.fail(message, { cause })
  const start = () =>
    createCommandHandler({ store: replaced, codec, keptStates, outcomes: table, warn })
  const before = start()
  const add = (handler: typeof before, n: number) =>
    handler.handle(tally, 'c1', { amount: BigInt(n) }, contextOf(`key ${n}`))
  for (let n = 1; n <= 140; n++) await add(before, n)
  await before.close()
  const handler = start()
  await handler.load(tally, 'main', 'c1')
  for (const { stream, revision, position: _, ...event } of whole.log.slice(0, 40)) {
    await restored.append(stream, [event], revision === 0 ? 'no_stream' : revision - 1)
  }
  store = restored
  t.match(await add(handler, 1000), { replayed: false, revision: 40 })
  t.ok(table.asked < 200, `${table.asked} questions`)
})

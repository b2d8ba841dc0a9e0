import { setImmediate as turn } from 'node:timers/promises'
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

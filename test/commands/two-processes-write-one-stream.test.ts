import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { createCommandHandler } from '#commands/create-handler.ts'
import type { CommandOutcome } from '#commands/handler.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { LogUnavailable } from '#log/errors.ts'
import type { EventStore } from '#log/event-store.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { InMemoryKeyRing } from '#test/support/in-memory-key-ring.ts'
import { OutcomesOfLog } from '#test/support/outcomes-of-log.ts'
import { type Added, contextOf, InMemoryKeptStates, tally } from '#test/support/tally.ts'

/** One caller's command: sent to one of two processes, again and again until it has an answer. */
const command = fc.record({
  key: fc.nat({ max: 19 }).map((n) => `key ${n}`),
  process: fc.nat({ max: 1 }),
  stream: fc.constantFrom('c1', 'c1', 'c1', 'c2'),
  times: fc.integer({ min: 1, max: 3 }),
  /** Milliseconds until it is sent, and until it is sent again from the other process. */
  delay: fc.nat({ max: 8 }),
  again: fc.option(fc.nat({ max: 8 }), { nil: undefined }),
})
const scenario = fc.record({
  commands: fc.array(command, { minLength: 1, maxLength: 60 }),
  /** Of the appends in turn: nothing, lost on the way there, lost on the way back, slow. */
  faults: fc.array(fc.constantFrom('none', 'none', 'before', 'after', 'slow'), { maxLength: 40 }),
  seen: fc.constantFrom(Number.POSITIVE_INFINITY, 10, 0),
  /** Above it the tally refuses. */
  limit: fc.bigInt({ min: 5n, max: 60n }),
})

function faulty(store: InMemoryEventStore, faults: readonly string[]): EventStore {
  let appends = 0
  const faultOf = new Map<unknown, string | undefined>()
  store.hooks.before = async (append) => {
    const fault = faults[appends++]
    faultOf.set(append, fault)
    if (fault === 'slow') await sleep(2)
    if (fault === 'before') throw new LogUnavailable('lost on the way there')
  }
  store.hooks.after = (append) => {
    if (faultOf.get(append) === 'after') throw new LogUnavailable('lost on the way back')
  }
  return store
}

t.test('no update is lost, and each command is applied once', async (t) => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ commands, faults, seen, limit }) => {
      const store = new InMemoryEventStore(7)
      const outcomes = new OutcomesOfLog(store)
      outcomes.seen = seen
      const keptStates = new InMemoryKeptStates()
      const codec = createCodec(new InMemoryKeyRing())
      const warn = (message: string) => t.fail(message)
      const deps = { store: faulty(store, faults), codec, outcomes, keptStates, warn }
      const processes = [createCommandHandler(deps), createCommandHandler(deps)]
      const answers = new Map<string, CommandOutcome<Added>[]>()
      const refused = new Map<string, number>()

      const send = async (item: (typeof commands)[number], process: number): Promise<void> => {
        const { stream, times, key } = item
        const name = `${stream} ${key}`
        for (;;) {
          try {
            const context = contextOf(`${name} ${times}`)
            const what = { amount: 1n, times, limit }
            const outcome = await processes[process]?.handle(tally, stream, what, context)
            if (outcome === undefined) throw new Error('no such process')
            answers.set(`${name} ${times}`, [...(answers.get(`${name} ${times}`) ?? []), outcome])
            return
          } catch (error) {
            const code = (error as { code?: string }).code
            if (code === 'AMOUNT_ABOVE_OWED') {
              refused.set(stream, Math.max(refused.get(stream) ?? 0, times))
              return
            }
            if (!(error instanceof LogUnavailable) && code !== 'IDEMPOTENCY_IN_FLIGHT') throw error
            await sleep(1)
          }
        }
      }
      await Promise.all(
        commands.flatMap((item) => [
          sleep(item.delay).then(() => send(item, item.process)),
          ...(item.again === undefined
            ? []
            : [sleep(item.again).then(() => send(item, 1 - item.process))]),
        ]),
      )

      for (const [key, outcomesOfKey] of answers) {
        const stored = store.log.filter(({ metadata }) => metadata.commandId === key)
        const ids = stored.map(({ id }) => id)
        for (const { events } of outcomesOfKey) {
          if (JSON.stringify(events.map(({ id }) => id)) !== JSON.stringify(ids)) {
            throw new Error(
              `${key} was answered with ${events.length} events, ${ids.length} stored`,
            )
          }
        }
        const times = Number(key.split(' ').at(-1))
        if (stored.length !== times) throw new Error(`${key}: ${stored.length} events`)
      }
      for (const stream of ['c1', 'c2']) {
        const count = store.log.filter((event) => event.stream.endsWith(stream)).length
        if (BigInt(count) > limit) throw new Error(`${stream} is above its limit`)
        const asked = refused.get(stream)
        if (asked !== undefined && BigInt(count + asked) <= limit) {
          throw new Error(`${stream} holds ${count} of ${limit}, yet ${asked} were refused`)
        }
        for (const process of processes) {
          const { state } = await process.load(tally, 'main', stream)
          if (state.count > count) throw new Error('a state of events that are not in the log')
        }
      }
    }),
    { numRuns: 150 },
  )
})

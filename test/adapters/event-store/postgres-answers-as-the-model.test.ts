import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { WrongExpectedRevision } from '#log/errors.ts'
import type { EventStore, NewEvent, StoredEvent } from '#log/event-store.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { newEvents } from '#test/support/new-event.ts'

const { database } = await testDatabase(t)
const store = new PostgresEventStore({ database })
const other = new PostgresEventStore({ database })
t.teardown(() => Promise.all([store.close(), other.close()]))

interface Planned {
  readonly stream: string
  readonly events: readonly NewEvent[]
  readonly behind: number
}

interface Append {
  readonly stream: string
  readonly events: readonly NewEvent[]
  readonly expected: number
}

/** Few events, so that the same are appended again. */
const events = fc.array(fc.constantFrom(...newEvents(6)), { minLength: 1, maxLength: 3 })
const stream = fc.constantFrom('a', 'b', 'c')
/** Mostly where the stream is; else behind it or ahead. */
const behind = fc.constantFrom(0, 0, 0, 1, 2, -1)
const plans = fc.array(fc.record({ stream, events, behind }), { minLength: 1, maxLength: 25 })

let runs = 0

/** What the model answers to appends one after the other, on streams of a new run. */
async function modelled(plan: readonly Planned[]) {
  const model = new InMemoryEventStore()
  const prefix = `sale-main.${runs++}`
  const appends: Append[] = []
  const outcomes: unknown[] = []
  for (const { stream, events, behind } of plan) {
    const name = `${prefix}.${stream}`
    const revision = (await readAll(model.readStream(name))).length - 1
    const append = { stream: name, events, expected: Math.max(-1, revision - behind) }
    appends.push(append)
    outcomes.push(await outcome(model, append))
  }
  return { appends, outcomes, log: model.log }
}

/** The revision, or what was expected and what there was. */
async function outcome(store: EventStore, { stream, events, expected }: Append): Promise<unknown> {
  try {
    const base = expected < 0 ? 'no_stream' : expected
    return (await store.append(stream, events, base)).revision
  } catch (error) {
    if (!(error instanceof WrongExpectedRevision)) throw error
    return { expected: error.expected, actual: error.actual }
  }
}

async function readAll(
  pages: AsyncIterable<readonly StoredEvent[]>,
): Promise<readonly StoredEvent[]> {
  return (await Array.fromAsync(pages)).flat()
}

t.test('two stores on one log, one append after the other', async (t) => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const from = await store.head()
      const { appends, outcomes, log } = await modelled(plan)
      const answers: unknown[] = []
      for (const [i, append] of appends.entries()) {
        answers.push(await outcome(i % 3 === 0 ? other : store, append))
      }
      const stored = await readAll(store.readAll(from === undefined ? {} : { from }))
      const bare = (events: readonly StoredEvent[]) =>
        events.map((event) => ({ ...event, position: undefined }))
      return isDeepStrictEqual(answers, outcomes) && isDeepStrictEqual(bare(stored), bare(log))
    }),
    { numRuns: 60 },
  )
  t.pass('answers and log are those of the model')
})

t.test('one store, all at once: each stream as if one after the other', async (t) => {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const { appends, outcomes, log } = await modelled(plan)
      const answers = await Promise.all(appends.map((append) => outcome(store, append)))
      const streams = new Set(appends.map(({ stream }) => stream))
      for (const stream of streams) {
        const stored = (await readAll(store.readStream(stream))).map(({ id }) => id)
        const should = log.filter((event) => event.stream === stream).map(({ id }) => id)
        if (!isDeepStrictEqual(stored, should)) return false
      }
      return isDeepStrictEqual(answers, outcomes)
    }),
    { numRuns: 60 },
  )
  t.pass('answers and streams are those of the model')
})

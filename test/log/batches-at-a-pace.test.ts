import t from 'tap'
import type { StoredEvent, SubscriptionBatch } from '#log/event-store.ts'
import { paced } from '#log/paced.ts'

function batch(position: number, recordedAt: string | undefined): SubscriptionBatch {
  const events = recordedAt === undefined ? [] : [{ metadata: { recordedAt } } as StoredEvent]
  return { events, position: String(position) as SubscriptionBatch['position'], caughtUp: false }
}

async function* three(recordedAt: string | undefined): AsyncGenerator<SubscriptionBatch> {
  for (const position of [1, 2, 3]) yield batch(position, recordedAt)
}

/** The positions, and when each was given, in milliseconds since the beginning. */
async function taken(batches: AsyncIterable<SubscriptionBatch>, everyMs: number, signal = never) {
  const began = performance.now()
  const given: { readonly position: string; readonly at: number }[] = []
  for await (const { position } of paced(batches, everyMs, signal)) {
    given.push({ position, at: performance.now() - began })
  }
  return given
}

const never = new AbortController().signal
const EVERY_MS = 40
const AN_HOUR = 3_600_000

t.test('what is of this moment comes at a pace', async (t) => {
  for (const recordedAt of [new Date().toISOString(), undefined]) {
    const given = await taken(three(recordedAt), EVERY_MS)
    t.same(
      given.map(({ position }) => position),
      ['1', '2', '3'],
    )
    t.ok(Number(given[2]?.at) >= 2 * EVERY_MS - 5)
  }
})

t.test('the first comes at once', async (t) => {
  for await (const { position } of paced(three(new Date().toISOString()), AN_HOUR, never)) {
    t.equal(position, '1')
    break
  }
})

t.test('whoever is behind is not held up', async (t) => {
  t.equal((await taken(three('2026-01-01T00:00:00.000Z'), AN_HOUR)).length, 3)
})

t.test('an end is not waited for', async (t) => {
  t.equal((await taken(three(undefined), AN_HOUR, AbortSignal.abort())).length, 3)
})

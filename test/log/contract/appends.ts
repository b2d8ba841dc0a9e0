import type { Test } from 'tap'
import { WrongExpectedRevision } from '#log/errors.ts'
import type { EventStore, NewEvent } from '#log/event-store.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'
import {
  collect,
  idsOf,
  type LogUnderTest,
  newCategory,
  newStream,
  openedFor,
} from './log-under-test.ts'

const wrong = (stream: string, expected: number | 'no_stream', actual: number) => ({
  name: 'WrongExpectedRevision',
  stream,
  expected,
  actual,
})

export async function appendsAreOrdered(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)

  await t.test('events take the revisions after the expected one', async (t) => {
    const stream = newStream()
    const events = newEvents(4)
    const [first, ...others] = events as [NewEvent, ...NewEvent[]]
    const one = await store.append(stream, [first], 'no_stream')
    const two = await store.append(stream, others, 0)
    t.equal(one.revision, 0)
    t.equal(two.revision, 3)
    t.ok(store.comparePositions(one.position, two.position) < 0, 'positions grow')
    t.equal(store.comparePositions(one.position, one.position), 0)
    const stored = await collect(store.readStream(stream))
    t.strictSame(
      stored,
      events.map((event, revision) => ({
        ...event,
        stream,
        revision,
        position: stored[revision]?.position,
      })),
      'and come back as they were',
    )
    t.equal(stored[0]?.position, one.position)
    t.equal(stored[3]?.position, two.position, 'the answer is the position of the last event')
  })

  await t.test('a stream that is elsewhere refuses, and nothing is written', async (t) => {
    const stream = newStream()
    await t.rejects(store.append(stream, newEvents(1), 0), wrong(stream, 0, -1), 'no stream yet')
    await store.append(stream, newEvents(2), 'no_stream')
    await t.rejects(store.append(stream, newEvents(1), 'no_stream'), wrong(stream, 'no_stream', 1))
    await t.rejects(store.append(stream, newEvents(1), 0), wrong(stream, 0, 1), 'behind')
    await t.rejects(store.append(stream, newEvents(1), 2), wrong(stream, 2, 1), 'ahead')
    t.equal((await store.append(stream, newEvents(1), 1)).revision, 2)
    t.equal((await collect(store.readStream(stream))).length, 3)
  })

  await t.test('a conflict fails alone among appends at the same time', async (t) => {
    const streams = Array.from({ length: 60 }, () => newStream())
    await Promise.all(streams.map((stream) => store.append(stream, newEvents(1), 'no_stream')))
    const outcomes = await Promise.allSettled(
      streams.map((stream, i) => store.append(stream, newEvents(1), i % 3 === 0 ? 'no_stream' : 0)),
    )
    for (const [i, outcome] of outcomes.entries()) {
      if (i % 3 === 0) t.match(outcome, { reason: wrong(streams[i] ?? '', 'no_stream', 0) })
      else t.match(outcome, { value: { revision: 1 } })
    }
  })

  await t.test('of appends to one stream at the same time one wins', async (t) => {
    const stream = newStream()
    const other = await openedFor(t, log)
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        (i % 2 === 0 ? store : other).append(stream, newEvents(1), 'no_stream'),
      ),
    )
    t.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') t.type(outcome.reason, WrongExpectedRevision)
    }
    t.equal((await collect(store.readStream(stream))).length, 1)
  })
}

export async function callsKeepTheirOrder(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)
  if (store.keepsCallOrder !== true) {
    t.comment('this store does not promise it')
    return
  }
  const category = newCategory()
  const streams = Array.from({ length: 300 }, () => newStream(category))
  const rounds = [newEvents(300), newEvents(300)] as const
  for (const [round, events] of rounds.entries()) {
    const expected = round === 0 ? 'no_stream' : round - 1
    await Promise.all(
      streams.map((stream, i) => store.append(stream, events.slice(i, i + 1), expected)),
    )
  }
  const stored = await collect(store.readAll({ filter: { categories: [category] } }))
  t.strictSame(idsOf(stored), idsOf(rounds.flat()), 'appends at the same time are stored as called')
}

export async function repeatsAreAnsweredAsTheFirstTime(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)
  const setUp = async (count: number) => {
    const stream = newStream()
    const events = newEvents(count)
    return { stream, events, first: await store.append(stream, events, 'no_stream') }
  }
  const count = async (store: EventStore, stream: string): Promise<number> =>
    (await collect(store.readStream(stream))).length

  await t.test('at once, after later appends, and after opening anew', async (t) => {
    const { stream, events, first } = await setUp(2)
    t.strictSame(await store.append(stream, events, 'no_stream'), first)
    const later = newEvents(3)
    const second = await store.append(stream, later, 1)
    t.strictSame(await store.append(stream, later, 1), second)
    t.strictSame(await store.append(stream, events, 'no_stream'), first)
    const anew = await openedFor(t, log)
    t.strictSame(await anew.append(stream, later, 1), second)
    t.strictSame(await anew.append(stream, events, 'no_stream'), first)
    t.equal(await count(anew, stream), 5)
  })

  await t.test('also beside other appends, some of which conflict', async (t) => {
    const { stream, events, first } = await setUp(1)
    const conflicting = await setUp(1)
    const [repeated, conflict, fresh] = await Promise.allSettled([
      store.append(stream, events, 'no_stream'),
      store.append(conflicting.stream, newEvents(1), 'no_stream'),
      store.append(newStream(), newEvents(1), 'no_stream'),
    ])
    t.match(repeated, { value: first })
    t.match(conflict, { reason: wrong(conflicting.stream, 'no_stream', 0) })
    t.match(fresh, { value: { revision: 0 } })
  })

  await t.test('a part of what was appended, from its start, is a repeat', async (t) => {
    const { stream, events } = await setUp(3)
    const { revision } = await store.append(stream, events.slice(0, 2), 'no_stream')
    t.equal(revision, 1)
    t.equal(await count(store, stream), 3)
  })

  await t.test('other ids, another order or more events than that are a conflict', async (t) => {
    const { stream, events } = await setUp(2)
    const [a, b] = events as [NewEvent, NewEvent]
    const refused = wrong(stream, 'no_stream', 1)
    await t.rejects(store.append(stream, [b, a], 'no_stream'), refused)
    await t.rejects(store.append(stream, [a, newEvent()], 'no_stream'), refused)
    await t.rejects(store.append(stream, [a, b, newEvent()], 'no_stream'), refused)
    await t.rejects(store.append(stream, [b, newEvent()], 0), wrong(stream, 0, 1))
    t.equal(await count(store, stream), 2)
  })

  await t.test('the same append twice at once is stored once', async (t) => {
    const stream = newStream()
    const events = newEvents(2)
    const other = await openedFor(t, log)
    const [one, two, three] = await Promise.all([
      store.append(stream, events, 'no_stream'),
      store.append(stream, events, 'no_stream'),
      other.append(stream, events, 'no_stream'),
    ])
    t.strictSame(one, two)
    t.strictSame(one, three)
    t.strictSame(idsOf(await collect(store.readStream(stream))), idsOf(events))
  })
}

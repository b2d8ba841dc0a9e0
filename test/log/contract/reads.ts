import type { Test } from 'tap'
import type { EventReference, NewEvent, Position } from '#log/event-store.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'
import {
  appendInPieces,
  collect,
  headOf,
  idsOf,
  type LogUnderTest,
  newCategory,
  newStream,
  openedFor,
} from './log-under-test.ts'

/** More than any adapter has in two pages. */
const LONG = 2500

export async function streamsAreRead(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)
  const stream = newStream()
  const events = newEvents(LONG)
  await appendInPieces(store, stream, events, 500)
  // Its name begins with the other's.
  await store.append(`${stream}0`, newEvents(1), 'no_stream')
  const ids = idsOf(events)
  const read = async (options?: Parameters<typeof store.readStream>[1]) =>
    idsOf(await collect(store.readStream(stream, options)))

  await t.test('whole, in both directions', async (t) => {
    t.strictSame(await read(), ids)
    t.strictSame(await read({ direction: 'backwards' }), ids.toReversed())
  })

  await t.test('from a revision, so many', async (t) => {
    const backwards = { direction: 'backwards' } as const
    t.strictSame(await read({ from: 2490 }), ids.slice(2490))
    t.strictSame(await read({ from: 1, maxCount: 3 }), ids.slice(1, 4))
    t.strictSame(await read({ from: 10, maxCount: 1500 }), ids.slice(10, 1510))
    t.strictSame(await read({ ...backwards, from: 2 }), ids.slice(0, 3).toReversed())
    t.strictSame(await read({ ...backwards, maxCount: 2 }), ids.slice(-2).toReversed())
    t.strictSame(
      await read({ ...backwards, from: 2400, maxCount: 1200 }),
      ids.slice(1201, 2401).toReversed(),
    )
    t.strictSame(await read({ from: LONG }), [], 'nothing is beyond the end')
    const far = 9_999_999_999
    t.strictSame(await read({ from: far }), [], 'nor where no stream can end')
    t.strictSame(await read({ ...backwards, from: far, maxCount: 1 }), ids.slice(-1))
  })

  await t.test('none when it does not exist', async (t) => {
    t.strictSame(await collect(store.readStream(newStream())), [])
    t.strictSame(await collect(store.readStream(newStream(), { direction: 'backwards' })), [])
  })

  await t.test('a reader who stops early leaves the store well', async (t) => {
    for await (const page of store.readStream(stream)) {
      t.ok(page.length < LONG, 'long streams come in pages')
      break
    }
    t.equal((await read({ maxCount: 1 })).length, 1)
  })
}

export async function theLogIsRead(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)
  const before = await headOf(store)
  const [apples, pears] = [newCategory(), newCategory()]
  const events: NewEvent[] = []
  for (let i = 0; i < 30; i++) {
    const category = i % 3 === 0 ? pears : apples
    const pair = [newEvent({ i }, 'Picked'), newEvent({ i }, i % 2 === 0 ? 'Eaten' : 'Sold')]
    events.push(...pair)
    await store.append(newStream(category), pair, 'no_stream')
  }
  const ours = { categories: [apples, pears] }
  const read = async (options: Parameters<typeof store.readAll>[0]) =>
    collect(store.readAll(options))

  await t.test('in the order of appends, both ways', async (t) => {
    const forwards = await read({ from: before, filter: ours })
    t.strictSame(idsOf(forwards), idsOf(events))
    t.ok(
      forwards.every(
        ({ position }, i) =>
          i === 0 || store.comparePositions(forwards[i - 1]?.position as Position, position) < 0,
      ),
      'with growing positions',
    )
    t.strictSame(idsOf(await read({ filter: ours })), idsOf(events), 'from the very start too')
    const backwards = await read({ direction: 'backwards', filter: ours })
    t.strictSame(backwards, forwards.toReversed())
    const unfiltered = idsOf(await read({ from: before }))
    t.strictSame(
      unfiltered.filter((id) => idsOf(events).includes(id)),
      idsOf(events),
    )
  })

  await t.test('by type, by category, and both', async (t) => {
    const expect = (keep: (event: NewEvent, i: number) => boolean) => idsOf(events.filter(keep))
    const from = before
    const found = async (
      filter: NonNullable<Parameters<typeof store.readAll>[0]>['filter'] & object,
    ) => idsOf(await read({ from, filter }))
    const isPear = (i: number): boolean => Math.floor(i / 2) % 3 === 0
    t.strictSame(
      await found({ categories: [pears] }),
      expect((_, i) => isPear(i)),
    )
    t.strictSame(
      await found({ ...ours, types: ['Eaten', 'Sold'] }),
      expect(({ type }) => type !== 'Picked'),
    )
    t.strictSame(
      await found({ categories: [pears], types: ['Sold'] }),
      expect(({ type }, i) => type === 'Sold' && isPear(i)),
    )
    t.strictSame(await found({ ...ours, types: ['Pick'] }), [], 'a part of a type is no match')
    t.strictSame(await found({ categories: [pears.slice(0, -1)] }), [])
  })

  await t.test('from a position, exclusive, and so many', async (t) => {
    const all = await read({ from: before, filter: ours })
    const at = (i: number) => all[i]?.position as Position
    const filter = ours
    t.strictSame(await read({ from: at(10), filter }), all.slice(11))
    t.strictSame(await read({ from: at(10), maxCount: 5, filter }), all.slice(11, 16))
    const backwards = { direction: 'backwards', filter } as const
    t.strictSame(
      await read({ ...backwards, from: at(10), maxCount: 5 }),
      all.slice(5, 10).toReversed(),
    )
    t.strictSame(await read({ ...backwards, maxCount: 3 }), all.slice(-3).toReversed())
    t.strictSame((await read({ from: at(3), maxCount: 1 })).length, 1, 'without a filter')
    t.strictSame(await read({ from: (await store.head()) as Position, filter }), [])
  })

  await t.test('page by page when it is long', async (t) => {
    const category = newCategory()
    const from = await headOf(store)
    const long = newEvents(LONG)
    await appendInPieces(store, newStream(category), long, 500)
    const filter = { categories: [category] }
    t.strictSame(idsOf(await read({ from, filter })), idsOf(long))
    t.strictSame(idsOf(await read({ direction: 'backwards', filter })), idsOf(long).toReversed())
    t.strictSame(idsOf(await read({ from, filter, maxCount: 2001 })), idsOf(long).slice(0, 2001))
    const known = new Set(idsOf(long))
    const unfiltered = idsOf(await read({ from })).filter((id) => known.has(id))
    t.strictSame(unfiltered, idsOf(long))
  })

  await t.test('its head is the last event', async (t) => {
    const { position } = await store.append(newStream(), newEvents(2), 'no_stream')
    const head = await store.head()
    t.ok(head !== undefined && store.comparePositions(head, position) >= 0)
    t.ok(store.comparePositions(before, position) < 0)
  })
}

export async function eventsAreReadByReference(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)
  const [one, two] = [newStream(), newStream()]
  await appendInPieces(store, one, newEvents(5), 2)
  await store.append(two, newEvents(3), 'no_stream')
  const stored = [
    ...(await collect(store.readStream(one))),
    ...(await collect(store.readStream(two))),
  ]
  const references: EventReference[] = stored.map(({ stream, revision }) => ({ stream, revision }))

  t.strictSame(
    await store.readMany(references.toReversed()),
    stored.toReversed(),
    'in the order asked',
  )
  t.strictSame(await store.readMany([]), [])
  const [first, second] = references as [EventReference, EventReference]
  t.strictSame(
    await store.readMany([{ ...first, revision: 77 }, second, { ...first, stream: newStream() }]),
    [stored[1]],
    'what does not fit is left out',
  )
  t.strictSame(await store.readMany([second, first, second]), [stored[1], stored[0], stored[1]])

  const bytes = await store.readBytes(second)
  const { data, metadata } = stored[1] ?? { data: {}, metadata: {} }
  t.equal(Buffer.from(bytes?.data ?? []).toString(), JSON.stringify(data), 'byte for byte')
  t.equal(Buffer.from(bytes?.metadata ?? []).toString(), JSON.stringify(metadata))
  t.equal(await store.readBytes({ ...first, revision: 77 }), undefined)
  t.equal(await store.readBytes({ ...first, stream: newStream() }), undefined)
}

import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import type { EventStore, Position, SubscriptionBatch } from '#log/event-store.ts'
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

const DEADLINE_MS = 60_000

/** Reads batches until one fulfils the condition; ends the subscription. */
export async function follow(
  store: EventStore,
  subscription: Omit<Parameters<EventStore['subscribe']>[0], 'signal'>,
  isEnough: (seen: readonly string[], batch: SubscriptionBatch) => boolean | Promise<boolean>,
): Promise<{ readonly ids: readonly string[]; readonly position: Position | undefined }> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(new Error('It did not come in time')), DEADLINE_MS)
  const ids: string[] = []
  let position: Position | undefined
  for await (const batch of store.subscribe({ ...subscription, signal: stop.signal })) {
    ids.push(...idsOf(batch.events))
    position = batch.position
    if (await isEnough(ids, batch)) stop.abort()
  }
  clearTimeout(timer)
  const { reason } = stop.signal as { readonly reason: unknown }
  if (reason instanceof Error && reason.name === 'Error') throw reason
  return { ids, position }
}

const afterCount =
  (count: number) =>
  (ids: readonly string[]): boolean =>
    ids.length >= count

export async function subscriptionsFollowTheLog(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)

  await t.test('what was there, then what comes, each event once', async (t) => {
    const after = await headOf(store)
    const category = newCategory()
    const stream = newStream(category)
    const events = newEvents(1300)
    await appendInPieces(store, stream, events.slice(0, 1200), 400)
    let appending: Promise<void> | undefined
    const live = async (): Promise<void> => {
      for (let i = 1200; i < events.length; i++) {
        await store.append(stream, [events[i] ?? newEvent()], i - 1)
      }
    }
    const filter = { categories: [category] }
    const { ids } = await follow(store, { after, filter }, (ids, { caughtUp }) => {
      if (caughtUp && ids.length >= 1200) appending ??= live()
      return ids.length >= events.length
    })
    await appending
    t.strictSame(ids, idsOf(events))
    t.ok(appending, 'it said when it had caught up')
  })

  await t.test('what others append arrives soon', async (t) => {
    const other = await openedFor(t, log)
    const after = await headOf(store)
    const event = newEvent()
    let appendedAt = 0
    const { ids } = await follow(store, { after }, async (ids, { caughtUp }) => {
      if (caughtUp && appendedAt === 0) {
        await sleep(100)
        await other.append(newStream(), [event], 'no_stream')
        appendedAt = performance.now()
      }
      return ids.includes(event.id)
    })
    t.ok(ids.includes(event.id))
    const delay = performance.now() - appendedAt
    t.ok(delay < 3000, `it took ${delay.toFixed(0)} ms`)
  })

  await t.test('every batch is a place to go on from', async (t) => {
    const after = await headOf(store)
    const category = newCategory()
    const filter = { categories: [category] }
    const events = newEvents(40)
    for (const event of events) await store.append(newStream(category), [event], 'no_stream')
    await appendInPieces(store, newStream(category), newEvents(1500), 500)
    const batches: { readonly count: number; readonly position: Position }[] = []
    const { ids } = await follow(store, { after, filter }, (ids, { position }) => {
      batches.push({ count: ids.length, position })
      return ids.length >= 1540
    })
    t.strictSame(ids.slice(0, 40), idsOf(events))
    for (const { count, position } of batches.filter(({ count }) => count < 1540)) {
      const rest = await follow(store, { after: position, filter }, afterCount(1540 - count))
      t.strictSame(rest.ids, ids.slice(count))
    }
    const from = (await collect(store.readAll({ from: after, filter, maxCount: 1 })))[0]
    const rest = await follow(
      store,
      { after: from?.position as Position, filter },
      afterCount(1539),
    )
    t.strictSame(rest.ids, ids.slice(1), 'exclusive')
  })

  await t.test('the position moves though nothing matches', async (t) => {
    const after = await headOf(store)
    const nothing = { categories: [newCategory()] }
    const { position } = await store.append(newStream(), newEvents(3), 'no_stream')
    const reached = await follow(
      store,
      { after, filter: nothing },
      (_, batch) => batch.caughtUp && store.comparePositions(batch.position, position) >= 0,
    )
    t.strictSame(reached.ids, [])
    t.ok(store.comparePositions(reached.position as Position, position) >= 0)
  })

  await t.test('ending is quiet, while waiting and while reading', async (t) => {
    const after = await headOf(store)
    for (const delay of [0, 150]) {
      const stop = new AbortController()
      const following = (async () => {
        for await (const _ of store.subscribe({ after, signal: stop.signal }));
      })()
      await sleep(delay)
      stop.abort()
      await following
    }
    t.pass('it ended')
    const ended = store.subscribe({ signal: AbortSignal.abort() })
    t.ok((await Array.fromAsync(ended)).length <= 1)
  })
}

export async function subscriptionsMayBeSlow(t: Test, log: LogUnderTest): Promise<void> {
  const store = await openedFor(t, log)
  const after = await headOf(store)
  const category = newCategory()
  const filter = { categories: [category] }
  const events = newEvents(4000)
  const stream = newStream(category)
  await store.append(stream, events.slice(0, 1), 'no_stream')
  let appending: Promise<void> | undefined
  const burst = async (): Promise<void> => {
    for (let i = 1; i < events.length; i += 500) {
      await store.append(stream, events.slice(i, i + 500), i - 1)
    }
  }
  let pauses = 0
  const slow = await follow(store, { after, filter }, async (ids) => {
    appending ??= burst()
    if (pauses++ < 6) await sleep(pauses === 1 ? 1000 : 50)
    return ids.length >= events.length
  })
  await appending
  t.strictSame(
    slow.ids,
    idsOf(events),
    'whoever stalls while the log grows misses and repeats nothing',
  )
}

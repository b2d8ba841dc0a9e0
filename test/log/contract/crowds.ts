import type { Test } from 'tap'
import type { EventStore } from '#log/event-store.ts'
import { newEvents } from '#test/support/new-event.ts'
import {
  collect,
  headOf,
  idsOf,
  type LogUnderTest,
  newCategory,
  newStream,
  openedFor,
  until,
} from './log-under-test.ts'
import { follow } from './subscriptions.ts'

interface Written {
  readonly stream: string
  readonly ids: readonly string[]
}

/** One writer: appends of one to three events, one after the other, on a stream of its own. */
async function write(
  store: EventStore,
  category: string,
  appends: number,
  onAppended: () => void = () => undefined,
): Promise<Written> {
  const stream = newStream(category)
  const ids: string[] = []
  for (let i = 0; i < appends; i++) {
    const events = newEvents(1 + (i % 3))
    const expected = ids.length === 0 ? 'no_stream' : ids.length - 1
    const { revision } = await store.append(stream, events, expected)
    ids.push(...idsOf(events))
    if (revision !== ids.length - 1) throw new Error(`${stream} is at ${revision}`)
    onAppended()
  }
  return { stream, ids }
}

/** Every event that was acknowledged is there once, and in order; followers saw just that. */
async function nothingIsLostOrDoubled(
  t: Test,
  store: EventStore,
  written: readonly Written[],
  category: string,
  seen: readonly (readonly string[])[],
): Promise<void> {
  for (const { stream, ids } of written) {
    const stored = await collect(store.readStream(stream))
    t.strictSame(idsOf(stored), ids, `${stream} holds what was acknowledged, in order`)
    t.ok(stored.every(({ revision }, i) => revision === i))
  }
  const all = idsOf(await collect(store.readAll({ filter: { categories: [category] } })))
  t.equal(
    all.length,
    written.reduce((sum, { ids }) => sum + ids.length, 0),
  )
  for (const ids of seen) t.strictSame(ids, all, 'a follower saw the log as it is')
}

export async function manyWriteAndRead(t: Test, log: LogUnderTest): Promise<void> {
  const stores = [await openedFor(t, log), await openedFor(t, log)] as const
  const after = await headOf(stores[0])
  const category = newCategory()
  const filter = { categories: [category] }
  const [writers, appends] = [24, 30]
  const total = writers * (appends / 3) * 6
  const following = stores.map((store) =>
    follow(store, { after, filter }, (ids) => ids.length >= total),
  )
  const written = await Promise.all(
    Array.from({ length: writers }, (_, i) =>
      write(stores[i % 2 === 0 ? 0 : 1], category, appends),
    ),
  )
  const seen = (await Promise.all(following)).map(({ ids }) => ids)
  await nothingIsLostOrDoubled(t, stores[0], written, category, seen)
}

export async function theServerIsKilled(t: Test, log: LogUnderTest): Promise<void> {
  const { restart } = log
  if (restart === undefined) {
    t.comment('the server of this log cannot be killed by a test')
    return
  }
  const store = await openedFor(t, log)
  const after = await headOf(store)
  const category = newCategory()
  const filter = { categories: [category] }
  const reconnects: unknown[] = []
  const onReconnect = (cause: unknown): unknown => reconnects.push(cause)
  const [writers, appends] = [16, 60]
  const total = writers * (appends / 3) * 6
  const following = follow(store, { after, filter, onReconnect }, (ids) => ids.length >= total)
  let appended = 0
  const writing = Promise.all(
    Array.from({ length: writers }, () => write(store, category, appends, () => appended++)),
  )
  for (const part of [1 / 3, 2 / 3]) {
    await until(() => appended >= writers * appends * part)
    await restart()
    t.ok(appended < writers * appends, `killed after about ${appended} appends`)
  }
  const written = await writing
  await nothingIsLostOrDoubled(t, store, written, category, [(await following).ids])
  t.ok(reconnects.length > 0, 'the subscriber was told that it had to reconnect')
}

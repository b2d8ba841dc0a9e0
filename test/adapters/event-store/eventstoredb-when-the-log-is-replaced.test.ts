import t, { type Test } from 'tap'
import type { EventStore, Position } from '#log/event-store.ts'
import { startNode } from '#test/support/eventstoredb-node/node.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'

const notTheSame = { name: 'NotTheSameLog', message: /it is not the same log/ }

/** A node that can be started again at the same address, without anything that it held. */
async function replaceableNode(t: Test) {
  let node = await startNode()
  t.teardown(() => node.stop())
  return {
    store: testStore(t, node.connectionString),
    replace: async () => {
      node.stop()
      node = await startNode({ port: node.port })
    },
  }
}

/** Follows the log until it throws; `onCaughtUp` is told how many events have come. */
async function follow(store: EventStore, onCaughtUp: (count: number) => void, after?: Position) {
  let count = 0
  const { signal } = new AbortController()
  for await (const { events, caughtUp } of store.subscribe({ signal, ...(after && { after }) })) {
    count += events.length
    if (caughtUp) onCaughtUp(count)
  }
}

t.test(
  'given a subscriber, when the log is replaced by an empty one, then it is told',
  async (t) => {
    const { store, replace } = await replaceableNode(t)
    await store.append('sale-main.1', newEvents(20), 'no_stream')
    const caughtUp = Promise.withResolvers<void>()
    const following = follow(store, (count) => count === 20 && caughtUp.resolve())
    const told = t.rejects(following, notTheSame)
    await caughtUp.promise
    await replace()
    await told
  },
)

t.test('given a place in the log, when the log is a shorter one, then it is told', async (t) => {
  const { store, replace } = await replaceableNode(t)
  const { position } = await store.append('sale-main.1', newEvents(20), 'no_stream')
  await replace()
  await store.append('sale-main.2', newEvents(5), 'no_stream')
  await t.rejects(
    follow(store, () => t.fail('caught up'), position),
    notTheSame,
  )
})

t.test('given nothing was read yet, when the log is empty, then it is followed', async (t) => {
  const node = await testNode(t)
  const store = testStore(t, node.connectionString)
  const stop = new AbortController()
  const counts: number[] = []
  let after: Position | undefined
  for await (const { position } of store.subscribe({ signal: stop.signal })) {
    after = position
    break
  }
  for await (const { events } of store.subscribe({
    signal: stop.signal,
    ...(after && { after }),
  })) {
    counts.push(events.length)
    if (events.length > 0) break
    await store.append('sale-main.1', [newEvent()], 'no_stream')
  }
  t.strictSame(counts, [0, 1])
})

t.test(
  'given a position of another store, when following from it, then it is refused',
  async (t) => {
    const node = await testNode(t)
    const store = testStore(t, node.connectionString)
    await t.rejects(
      follow(store, () => t.fail('caught up'), '17' as Position),
      RangeError,
    )
  },
)

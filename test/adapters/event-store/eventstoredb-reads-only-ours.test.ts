import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import t from 'tap'
import type { Position, StoredEvent } from '#log/event-store.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { newEvent } from '#test/support/new-event.ts'

/** A store whose log holds one event of ours among the server's own. */
async function setUp(t: Parameters<typeof testNode>[0]) {
  const node = await testNode(t)
  const client = EventStoreDBClient.connectionString(node.connectionString)
  t.teardown(() => client.dispose())
  const store = testStore(t, node.connectionString)
  await client.setStreamMetadata('sale-main.1', { acl: { readRoles: ['$all'] } })
  const event = newEvent()
  const { position } = await store.append('sale-main.1', [event], 'no_stream')
  await client.appendToStream('$stats-127.0.0.1', jsonEvent({ type: '$statsCollected', data: {} }))
  await client.appendToStream('gone-main.1', jsonEvent({ type: 'Gone', data: {} }))
  await client.tombstoneStream('gone-main.1')
  await client.tombstoneStream(' begins with a space')
  return { store, event, position }
}

const idsOf = (pages: readonly (readonly StoredEvent[])[]): string[] =>
  pages
    .flat()
    .filter((event) => event.stream === 'sale-main.1')
    .map((event) => event.id)

t.test('the log leaves the own events of the server out', async (t) => {
  const { store, event, position } = await setUp(t)
  for (const direction of ['forwards', 'backwards'] as const) {
    const pages = await Array.fromAsync(store.readAll({ direction }))
    t.strictSame(idsOf(pages), [event.id])
    t.notOk(pages.flat().some(({ type }) => type.startsWith('$')))
  }
  const head = await store.head()
  t.ok(head && store.comparePositions(position, head) < 0, 'its head is the last of the others')
  const seen: StoredEvent[] = []
  let reached: Position | undefined
  for await (const batch of store.subscribe({ signal: new AbortController().signal })) {
    seen.push(...batch.events)
    reached = batch.position
    if (batch.caughtUp) break
  }
  t.strictSame(idsOf([seen]), [event.id])
  t.equal(reached, head, 'and a subscriber who has caught up is there')
})

t.test('names that no stream of ours has read as nothing', async (t) => {
  const { store } = await setUp(t)
  const names = [
    '$stats-127.0.0.1',
    '$$sale-main.1',
    '$all',
    '',
    ' begins with a space',
    'ü-main.1',
  ]
  for (const stream of names) {
    t.strictSame(await Array.fromAsync(store.readStream(stream)), [])
    t.strictSame(await store.readMany([{ stream, revision: 0 }]), [])
  }
})

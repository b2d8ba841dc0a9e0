import { setTimeout as sleep } from 'node:timers/promises'
import { binaryEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import t from 'tap'
import { Feed } from '#adapters/event-store/eventstoredb/feed.ts'
import { BEGINNING } from '#adapters/event-store/eventstoredb/position.ts'
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

t.test('a node that sends only what is not ours has not fallen silent', async (t) => {
  const node = await testNode(t)
  const client = EventStoreDBClient.connectionString(node.connectionString)
  const feed = new Feed(client, BEGINNING, {})
  t.teardown(async () => {
    feed.stop()
    await client.dispose()
  })
  t.match(await feed.next(30_000), { events: [], caughtUp: true })
  const next = feed.next(5000)
  for (let i = 0; i < 30; i++) {
    await sleep(200)
    await client.appendToStream('other', binaryEvent({ type: 'other', data: Buffer.from('x') }))
  }
  const event = newEvent()
  await testStore(t, node.connectionString).append('sale-main.1', [event], 'no_stream')
  t.match(await next, { events: [{ id: event.id }] })
  t.equal(await feed.next(50), undefined, 'and now it is silent')
})

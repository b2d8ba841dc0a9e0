import { EventStoreDBClient } from '@eventstore/db-client'
import t, { type Test } from 'tap'
import type { EventStore } from '#log/event-store.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'

const STREAM = 'sale-main.1'
const damaged = {
  name: 'LogDamaged',
  message: `The log is damaged: stream ${STREAM} was truncated or deleted in EventStoreDB`,
}

/** A stream of ten events, and a client of somebody who has the server's own rights. */
async function tenEvents(t: Test) {
  const node = await testNode(t)
  const store = testStore(t, node.connectionString)
  await store.append(STREAM, newEvents(10), 'no_stream')
  const others = EventStoreDBClient.connectionString(node.connectionString)
  t.teardown(() => others.dispose())
  return { store, others }
}

const read = (store: EventStore, options: Parameters<EventStore['readStream']>[1] = {}) =>
  Array.fromAsync(store.readStream(STREAM, options))

const at = (revision: number) => ({ stream: STREAM, revision })

async function refusesWhatWasCut(t: Test, store: EventStore) {
  await t.rejects(read(store), damaged)
  await t.rejects(read(store, { from: 2 }), damaged)
  await t.rejects(read(store, { direction: 'backwards' }), damaged)
  await t.rejects(read(store, { direction: 'backwards', from: 3 }), damaged)
  await t.rejects(store.readMany([at(1), at(9)]), damaged)
  await t.rejects(store.readBytes(at(3)), damaged)
}

t.test('given a truncated stream, when what is gone is read, then it is damaged', async (t) => {
  const { store, others } = await tenEvents(t)
  await others.setStreamMetadata(STREAM, { truncateBefore: 4 })
  await refusesWhatWasCut(t, store)
  t.equal((await read(store, { from: 4 })).flat().length, 6, 'what is there is read')
  const last = { direction: 'backwards', maxCount: 6 } as const
  t.equal((await read(store, last)).flat().length, 6)
  t.strictSame(
    (await store.readMany([at(9), at(5), at(12)])).map(({ revision }) => revision),
    [9, 5],
  )
  t.ok(await store.readBytes(at(4)))
  t.equal(await store.readBytes(at(10)), undefined, 'never stood there')
  t.match(await store.append(STREAM, [newEvent()], 9), { revision: 10 })
})

t.test('given all of a stream truncated, when it is read, then it is damaged', async (t) => {
  const { store, others } = await tenEvents(t)
  await others.setStreamMetadata(STREAM, { truncateBefore: 10 })
  await t.rejects(read(store), damaged)
  await t.rejects(read(store, { direction: 'backwards' }), damaged)
})

t.test('given a deleted stream, when it is begun anew, then it is damaged', async (t) => {
  const { store, others } = await tenEvents(t)
  await others.deleteStream(STREAM)
  await t.rejects(store.append(STREAM, newEvents(1), 'no_stream'), damaged)
  await t.rejects(read(store), damaged)
  await t.rejects(read(store, { direction: 'backwards' }), damaged)
})

t.test('given a tombstoned stream, when it is used, then it is damaged', async (t) => {
  const { store, others } = await tenEvents(t)
  await others.tombstoneStream(STREAM)
  await t.rejects(store.append(STREAM, newEvents(1), 9), damaged)
  await refusesWhatWasCut(t, store)
})

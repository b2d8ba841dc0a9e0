import t from 'tap'
import type { Projection } from '#projections/engine/projection.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts, plainCodec } from './support/history.ts'
import { caughtUp, engineOf, statusWhen } from './support/running-engine.ts'
import { contacts, counting, notes } from './support/toy-projections.ts'

t.test(
  'an event that cannot be read stops those who fold its type, with what it was; others go on',
  async (t) => {
    const { database } = await testDatabase(t)
    const store = new InMemoryEventStore()
    const unreadable = new Set<string>()
    const engine = engineOf(t, {
      store,
      database,
      projections: [contacts, notes],
      codec: plainCodec(unreadable),
    })
    await engine.start()
    await append(store, manyContacts(20))
    await caughtUp(engine, store, 'toy_contacts')
    const more = [...manyContacts(30), { organisation: 'north', event: note }]
    // Appended at once to the log, so that the torn one stands in the middle of a batch.
    unreadable.add('none yet')
    const before = store.log.length
    store.hooks.after = () => {
      if (store.log.length === before + 11) unreadable.add(store.log[before + 10]!.id)
    }
    await append(store, more)
    const failed = await statusWhen(engine, 'toy_contacts', ({ state }) => state === 'failed')
    t.match(failed.failure, {
      reason: /it is torn/,
      event: {
        id: store.log[30]!.id,
        type: 'CustomerContacted',
        stream: 'customer-north.toys',
        revision: store.log[30]!.revision,
        ordinal: 31,
      },
    })
    t.equal(failed.ordinal, 30, 'everything before it is folded')
    await caughtUp(engine, store, 'toy_notes')
    t.equal((await statusWhen(engine, 'toy_notes', ({ state }) => state === 'live')).ordinal, 51)

    const [rebuilt] = await (await engine.rebuild(['toy_contacts'])).done
    t.match(rebuilt, { state: 'failed', failure: { event: { ordinal: 31 } } })

    unreadable.clear()
    await engine.startProjection('toy_contacts')
    await caughtUp(engine, store, 'toy_contacts')
    t.equal((await engine.verify('toy_contacts')).equal, true)
  },
)

const note = {
  type: 'CustomerSaleNoted',
  data: { customerId: 'anna', saleId: 's1' },
} as const

t.test('an event of a type that nobody knows stops all', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const engine = engineOf(t, { store, database, projections: [contacts, notes] })
  await engine.start()
  await append(store, manyContacts(5))
  await append(store, [
    { organisation: 'north', event: { type: 'FromTheFuture', data: {} } as never },
  ])
  await append(store, manyContacts(5))
  for (const name of ['toy_contacts', 'toy_notes']) {
    const status = await statusWhen(engine, name, ({ state }) => state === 'failed')
    t.match(status, { ordinal: 5, failure: { event: { type: 'FromTheFuture', ordinal: 6 } } })
  }
})

t.test('a fold that throws stops its projection at that event', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const broken = counting('toy_count', ({ ordinal }) => ordinal === 13)
  const engine = engineOf(t, { store, database, projections: [broken, contacts] })
  await engine.start()
  await append(store, manyContacts(40))
  const status = await statusWhen(engine, 'toy_count', ({ state }) => state === 'failed')
  t.match(status, {
    ordinal: 12,
    failure: { reason: /toy_count\.count: this fold is broken/, event: { ordinal: 13 } },
  })
  await caughtUp(engine, store, 'toy_contacts')
})

t.test('a row that PostgreSQL refuses names the event it came from', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const strict: Projection = {
    ...contacts,
    sql: `alter table :schema.contact add check (customer_id <> 'customer 9')`,
  }
  const engine = engineOf(t, { store, database, projections: [strict, notes] })
  await engine.start()
  const happenings = manyContacts(60)
  await append(store, happenings)
  const first = happenings.findIndex(
    ({ event }) => 'customerId' in event.data && event.data.customerId === 'customer 9',
  )
  const status = await statusWhen(engine, 'toy_contacts', ({ state }) => state === 'failed')
  t.match(status, { ordinal: first, failure: { reason: /check/, event: { ordinal: first + 1 } } })
  await caughtUp(engine, store, 'toy_notes')
})

t.test('stopped by somebody, over restarts, until started again', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const engine = engineOf(t, { store, database, projections: [contacts, notes] })
  const beside = engineOf(t, { store, database, projections: [contacts, notes] })
  await engine.start()
  await append(store, manyContacts(5))
  await caughtUp(engine, store, 'toy_contacts')
  await beside.stopProjection('toy_contacts')
  await statusWhen(engine, 'toy_contacts', ({ state }) => state === 'stopped')
  await append(store, manyContacts(5))
  await caughtUp(engine, store, 'toy_notes')
  t.match(await engine.waitFor('toy_contacts', (await store.head())!, 300), {
    reached: false,
    ordinal: 5,
  })
  await engine.stop()

  const restarted = engineOf(t, { store, database, projections: [contacts, notes] })
  await restarted.start()
  const status = await statusWhen(restarted, 'toy_contacts', ({ lag }) => lag.seconds > 0)
  t.match(status, { state: 'stopped', lag: { events: 5 } })
  await restarted.startProjection('toy_contacts')
  await caughtUp(restarted, store, 'toy_contacts')
  t.equal((await restarted.verify('toy_contacts')).equal, true)
})

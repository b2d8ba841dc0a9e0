import t, { type Test } from 'tap'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import type { EventStore } from '#log/event-store.ts'
import { type TestDatabase, testDatabase } from '#test/support/database.ts'
import { startNode } from '#test/support/eventstoredb-node/node.ts'
import { testNode, testStore } from '#test/support/eventstoredb.ts'
import { append, manyContacts } from './support/history.ts'
import { caughtUp, engineOf, statusWhen, whenFree } from './support/running-engine.ts'
import { contacts, notes } from './support/toy-projections.ts'

const projections = [contacts, notes]

function postgresLog(t: Test, { database }: TestDatabase): EventStore {
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  return store
}

async function eventStoreDbLog(t: Test): Promise<EventStore> {
  const node = await testNode(t)
  return testStore(t, node.connectionString)
}

for (const kind of ['postgres', 'eventstoredb'] as const) {
  t.test(`the log in ${kind} is followed, rebuilt from and verified against`, async (t) => {
    const test = await testDatabase(t)
    const { database } = test
    const store = kind === 'postgres' ? postgresLog(t, test) : await eventStoreDbLog(t)
    const engine = engineOf(t, { store, database, projections })
    await engine.start()
    await append(store, manyContacts(300))
    await caughtUp(engine, store, 'toy_contacts')
    const job = await engine.rebuild(['toy_contacts', 'toy_notes'])
    await append(store, manyContacts(50))
    for (const report of await job.done) {
      t.equal(report.state, 'done')
      t.equal(report.compared?.equal, true)
    }
    await append(store, manyContacts(20))
    await caughtUp(engine, store, 'toy_contacts')
    t.match(await whenFree(() => engine.verify('toy_contacts')), { equal: true, ordinal: 370 })
    const status = await statusWhen(engine, 'toy_contacts', ({ state }) => state === 'live')
    t.equal(status.lag.seconds, 0)

    await engine.stop()
    await append(store, manyContacts(100))
    const restarted = engineOf(t, { store, database, projections })
    await restarted.start()
    await caughtUp(restarted, store, 'toy_contacts')
    t.match(await restarted.verify('toy_contacts'), { equal: true, ordinal: 470 })
  })
}

t.test('another log under the same tables: they are rebuilt from it', async (t) => {
  const test = await testDatabase(t)
  const { database, login } = test
  const first = postgresLog(t, test)
  await append(first, manyContacts(200))
  const before = engineOf(t, { store: first, database, projections })
  await before.start()
  await caughtUp(before, first, 'toy_contacts')
  await before.stop()

  // Another kind of store.
  const second = await eventStoreDbLog(t)
  await append(second, manyContacts(30))
  const moved = engineOf(t, { store: second, database, projections })
  await moved.start()
  await statusWhen(
    moved,
    'toy_contacts',
    ({ ordinal, state }) => ordinal === 30 && state === 'live',
  )
  t.match(await moved.verify('toy_contacts'), { equal: true, ordinal: 30 })
  await moved.stop()

  // The same kind, replaced by a shorter log.
  const back = engineOf(t, { store: first, database, projections })
  await back.start()
  await statusWhen(
    back,
    'toy_contacts',
    ({ ordinal, state }) => ordinal === 200 && state === 'live',
  )
  await back.stop()
  const owner = await login.connect()
  await owner
    .query(
      `begin; set local role ${test.roles.engine}; set local session_replication_role = replica`,
    )
    .catch(async () => {
      await owner.query(`rollback; begin; set local role ${test.roles.engine}`)
      await owner.query('alter table log.events disable trigger all')
    })
  await owner.query('delete from log.events where position > 50; commit')
  owner.release()
  const shorter = engineOf(t, { store: postgresLog(t, test), database, projections })
  await shorter.start()
  await statusWhen(
    shorter,
    'toy_contacts',
    ({ ordinal, state }) => ordinal === 50 && state === 'live',
  )
  t.match(await shorter.verify('toy_contacts'), { equal: true, ordinal: 50 })
})

t.test('a log in EventStoreDB that was replaced: it is said, and tables are rebuilt', async (t) => {
  const { database } = await testDatabase(t)
  let node = await startNode()
  t.teardown(() => node.stop())
  const store = testStore(t, node.connectionString)
  await append(store, manyContacts(200))
  const before = engineOf(t, { store, database, projections })
  await before.start()
  await caughtUp(before, store, 'toy_contacts')

  node.stop()
  node = await startNode({ port: node.port })
  const replaced = testStore(t, node.connectionString)
  await append(replaced, manyContacts(30))
  const told = await statusWhen(
    before,
    'toy_contacts',
    ({ waitsFor }) => waitsFor?.includes('not the same log') === true,
  )
  t.equal(told.state, 'catching_up')
  await before.stop()

  const after = engineOf(t, { store: replaced, database, projections })
  await after.start()
  await statusWhen(
    after,
    'toy_contacts',
    ({ ordinal, state }) => ordinal === 30 && state === 'live',
  )
  t.match(await after.verify('toy_contacts'), { equal: true, ordinal: 30 })
})

import t, { type Test } from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts } from './support/history.ts'
import { caughtUp, engineOf, keptCaughtUp, statusWhen } from './support/running-engine.ts'
import { tally } from './support/toy-projections.ts'

const NAME = 'toy_tally'
const first = tally(1)
const second = tally(2, { previous: first })

/** Version 2 is live, version 1 is kept, and one engine follows both. */
async function withBothFollowed(t: Test) {
  const { database, login } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const before = engineOf(t, { store, database, projections: [first] })
  await before.start()
  await append(store, manyContacts(30))
  await caughtUp(before, store, NAME)
  await before.stop()
  const engine = engineOf(t, { store, database, projections: [second] })
  await engine.start()
  await statusWhen(engine, NAME, ({ tablesVersion }) => tablesVersion === 2)
  await keptCaughtUp(engine, store, NAME)
  const another = () => engineOf(t, { store, database, projections: [second] })
  return { database, login, store, engine, another }
}

t.test('who stops lets go of live and kept tables, and another follows both', async (t) => {
  const { store, engine, another } = await withBothFollowed(t)
  const other = another()
  await other.start()
  await engine.stop()
  await append(store, manyContacts(5))
  await caughtUp(other, store, NAME)
  const { kept, owner } = await keptCaughtUp(other, store, NAME)
  t.match(kept, { version: 1, ordinal: 35, failure: undefined })
  t.ok(owner)
  await other.stop()
  const left = await statusWhen(
    other,
    NAME,
    (status) => status.owner === undefined && status.kept?.owner === undefined,
  )
  t.match(left, {
    waitsFor: 'a process to follow it',
    kept: { waitsFor: 'a process to follow it' },
  })
})

t.test('a session that is lost loses live and kept tables, which are followed again', async (t) => {
  const { login, store, engine, another } = await withBothFollowed(t)
  const other = another()
  await other.start()
  for (let round = 0; round < 3; round += 1) {
    await login.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and application_name = 'daybook engine keeper'`,
    )
    await append(store, manyContacts(5))
    await caughtUp(engine, store, NAME)
    await keptCaughtUp(engine, store, NAME)
  }
  t.match(await statusWhen(engine, NAME, ({ state }) => state === 'live'), {
    ordinal: 45,
    failure: undefined,
    kept: { ordinal: 45, failure: undefined },
  })
})

t.test('live and kept tables are let go of while the log is elsewhere', async (t) => {
  const { database, store, engine } = await withBothFollowed(t)
  const moveTo = (holder: string) =>
    database.engine.query('update log.home set holder = $1', [holder])
  await moveTo('eventstoredb')
  const { kept } = await statusWhen(
    engine,
    NAME,
    (status) => status.owner === undefined && status.kept?.owner === undefined,
  )
  t.match(kept, { version: 1, ordinal: 30 })
  await append(store, manyContacts(5))
  await moveTo('postgres')
  await caughtUp(engine, store, NAME)
  t.match((await keptCaughtUp(engine, store, NAME)).kept, { ordinal: 35, state: String })
})

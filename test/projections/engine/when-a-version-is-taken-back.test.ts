import t, { type Test } from 'tap'
import type { Database } from '#adapters/database/database.ts'
import { NothingKept, RollbackRefused } from '#projections/engine/errors.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts } from './support/history.ts'
import {
  caughtUp,
  engineOf,
  keptCaughtUp,
  rebuilt,
  statusWhen,
  whenFree,
} from './support/running-engine.ts'
import { tally } from './support/toy-projections.ts'

const NAME = 'toy_tally'
const first = tally(1)
const second = tally(2, { previous: first })

/** What the live tables say that there were of contacts, weighted as their version does. */
async function contactsIn({ engine }: Database): Promise<number> {
  const { rows } = await engine.query<{ n: number }>(
    `select coalesce(sum(contacts), 0)::int as n from ${NAME}.tally`,
  )
  return rows[0]?.n ?? 0
}

/** A log of 100 contacts that version 1 was built from and version 2 took over. */
async function withSecondLive(t: Test) {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const before = engineOf(t, { store, database, projections: [first] })
  await before.start()
  await append(store, manyContacts(100))
  await caughtUp(before, store, NAME)
  await before.stop()
  const engine = engineOf(t, { store, database, projections: [second] })
  await engine.start()
  await statusWhen(engine, NAME, ({ tablesVersion }) => tablesVersion === 2)
  return { database, store, engine }
}

t.test('a changed fold goes live; the version before follows until it is dropped', async (t) => {
  const { database, store, engine } = await withSecondLive(t)
  await append(store, manyContacts(20))
  await caughtUp(engine, store, NAME)
  t.equal(await contactsIn(database), 240)
  const { kept } = await keptCaughtUp(engine, store, NAME)
  t.match(kept, { version: 1, ordinal: 120, state: 'live', failure: undefined })
  t.ok((kept?.sizeBytes ?? 0) > 0)
  t.match(kept?.since, /^\d{4}-\d\d-\d\dT.*Z$/)
  t.match(await whenFree(() => engine.verify(NAME)), { equal: true, version: 2 })
  t.match(await whenFree(() => engine.verify(NAME, { tables: 'kept' })), {
    equal: true,
    version: 1,
  })

  const compared = await whenFree(() => engine.compare(NAME))
  t.match(compared, { equal: false, liveVersion: 2, version: 1, ordinal: 120, notCompared: [] })
  t.equal(compared.findings[0]?.columns[0]?.column, 'contacts')

  t.match(await whenFree(() => engine.drop(NAME, { actor: 'olga' })), {
    liveVersion: 2,
    version: 1,
    ordinal: 120,
  })
  await t.rejects(
    whenFree(() => engine.drop(NAME)),
    NothingKept,
  )
  await t.rejects(
    whenFree(() => engine.compare(NAME)),
    NothingKept,
  )
  await t.rejects(
    whenFree(() => engine.rollback(NAME)),
    {
      code: 'ROLLBACK_VERSION_DROPPED',
      message: /version 1 was dropped/,
    },
  )
  await append(store, manyContacts(1))
  await caughtUp(engine, store, NAME)
  t.equal(await contactsIn(database), 242)
  const { rows } = await database.engine.query(
    `select nspname from pg_namespace where nspname like 'toy%' order by 1`,
  )
  t.same(rows, [{ nspname: NAME }])
})

t.test('a version that is taken back stays so, until it is put forward again', async (t) => {
  const { database, store, engine } = await withSecondLive(t)
  const taken = await whenFree(() =>
    engine.rollback(NAME, { organisation: 'north', actor: 'olga' }),
  )
  t.same(taken, { liveVersion: 1, version: 2, ordinal: 100 })
  t.equal(await contactsIn(database), 100)
  await append(store, manyContacts(10))
  await caughtUp(engine, store, NAME)
  t.equal(await contactsIn(database), 110)
  await keptCaughtUp(engine, store, NAME)
  t.match(await whenFree(() => engine.verify(NAME)), { equal: true, version: 1 })
  t.match(await whenFree(() => engine.verify(NAME, { tables: 'kept' })), {
    equal: true,
    version: 2,
  })

  await engine.stop()
  const again = engineOf(t, { store, database, projections: [second] })
  await again.start()
  await append(store, manyContacts(10))
  await caughtUp(again, store, NAME)
  const { kept } = await keptCaughtUp(again, store, NAME)
  t.equal(kept?.version, 2)
  const status = await statusWhen(again, NAME, ({ state }) => state === 'live')
  t.match(status, { tablesVersion: 1, rolledBackFrom: 2, rebuild: { version: 2, state: 'done' } })
  const [all] = await (await whenFree(() => again.rebuild('all'))).done
  t.match(all, { state: 'done', version: 1, compared: { equal: true } }, 'all leaves it as it is')

  t.match(await whenFree(() => again.rollback(NAME)), { liveVersion: 2, version: 1, ordinal: 120 })
  t.equal(await contactsIn(database), 240)
  t.match(await again.status(), [{ tablesVersion: 2, rolledBackFrom: undefined }])
  const told = await again.history(NAME, 10)
  t.match(told, [
    { action: 'rolled_back', fromVersion: 1, toVersion: 2, by: undefined },
    { action: 'rebuilt', fromVersion: 1, toVersion: 1, compared: { equal: true } },
    { action: 'rolled_back', fromVersion: 2, toVersion: 1, by: { actor: 'olga' }, ordinal: 100 },
    { action: 'rebuilt', fromVersion: 1, toVersion: 2, compared: { equal: false } },
  ])
  t.equal(told.length, 4)
  t.notMatch(JSON.stringify(told), /customer \d/, 'no row of anybody is on record')
})

t.test('a rebuild that is asked for by name, or a newer version, ends a rollback', async (t) => {
  const { database, store, engine } = await withSecondLive(t)
  await whenFree(() => engine.rollback(NAME))
  t.match(await rebuilt(engine, NAME), { state: 'done', version: 2 })
  t.match(await engine.status(), [{ tablesVersion: 2, rolledBackFrom: undefined }])
  await whenFree(() => engine.rollback(NAME))
  await engine.stop()
  const third = tally(3, { previous: second })
  const next = engineOf(t, { store, database, projections: [third] })
  await next.start()
  await statusWhen(next, NAME, ({ tablesVersion }) => tablesVersion === 3)
  const { kept } = await keptCaughtUp(next, store, NAME)
  t.equal(kept?.version, 1)
  await t.rejects(
    whenFree(() => next.rollback(NAME)),
    {
      code: 'ROLLBACK_VERSION_UNREADABLE',
      facts: { version: 1, columns: 'tally.last_on' },
    },
  )
  t.match(await whenFree(() => next.compare(NAME)), {
    notCompared: ['tally.last_on'],
    liveVersion: 3,
    version: 1,
  })
})

t.test('kept tables that fail harm nothing else, and cannot go live', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(50))
  const before = engineOf(t, { store, database, projections: [first] })
  await before.start()
  await caughtUp(before, store, NAME)
  await before.stop()
  const broken = tally(1, { throwsAt: ({ ordinal }) => ordinal === 60 })
  const program = tally(2, { previous: broken })
  const engine = engineOf(t, { store, database, projections: [program] })
  await engine.start()
  await statusWhen(engine, NAME, ({ tablesVersion }) => tablesVersion === 2)
  await append(store, manyContacts(30))
  await caughtUp(engine, store, NAME)
  const failed = await statusWhen(engine, NAME, ({ kept }) => kept?.state === 'failed')
  t.match(failed, {
    state: 'live',
    failure: undefined,
    kept: { ordinal: 59, failure: { event: { ordinal: 60 } } },
  })
  const refused = whenFree(() => engine.rollback(NAME))
  await t.rejects(refused, { code: 'ROLLBACK_VERSION_BEHIND', facts: { reason: /broken/ } })
  await append(store, manyContacts(5))
  await caughtUp(engine, store, NAME)
  t.equal(await contactsIn(database), 170)
  t.match(await whenFree(() => engine.verify(NAME)), { equal: true })
})

t.test('what fails while it is live is taken back; the version before goes on', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const broken = tally(2, { previous: first, throwsAt: ({ ordinal }) => ordinal === 60 })
  await append(store, manyContacts(50))
  const before = engineOf(t, { store, database, projections: [first] })
  await before.start()
  await caughtUp(before, store, NAME)
  await before.stop()
  const engine = engineOf(t, { store, database, projections: [broken] })
  await engine.start()
  await statusWhen(engine, NAME, ({ tablesVersion }) => tablesVersion === 2)
  await append(store, manyContacts(30))
  await statusWhen(engine, NAME, ({ state }) => state === 'failed')
  t.match(await whenFree(() => engine.rollback(NAME)), { liveVersion: 1, version: 2, ordinal: 59 })
  await append(store, manyContacts(5))
  await caughtUp(engine, store, NAME)
  t.equal(await contactsIn(database), 85)
  await statusWhen(engine, NAME, ({ state, kept }) => state === 'live' && kept?.state === 'failed')
})

t.test('a version that cannot be built leaves the one before live and followed', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(50))
  const before = engineOf(t, { store, database, projections: [first] })
  await before.start()
  await caughtUp(before, store, NAME)
  await before.stop()
  const broken = tally(2, { previous: first, throwsAt: ({ ordinal }) => ordinal === 20 })
  const engine = engineOf(t, { store, database, projections: [broken] })
  await engine.start()
  await statusWhen(engine, NAME, ({ rebuild }) => rebuild?.state === 'failed')
  await append(store, manyContacts(10))
  await caughtUp(engine, store, NAME)
  t.equal(await contactsIn(database), 60)
  const status = await statusWhen(engine, NAME, ({ waitsFor }) => waitsFor !== undefined)
  t.match(status, { tablesVersion: 1, state: 'live', waitsFor: /version 2, which could not/ })
  const [entry] = await engine.history(NAME, 1)
  t.match(entry, { action: 'failed', toVersion: 2, reason: /broken/, by: undefined })
})

t.test('a repair of the live version does not cost the kept one its place', async (t) => {
  const { database, store, engine } = await withSecondLive(t)
  await database.engine.query(`update ${NAME}.tally set contacts = contacts + 5`)
  const repaired = await rebuilt(engine, NAME)
  t.match(repaired, { state: 'done', compared: { equal: false, liveVersion: 2 } })
  t.equal(await contactsIn(database), 200)
  t.match(await keptCaughtUp(engine, store, NAME), { kept: { version: 1 } })

  await whenFree(() => engine.drop(NAME))
  await database.engine.query(`update ${NAME}.tally set contacts = contacts + 5`)
  t.match(await rebuilt(engine, NAME), { state: 'done', compared: { equal: false } })
  const { kept } = await keptCaughtUp(engine, store, NAME)
  t.equal(kept?.version, 2, 'with nothing else to go back to, what was there is kept')
  t.match(await rebuilt(engine, NAME), { state: 'done', compared: { equal: true } })
  t.match(await whenFree(() => engine.verify(NAME, { tables: 'kept' })), { equal: false })
})

t.test('programs of two versions each follow the tables that they have folds for', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(50))
  const old = engineOf(t, { store, database, projections: [first] })
  await old.start()
  await caughtUp(old, store, NAME)
  // The new program has dropped the definition of version 1.
  const deployed = engineOf(t, { store, database, projections: [tally(2)] })
  await deployed.start()
  await statusWhen(deployed, NAME, ({ tablesVersion }) => tablesVersion === 2)
  await append(store, manyContacts(20))
  await caughtUp(deployed, store, NAME)
  t.equal(await contactsIn(database), 140)
  await keptCaughtUp(old, store, NAME)
  t.match(await whenFree(() => old.verify(NAME, { tables: 'kept' })), {
    equal: true,
    version: 1,
    ordinal: 70,
  })
  await t.rejects(
    whenFree(() => deployed.rollback(NAME)),
    {
      code: 'ROLLBACK_VERSION_UNKNOWN',
      message: /deploy a program that has them/,
    },
  )

  await whenFree(() => old.rollback(NAME))
  await append(store, manyContacts(5))
  await caughtUp(old, store, NAME)
  t.equal(await contactsIn(database), 75)
  await keptCaughtUp(deployed, store, NAME)
  t.match(await whenFree(() => deployed.verify(NAME, { tables: 'kept' })), {
    equal: true,
    version: 2,
  })
  await old.stop()
  const waiting = await statusWhen(deployed, NAME, ({ waitsFor }) => waitsFor !== undefined)
  t.match(waiting, { tablesVersion: 1, waitsFor: /folds of version 1, a rollback, or a rebuild/ })
  t.match(await whenFree(() => deployed.rollback(NAME)), { liveVersion: 2, version: 1 })
  await append(store, manyContacts(5))
  await caughtUp(deployed, store, NAME)
  t.equal(await contactsIn(database), 160)
})

t.test(
  'the deploy is rolled back: the old program follows what it knows, and takes it back',
  async (t) => {
    const { database, store, engine } = await withSecondLive(t)
    await engine.stop()
    await append(store, manyContacts(10))
    const old = engineOf(t, { store, database, projections: [first] })
    await old.start()
    const { kept } = await keptCaughtUp(old, store, NAME)
    t.match(kept, { version: 1, ordinal: 110 })
    const status = await statusWhen(old, NAME, ({ state }) => state === 'catching_up')
    t.match(status, {
      tablesVersion: 2,
      ordinal: 100,
      waitsFor: /program of version 2 or a rollback/,
    })
    await whenFree(() => old.rollback(NAME))
    await caughtUp(old, store, NAME)
    t.equal(await contactsIn(database), 110)
  },
)

t.test('nothing is kept where nothing was replaced', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(10))
  const engine = engineOf(t, { store, database, projections: [first] })
  await engine.start()
  await statusWhen(engine, NAME, ({ rebuild }) => rebuild?.state === 'done')
  await t.rejects(
    whenFree(() => engine.rollback(NAME)),
    RollbackRefused,
  )
  await t.rejects(
    whenFree(() => engine.rollback(NAME)),
    { code: 'ROLLBACK_IMPOSSIBLE' },
  )
})

t.test('an author hears of versions that do not fit together', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const made = (projection: typeof first) => () =>
    engineOf(t, { store, database, projections: [projection] })
  t.throws(made(tally(1, { previous: second })), /needs a version above those before it/)
  t.throws(made({ ...second, name: 'toy_other' }), /previous versions of the same name/)
  const [table] = second.tables
  const changed = { ...table!, columns: { ...table!.columns, contacts: { type: 'text' as const } } }
  t.throws(
    made({ ...second, tables: [changed] }),
    /toy_tally.tally.contacts needs a new name, as version 1 has it as integer/,
  )
})

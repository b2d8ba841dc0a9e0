import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts } from './support/history.ts'
import { caughtUp, engineOf, statusWhen, whenFree } from './support/running-engine.ts'
import { contacts, notes } from './support/toy-projections.ts'

t.test('events are visible a moment after they are appended', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const engine = engineOf(t, { store, database, projections: [contacts, notes] })
  await engine.start()
  const lags: number[] = []
  for (const happening of manyContacts(50)) {
    await append(store, [happening])
    const head = await store.head()
    const began = performance.now()
    const { reached } = await engine.waitFor('toy_contacts', head!, 5000)
    lags.push(performance.now() - began)
    t.ok(reached)
    await delay(5)
  }
  lags.sort((a, b) => a - b)
  t.comment(
    `append to visible: median ${lags[25]?.toFixed(1)} ms, most ${lags.at(-1)?.toFixed(1)} ms`,
  )
  const { rows } = await database.engine.query(
    'select sum(contacts)::int as n from toy_contacts.contact',
  )
  t.same(rows, [{ n: 50 }])
  const status = await statusWhen(engine, 'toy_contacts', ({ state }) => state === 'live')
  t.equal(status.ordinal, 50)
  t.same(status.lag, { events: 0, seconds: 0 })
  t.equal(status.failure, undefined)
})

t.test('a new projection is built from what the log holds, then follows', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(1000))
  const engine = engineOf(t, { store, database, projections: [contacts, notes] })
  await engine.start()
  await caughtUp(engine, store, 'toy_contacts')
  await append(store, manyContacts(10))
  await caughtUp(engine, store, 'toy_contacts')
  const { rows } = await database.engine.query(
    'select sum(contacts)::int as n from toy_contacts.contact',
  )
  t.same(rows, [{ n: 1010 }])
  // What is told of a rebuild is read beside the state, and may be of a moment before.
  await statusWhen(
    engine,
    'toy_contacts',
    ({ state, rebuild }) => state === 'live' && rebuild?.state === 'done',
  )
  const verified = await whenFree(() => engine.verify('toy_contacts'))
  t.equal(verified.equal, true)
  t.equal(verified.ordinal, 1010)
  t.same(
    verified.tables.map(({ rows }) => rows),
    [100, 956, 2020],
  )
})

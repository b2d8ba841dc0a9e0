import { setTimeout as delay } from 'node:timers/promises'
import t from 'tap'
import { fingerprint } from '#projections/engine/definition.ts'
import { followingConnection } from '#projections/engine/following-connection.ts'
import { makeEmptyTables } from '#projections/engine/make-empty-tables.ts'
import { readEvents } from '#projections/engine/read-events.ts'
import { raiseEpoch } from '#projections/engine/registry.ts'
import { Fenced, TableWriter } from '#projections/engine/table-writer.ts'
import { testDatabase } from '#test/support/database.ts'
import { InMemoryEventStore } from '#test/support/in-memory-event-store.ts'
import { append, manyContacts, plainCodec } from './support/history.ts'
import { caughtUp, engineOf, statusWhen } from './support/running-engine.ts'
import { contacts } from './support/toy-projections.ts'

t.test('a stalled former owner cannot write, whatever it believes', async (t) => {
  const { database } = await testDatabase(t)
  const store = new InMemoryEventStore()
  await append(store, manyContacts(30))
  const client = await followingConnection(database)
  const engine = await database.connect('engine')
  t.teardown(() => Promise.all([client.end(), engine.end()]))
  await makeEmptyTables(engine, contacts, 'postgres')

  const stalled = await open()
  await stalled.apply(await batch(0, 10))
  const owner = await open()
  await t.rejects(stalled.apply(await batch(10, 20)), Fenced)
  await owner.apply(await batch(10, 15))
  await t.rejects(stalled.apply(await batch(10, 20)), Fenced)
  await owner.apply(await batch(15, 30))
  const { rows } = await engine.query(
    `select (select sum(contacts)::int from toy_contacts.contact) as contacts,
       (select count(*)::int from toy_contacts.visit) as visits,
       (select ordinal::int from daybook.projection) as ordinal,
       (select sum(ordinal)::int from daybook.projection_context) as organisations`,
  )
  t.same(rows, [{ contacts: 30, visits: 60, ordinal: 30, organisations: 30 }])

  async function open() {
    const checkpoint = await raiseEpoch(
      client,
      'toy_contacts',
      'live',
      fingerprint(contacts, 'postgres'),
    )
    return TableWriter.open(client, contacts, 'live', checkpoint!)
  }

  async function batch(from: number, to: number) {
    const stored = store.log.slice(from, to)
    const read = await readEvents(plainCodec(), stored, () => true)
    return { ...read, position: stored.at(-1)!.position }
  }
})

t.test(
  'a writer that is in the middle of a batch when it is fenced writes nothing of it',
  async (t) => {
    const { database, login } = await testDatabase(t)
    const store = new InMemoryEventStore()
    const first = engineOf(t, { store, database, projections: [contacts] })
    await first.start()
    await append(store, manyContacts(10))
    await caughtUp(first, store, 'toy_contacts')
    // Somebody holds the checkpoint: the next batch waits in the middle of its statement.
    const holder = await login.connect()
    await holder.query(
      `begin; set local role ${(await database.engine.query('select current_user as r')).rows[0].r}`,
    )
    await holder.query(
      `update daybook.projection set epoch = epoch + 1 where schema_name = 'toy_contacts'`,
    )
    await append(store, manyContacts(10))
    await delay(300)
    await holder.query('commit')
    holder.release()
    await caughtUp(first, store, 'toy_contacts')
    t.equal((await first.verify('toy_contacts')).equal, true)
    t.equal((await first.verify('toy_contacts')).ordinal, 20)
  },
)

t.test('one process follows; another takes over when its session ends', async (t) => {
  const { database, login } = await testDatabase(t)
  const store = new InMemoryEventStore()
  const first = engineOf(t, { store, database, projections: [contacts] })
  const second = engineOf(t, { store, database, projections: [contacts] })
  await first.start()
  await second.start()
  const appending = (async () => {
    for (const happening of manyContacts(400)) {
      await append(store, [happening])
      await delay(5)
    }
  })()
  for (let round = 0; round < 3; round += 1) {
    await delay(400)
    // Those killed before may still be on their way back.
    let killed = 0
    for (let tries = 0; killed === 0 && tries < 200; tries += 1) {
      await delay(50)
      const { rowCount } = await login.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and application_name like 'daybook engine%' and ($1 or application_name = 'daybook engine keeper')`,
        [round === 1],
      )
      killed = rowCount ?? 0
    }
    t.ok(killed > 0)
  }
  await appending
  await caughtUp(first, store, 'toy_contacts')
  t.match(await second.waitFor('toy_contacts', (await store.head())!, 5000), {
    reached: true,
    ordinal: 400,
  })
  t.equal((await second.verify('toy_contacts')).equal, true)
  const status = await statusWhen(second, 'toy_contacts', ({ state }) => state === 'live')
  t.equal(status.failure, undefined)

  await first.stop()
  await append(store, manyContacts(10))
  await caughtUp(second, store, 'toy_contacts')
  await second.stop()
  const left = await statusWhen(second, 'toy_contacts', ({ owner }) => owner === undefined)
  t.match(left, { state: 'catching_up', waitsFor: 'a process to follow it' })
})

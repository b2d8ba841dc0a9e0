import t from 'tap'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { testDatabase } from '#test/support/database.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'

const refused = { code: '42501' }

t.test('what is in the log cannot be changed, whoever tries', async (t) => {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  await store.append('sale-main.1', newEvents(3), 'no_stream')
  const { writer, engine } = database
  for (const change of [
    `update log.events set type = 'Other' where position = 1`,
    'delete from log.events where position = 3',
    'truncate log.events',
    'delete from log.events where false',
  ]) {
    await t.rejects(engine.query(change), refused, `the owner: ${change}`)
    await t.rejects(writer.query(change), refused, `the writer: ${change}`)
  }
  t.equal((await Array.fromAsync(store.readAll())).flat().length, 3)
})

t.test('it is appended to through its functions only', async (t) => {
  const { database } = await testDatabase(t)
  const insert = `insert into log.events values (1, 'sale-main.1', 0, gen_random_uuid(), 'A', '{}', '{}')`
  await t.rejects(database.writer.query(insert), refused)
  const reader = await database.connect('reader')
  t.teardown(() => reader.end())
  await t.rejects(reader.query('select from log.events'), refused, 'readers have the read models')
  const call = `select log.append_event('sale-main.1', 0, gen_random_uuid(), 'A', '{}', '{}')`
  await t.rejects(reader.query(call), refused)
  const move = `update log.home set holder = 'eventstoredb'`
  await t.rejects(database.writer.query(move), refused, 'nor does a writer say where the log is')
})

t.test('damage is noticed when it is read', async (t) => {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  for (let i = 0; i < 5; i++) await store.append(`sale-main.${i}`, [newEvent()], 'no_stream')
  await database.engine.query(`begin;
    alter table log.events disable trigger refuse_change;
    delete from log.events where position = 3;
    alter table log.events enable trigger refuse_change;
    commit`)
  const damaged = { message: 'The log is damaged: 1 events are missing between positions 0 and 5' }
  await t.rejects(Array.fromAsync(store.readAll()), damaged)
  await t.rejects(Array.fromAsync(store.subscribe({ signal: AbortSignal.timeout(9000) })), damaged)
})

t.test('a position beyond the end is of another log', async (t) => {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  const { position } = await store.append('sale-main.1', newEvents(7), 'no_stream')
  const other = new PostgresEventStore({ database: (await testDatabase(t)).database })
  t.teardown(() => other.close())
  const signal = AbortSignal.timeout(9000)
  await t.rejects(Array.fromAsync(other.subscribe({ after: position, signal })), {
    message: /ends at position 0, and was read up to 7/,
  })
  t.throws(() => store.comparePositions(position, '12:12' as typeof position), RangeError)
})

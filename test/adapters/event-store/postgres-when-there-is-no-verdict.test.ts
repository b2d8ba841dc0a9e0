import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { testDatabase } from '#test/support/database.ts'
import { newEvent, newEvents } from '#test/support/new-event.ts'

const unavailable = { name: 'LogUnavailable' }
const nobody = 'postgres://daybook:x@127.0.0.1:1/daybook'

t.test('without a server callers are told, after the deadline', async (t) => {
  const roles = { reader: 'r', writer: 'w', engine: 'e' }
  const connections = { reader: 1, writer: 1, engine: 1 }
  const database = postgresDatabase({ url: nobody, roles, connections, queryDeadlineMs: 1000 })
  const store = new PostgresEventStore({ database, deadlineMs: 400 })
  t.teardown(() => database.close())
  const start = performance.now()
  await Promise.all([
    t.rejects(store.append('sale-main.1', [newEvent()], 'no_stream'), {
      ...unavailable,
      message: /no verdict within 0.4 s/,
      cause: { name: 'DatabaseUnavailable' },
    }),
    t.rejects(Array.fromAsync(store.readStream('sale-main.1')), unavailable),
    t.rejects(store.head(), unavailable),
  ])
  t.ok(performance.now() - start > 350)
  await store.close()
  await t.rejects(store.append('sale-main.1', [newEvent()], 'no_stream'), unavailable, 'closed')
})

t.test('an append that hangs is given up, and what it did is found when repeated', async (t) => {
  const { database, login } = await testDatabase(t)
  const store = new PostgresEventStore({ database, deadlineMs: 600 })
  t.teardown(() => store.close())
  await store.append('sale-main.1', newEvents(1), 'no_stream')
  const events = newEvents(2)
  const blocker = await login.connect()
  await blocker.query('begin')
  await blocker.query('select pg_advisory_xact_lock(4242, 1)')
  await t.rejects(store.append('sale-main.1', events, 0), unavailable)
  const repeated = store.append('sale-main.1', events, 0)
  await sleep(100)
  await blocker.query('commit')
  blocker.release()
  t.strictSame(await repeated, { revision: 2, position: '3' })
  t.equal((await Array.fromAsync(store.readAll())).flat().length, 3)
})

t.test('what PostgreSQL refuses to store is refused alone', async (t) => {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  t.teardown(() => store.close())
  await database.engine.query(`
    create function log.refuse_poison() returns trigger language plpgsql as
      $$ begin raise exception 'poison' using errcode = 'DB001'; end $$;
    create trigger refuse_poison before insert on log.events
      for each row when (new.type = 'Poison') execute function log.refuse_poison()`)
  const outcomes = await Promise.allSettled(
    Array.from({ length: 40 }, (_, i) =>
      store.append(`sale-main.${i}`, [newEvent({}, i % 13 === 5 ? 'Poison' : 'Fine')], 'no_stream'),
    ),
  )
  for (const [i, outcome] of outcomes.entries()) {
    if (i % 13 === 5) t.match(outcome, { reason: { code: 'DB001', message: 'poison' } })
    else t.match(outcome, { value: { revision: 0 } })
  }
  const all = (await Array.fromAsync(store.readAll())).flat()
  t.equal(all.length, outcomes.filter(({ status }) => status === 'fulfilled').length)
  t.equal(all.at(-1)?.position, `${all.length}`, 'and leaves no hole')
})

t.test('closing waits for the appends that are on their way', async (t) => {
  const { database } = await testDatabase(t)
  const store = new PostgresEventStore({ database })
  const appends = Array.from({ length: 100 }, (_, i) =>
    store.append(`sale-main.${i}`, newEvents(1), 'no_stream'),
  )
  await store.close()
  t.equal((await Promise.all(appends)).length, 100)
})

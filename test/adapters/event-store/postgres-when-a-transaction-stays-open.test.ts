import t from 'tap'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { testDatabase } from '#test/support/database.ts'
import { newEvent } from '#test/support/new-event.ts'

t.test('another transaction in the database hides and delays nothing', async (t) => {
  const { database, login } = await testDatabase(t)
  const writer = new PostgresEventStore({ database })
  const reader = new PostgresEventStore({ database })
  t.teardown(() => Promise.all([writer.close(), reader.close()]))

  const open = await login.connect()
  t.teardown(() => open.release(true))
  await open.query('create table public.something (a integer)')
  await open.query('begin isolation level serializable')
  await open.query('insert into public.something values (1)')
  t.ok((await open.query('select pg_current_xact_id_if_assigned() is not null')).rows[0])

  const stop = new AbortController()
  const ids: string[] = []
  const events = Array.from({ length: 20 }, () => newEvent())
  let slowest = 0
  let appendedAt = 0
  for await (const { events: found } of reader.subscribe({ signal: stop.signal })) {
    for (const { id } of found) {
      ids.push(id)
      slowest = Math.max(slowest, performance.now() - appendedAt)
    }
    const event = events[ids.length]
    if (event === undefined) {
      stop.abort()
      continue
    }
    appendedAt = performance.now()
    await writer.append(`sale-main.${ids.length}`, [event], 'no_stream')
  }
  t.strictSame(
    ids,
    events.map(({ id }) => id),
  )
  t.ok(slowest < 4000, `the slowest arrived after ${slowest.toFixed(0)} ms`)
  t.strictSame(await writer.head(), '20')
  await open.query('rollback')
})

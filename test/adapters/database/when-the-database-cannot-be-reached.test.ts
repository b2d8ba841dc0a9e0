import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { pino } from 'pino'
import t from 'tap'
import { freePort } from '#adapters/database/embedded/postmaster.ts'
import {
  asDatabaseError,
  DatabaseUnavailable,
  isDatabaseUnavailable,
} from '#adapters/database/errors.ts'
import { openDatabase } from '#adapters/database/open-database.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import { readConfig } from '#config'
import { testDatabase } from '#test/support/database.ts'

const { database, login, url, roles } = await testDatabase(t)
const connections = { reader: 1, writer: 1, engine: 1 }

const one = () => database.query('main', (db) => sql`select 1`.execute(db as never))

const endSessionsOf = (role: string) =>
  login.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
     where datname = current_database() and application_name = $1`,
    [`daybook ${role}`],
  )

t.test('a session that is ended under a query', async (t) => {
  const query = database.query('main', (db) => sql`select pg_sleep(20)`.execute(db as never))
  const refused = t.rejects(query, DatabaseUnavailable)
  await sleep(200)
  await endSessionsOf('reader')
  await refused
  t.equal((await one()).rows.length, 1, 'the next query is answered')
})

t.test('idle sessions that are ended', async (t) => {
  await Promise.all([one(), one(), one(), database.writer.query('select 1')])
  await Promise.all([endSessionsOf('reader'), endSessionsOf('writer')])
  await sleep(100)
  t.equal((await one()).rows.length, 1)
  t.equal((await database.writer.query('select 1')).rowCount, 1)
})

t.test('a connection of its own that is ended while it does nothing', async (t) => {
  const client = await database.connect('writer', { name: 'daybook listener' })
  await endSessionsOf('listener')
  await sleep(100)
  const error = await client.query('select 1').then(
    () => undefined,
    (cause: unknown) => cause,
  )
  t.ok(isDatabaseUnavailable(error))
  await client.end()
})

t.test('a query that takes too long', async (t) => {
  const hasty = postgresDatabase({ url, roles, connections, queryDeadlineMs: 100 })
  t.teardown(() => hasty.close())
  await t.rejects(
    hasty.query('main', (db) => sql`select pg_sleep(20)`.execute(db as never)),
    { name: 'DatabaseUnavailable', message: 'The database took longer than it is allowed to' },
  )
  await hasty.query('main', (db) => sql`select 1`.execute(db as never))
})

t.test('a server that is not there', async (t) => {
  const elsewhere = new URL(url)
  elsewhere.port = `${await freePort(0)}`
  const target = elsewhere.toString()
  const absent = postgresDatabase({ url: target, roles, connections, queryDeadlineMs: 100 })
  t.teardown(() => absent.close())
  await t.rejects(
    absent.query('main', async () => 1),
    DatabaseUnavailable,
  )
  await t.rejects(absent.connect('writer'), { name: 'DatabaseUnavailable', retryAfterSeconds: 2 })
  const config = readConfig({ DATABASE_URL: target })
  const log = pino({ level: 'silent' })
  const opening = openDatabase(config, { log, what: 'test' })
  await t.rejects(opening, {
    message: /PostgreSQL of DATABASE_URL \(127\.0\.0\.1:\d+\/test_.*ECONN/,
  })
  await t.rejects(opening, { message: /^(?!.*:.{20,}@)/ }, 'without its password')
})

t.test('other errors stay what they are', async (t) => {
  const duplicate = await database.engine
    .query(
      `insert into daybook.projection (schema_name, name, version) values ('a', 'a', 1), ('a', 'a', 1)`,
    )
    .catch((error: unknown) => error)
  const missing = await Promise.try(() => readFileSync('/nowhere/at/all')).catch(
    (error: unknown) => error,
  )
  for (const error of [duplicate, missing, new Error('of ours'), 'thrown text', undefined]) {
    t.equal(isDatabaseUnavailable(error), false)
    t.equal(asDatabaseError(error), error)
  }
})

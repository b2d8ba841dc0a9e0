import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { connectionConfig } from '#adapters/database/connection.ts'
import type { Database } from '#adapters/database/database.ts'
import { isAlive } from '#adapters/database/embedded/process-identity.ts'
import { DatabaseUnavailable, isDatabaseUnavailable } from '#adapters/database/errors.ts'
import { migrate } from '#adapters/database/migrate.ts'
import { postgresDatabase } from '#adapters/database/postgres-database.ts'
import {
  dataFolder,
  type PrivatePostgres,
  privatePostgres,
} from '#test/support/private-postgres.ts'

async function until(met: () => boolean, deadlineMs = 20_000): Promise<boolean> {
  const end = performance.now() + deadlineMs
  while (!met() && performance.now() < end) await sleep(20)
  return met()
}

async function opened(
  server: PrivatePostgres,
  teardown: (run: () => Promise<void>) => void,
): Promise<Database> {
  const { roles } = await migrate(server.url)
  const database = postgresDatabase({
    url: server.url,
    roles,
    connections: { reader: 4, writer: 2, engine: 2 },
    queryDeadlineMs: 60_000,
  })
  teardown(() => database.close())
  return database
}

/** How long until a query is answered again, in milliseconds. */
async function untilAnswered(database: Database, deadlineMs = 20_000): Promise<number> {
  const start = performance.now()
  for (;;) {
    try {
      await database.query('main', (db) => sql`select 1`.execute(db as never))
      return performance.now() - start
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error
      if (performance.now() - start > deadlineMs) throw error
      await sleep(20)
    }
  }
}

t.test('kill -9 of the postmaster under running queries', async (t) => {
  const server = await privatePostgres(t)
  const database = await opened(server, (run) => t.teardown(run))
  await database.engine.query(
    'create schema test; create table test.kept (n int); insert into test.kept values (1)',
  )
  await Promise.all(Array.from({ length: 4 }, () => untilAnswered(database)))
  const running = [
    database.query('main', (db) => sql`select pg_sleep(30)`.execute(db as never)),
    database.query('main', (db) =>
      sql`select count(*) from generate_series(1, 100000000)`.execute(db as never),
    ),
    database.engine.query('select pg_sleep(30)'),
  ]
  const outcomes = Promise.allSettled(running)
  await sleep(300)
  const killed = server.pid()
  const before = performance.now()
  process.kill(killed, 'SIGKILL')
  t.ok(await until(() => server.pid() !== killed), 'another is started')
  await untilAnswered(database)
  t.comment(`answered again after ${Math.round(performance.now() - before)} ms`)
  const [sleeping, counting, raw] = await outcomes
  t.equal(sleeping?.status === 'rejected' && sleeping.reason instanceof DatabaseUnavailable, true)
  t.equal(counting?.status, 'rejected')
  t.equal(raw?.status === 'rejected' && isDatabaseUnavailable(raw.reason), true)
  t.strictSame((await database.engine.query('select n from test.kept')).rows, [{ n: 1 }])
  t.strictSame(
    server.events.map((event) => event.what),
    ['created', 'started', 'died', 'started'],
  )
})

t.test('kill -9 of one server process: PostgreSQL recovers by itself', async (t) => {
  const server = await privatePostgres(t)
  const database = await opened(server, (run) => t.teardown(run))
  const client = await database.connect('writer')
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const query = t.rejects(client.query('select pg_sleep(30)'))
  await sleep(100)
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
  await query
  const waited = await untilAnswered(database)
  t.comment(`answered again after ${Math.round(waited)} ms`)
  t.strictSame(
    server.events.map((event) => event.what),
    ['created', 'started'],
    'the postmaster lived',
  )
})

t.test('a server process that hangs: the query ends at its deadline', async (t) => {
  const server = await privatePostgres(t)
  const { roles } = await migrate(server.url)
  const database = postgresDatabase({
    url: server.url,
    roles,
    connections: { reader: 1, writer: 1, engine: 1 },
    queryDeadlineMs: 500,
  })
  t.teardown(() => database.close())
  const pid = await database.query('main', async (db) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db as never)
    return rows[0]?.pid ?? 0
  })
  // The query's own commit has gone by then; else the pool would wait for it, and ask another process.
  await sleep(1000)
  process.kill(pid, 'SIGSTOP')
  const before = performance.now()
  await t.rejects(
    database.query('main', (db) => sql`select 1`.execute(db as never)),
    DatabaseUnavailable,
  )
  t.comment(`given up after ${Math.round(performance.now() - before)} ms`)
  await untilAnswered(database)
  process.kill(pid, 'SIGCONT')
})

t.test(
  'killed again and again while transactions commit: nothing that was confirmed is lost',
  async (t) => {
    const server = await privatePostgres(t)
    const database = await opened(server, (run) => t.teardown(run))
    await database.engine.query('create schema test; create table test.counted (n int primary key)')
    const confirmed: number[] = []
    const stopped = new AbortController()
    const write = async () => {
      for (let n = 1; !stopped.signal.aborted; n += 1) {
        try {
          await database.engine.query('insert into test.counted values ($1)', [n])
          confirmed.push(n)
        } catch (error) {
          if (!isDatabaseUnavailable(error)) throw error
          await sleep(50)
        }
      }
    }
    const writer = write()
    for (let kill = 0; kill < 3; kill += 1) {
      const so = confirmed.length
      while (confirmed.length < so + 40) await sleep(10)
      process.kill(server.pid(), 'SIGKILL')
      await sleep(250)
      await untilAnswered(database)
    }
    await sleep(300)
    stopped.abort()
    await writer
    const { rows } = await database.engine.query<{ n: number }>('select n from test.counted')
    const stored = new Set(rows.map((row) => row.n))
    t.comment(`${confirmed.length} confirmed, ${stored.size} stored`)
    t.ok(confirmed.length > 100)
    t.strictSame(
      confirmed.filter((n) => !stored.has(n)),
      [],
    )
  },
)

interface Holder {
  readonly child: ChildProcess
  readonly url: string
  readonly postgres: number
}

async function holder(dataDir: string): Promise<Holder> {
  const program = new URL('./programs/hold-the-data-folder.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [program, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, ...(JSON.parse(said.toString()) as { url: string; postgres: number }) }
}

t.test('kill -9 of the process that started it: the next one adopts what still runs', async (t) => {
  const dataDir = dataFolder(t)
  const first = await holder(dataDir)
  const client = new pg.Client(connectionConfig(first.url))
  client.on('error', () => undefined)
  await client.connect()
  await client.query('create table kept (n int); insert into kept values (1)')
  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  t.ok(isAlive(first.postgres), 'PostgreSQL goes on')
  const before = performance.now()
  const server = await privatePostgres(t, dataDir)
  t.comment(`adopted after ${Math.round(performance.now() - before)} ms`)
  t.strictSame(
    server.events.map((event) => event.what),
    ['adopted'],
  )
  t.equal(server.url, first.url)
  t.equal(server.pid(), first.postgres)
  t.strictSame((await client.query('select n from kept')).rows, [{ n: 1 }], 'no session was ended')
  process.kill(server.pid(), 'SIGKILL')
  t.ok(await until(() => server.pid() !== first.postgres), 'and it is watched over')
  await server.stop()
  t.notOk(isAlive(server.pid()))
})

t.test('kill -9 of both: the next start recovers', async (t) => {
  const dataDir = dataFolder(t)
  const first = await holder(dataDir)
  const client = new pg.Client(connectionConfig(first.url))
  client.on('error', () => undefined)
  await client.connect()
  await client.query('create table kept (n int); insert into kept values (1)')
  first.child.kill('SIGKILL')
  process.kill(first.postgres, 'SIGKILL')
  await once(first.child, 'exit')
  const before = performance.now()
  const server = await privatePostgres(t, dataDir)
  t.comment(`up after ${Math.round(performance.now() - before)} ms`)
  t.strictSame(
    server.events.map((event) => event.what),
    ['started'],
  )
  const again = new pg.Client(connectionConfig(server.url))
  await again.connect()
  t.strictSame((await again.query('select n from kept')).rows, [{ n: 1 }])
  await again.end()
})

t.test(
  'kill -9 in the middle of making the cluster: the next start makes a whole one',
  async (t) => {
    for (const afterMs of [150, 400, 700, 900]) {
      const dataDir = dataFolder(t)
      const program = new URL('./programs/hold-the-data-folder.ts', import.meta.url).pathname
      const child = spawn(process.execPath, [program, dataDir], { stdio: 'ignore' })
      await sleep(afterMs)
      child.kill('SIGKILL')
      await once(child, 'exit')
      const server = await privatePostgres(t, dataDir)
      const { applied } = await migrate(server.url)
      t.ok(applied.length > 0, `killed after ${afterMs} ms`)
      await server.stop()
    }
  },
)

t.test('SIGTERM ends both, cleanly', async (t) => {
  const first = await holder(dataFolder(t))
  const before = performance.now()
  first.child.kill('SIGTERM')
  const [code] = (await once(first.child, 'exit')) as [number]
  t.comment(`ended after ${Math.round(performance.now() - before)} ms`)
  t.equal(code, 0)
  t.notOk(isAlive(first.postgres))
})

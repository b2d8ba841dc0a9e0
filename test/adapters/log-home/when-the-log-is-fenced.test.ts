import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { copyingDatabase } from '#adapters/log-home/copying-database.ts'
import { liftFence, raiseFence } from '#adapters/log-home/fence.ts'
import { claimHome, readHome } from '#adapters/log-home/home.ts'
import { leased } from '#adapters/log-home/leased-event-store.ts'
import { takeUpHome } from '#adapters/log-home/take-up-home.ts'
import { WriteLease } from '#adapters/log-home/write-lease.ts'
import type { EventStore } from '#log/event-store.ts'
import { type TestDatabase, testDatabase } from '#test/support/database.ts'
import { testNode } from '#test/support/eventstoredb.ts'
import { newEvent } from '#test/support/new-event.ts'
import { eventually } from '#test/support/server.ts'

const moving = { name: 'LogMoved', state: 'moving' }

async function engine(t: Test, { database }: TestDatabase) {
  const client = await database.connect('engine')
  t.teardown(() => client.end())
  return client
}

/** A process that writes to EventStoreDB under a lease. */
async function leasedStore(t: Test, { database }: TestDatabase, connectionString: string) {
  const lease = new WriteLease({ pool: database.writer, deadlineMs: 5000 })
  const store = new EventStoreDbEventStore({ connectionString, mayAppend: () => lease.isValid })
  const open = leased(store, lease)
  t.teardown(() => open.close())
  return { store: open, lease }
}

/** Appends one event after another until it is refused; answers how many were stored. */
async function appendUntilRefused(store: EventStore, stream: string): Promise<number> {
  for (let i = 0; ; i++) {
    try {
      await store.append(stream, [newEvent()], i === 0 ? 'no_stream' : i - 1)
    } catch (error) {
      if (error instanceof Error && error.name === 'LogMoved') return i
      throw error
    }
  }
}

async function countOf(store: EventStore): Promise<number> {
  return (await Array.fromAsync(store.readAll())).flat().length
}

t.test('nobody appends to PostgreSQL behind a fence, and everybody after it', async (t) => {
  const test = await testDatabase(t)
  const client = await engine(t, test)
  const stores = [1, 2, 3].map(() => new PostgresEventStore({ database: test.database }))
  for (const store of stores) t.teardown(() => store.close())
  const [store] = stores as [PostgresEventStore]
  const writers = stores.map((one, i) => appendUntilRefused(one, `sale-main.${i}`))
  await sleep(30)
  await raiseFence(client, 'postgres')
  const head = await store.head()
  const stored = (await Promise.all(writers)).reduce((sum, one) => sum + one, 0)
  t.equal(await store.head(), head, 'nothing came after the fence stood')
  t.equal(await countOf(store), stored, 'what was acknowledged is there')
  await t.rejects(store.append('sale-main.9', [newEvent()], 'no_stream'), moving)
  await t.rejects(store.append('sale-main.9', [newEvent(), newEvent()], 'no_stream'), moving)
  await t.rejects(store.append('sale-main.0', [newEvent()], 7777), moving, 'to look at or not')
  await t.rejects(raiseFence(client, 'postgres'), { name: 'MoveRefused' }, 'one at a time')
  await liftFence(client)
  t.match(await store.append('sale-main.9', [newEvent()], 'no_stream'), { revision: 0 })
})

t.test('a fence whose owner is gone falls by itself', async (t) => {
  const test = await testDatabase(t)
  const client = await engine(t, test)
  const store = new PostgresEventStore({ database: test.database })
  t.teardown(() => store.close())
  await raiseFence(client, 'postgres')
  await t.rejects(store.append('sale-main.1', [newEvent()], 'no_stream'), moving)
  await client.query('update log.home set fenced_until = clock_timestamp()')
  t.match(await store.append('sale-main.1', [newEvent()], 'no_stream'), { revision: 0 })
})

t.test('where the log is no more, nobody appends but who copies it there', async (t) => {
  const test = await testDatabase(t)
  const client = await engine(t, test)
  const store = new PostgresEventStore({ database: test.database })
  t.teardown(() => store.close())
  await claimHome(client, 'eventstoredb', 'esdb://far:2113')
  const refused = { name: 'LogMoved', state: 'moved', place: 'esdb://far:2113' }
  await t.rejects(store.append('sale-main.1', [newEvent()], 'no_stream'), refused)
  t.match(
    await claimHome(client, 'postgres', 'here'),
    { holder: 'eventstoredb' },
    'not claimed back',
  )
  const copying = new PostgresEventStore({ database: copyingDatabase(test.database) })
  t.teardown(() => copying.close())
  t.match(await copying.append('sale-main.1', [newEvent()], 'no_stream'), { revision: 0 })
})

t.test('nobody appends to EventStoreDB behind a fence, and everybody after it', async (t) => {
  const test = await testDatabase(t)
  const client = await engine(t, test)
  const { connectionString } = await testNode(t)
  const [one, two] = [
    await leasedStore(t, test, connectionString),
    await leasedStore(t, test, connectionString),
  ]
  const writers = [one, two].map(({ store }, i) => appendUntilRefused(store, `sale-main.${i}`))
  await sleep(50)
  await raiseFence(client, 'eventstoredb')
  const count = await countOf(one.store)
  const stored = (await Promise.all(writers)).reduce((sum, n) => sum + n, 0)
  t.equal(await countOf(two.store), count, 'nothing came after the fence stood')
  t.equal(stored, count, 'what was acknowledged is there')
  await t.rejects(two.store.append('sale-main.9', [newEvent()], 'no_stream'), moving)
  await liftFence(client)
  t.match(await one.store.append('sale-main.9', [newEvent()], 'no_stream'), { revision: 0 })
})

t.test('a writer that hangs is waited for until its lease has run out', async (t) => {
  const test = await testDatabase(t)
  const client = await engine(t, test)
  await claimHome(client, 'eventstoredb', 'esdb://near')
  await client.query(
    `insert into log.writer (id, owner) values (gen_random_uuid(), 'somewhere:17')`,
  )
  const began = performance.now()
  await raiseFence(client, 'eventstoredb')
  t.ok(performance.now() - began > 2000, 'longer than a lease holds')
  await liftFence(client)
})

t.test('a writer that does not finish keeps the log where it is', async (t) => {
  const test = await testDatabase(t)
  const client = await engine(t, test)
  const { connectionString } = await testNode(t)
  const { lease } = await leasedStore(t, test, connectionString)
  const { promise, resolve } = Promise.withResolvers<void>()
  const appending = lease.during(() => promise)
  while ((await client.query('select from log.writer')).rowCount === 0) await sleep(10)
  await t.rejects(raiseFence(client, 'eventstoredb'), {
    name: 'MoveRefused',
    message: new RegExp(`:${process.pid} did not finish writing`),
  })
  resolve()
  await appending
  t.equal((await client.query('select from log.home where fenced_until is not null')).rowCount, 0)
})

t.test('without PostgreSQL a lease runs out, and nothing is repeated under it', async (t) => {
  const test = await testDatabase(t)
  const { connectionString } = await testNode(t)
  const { store, lease } = await leasedStore(t, test, connectionString)
  await store.append('sale-main.1', [newEvent()], 'no_stream')
  t.equal(lease.isValid, true)
  const { login } = test
  await login.query('alter table log.home rename to lost')
  while (lease.isValid) await sleep(50)
  await t.rejects(store.append('sale-main.1', [newEvent()], 0))
  t.equal(await countOf(store), 1)
  await login.query('alter table log.lost rename to home')
  t.match(await store.append('sale-main.1', [newEvent()], 0), { revision: 1 })
})

t.test('a program takes up the log that it is configured for, or says where it is', async (t) => {
  const { database } = await testDatabase(t)
  const [here, there] = [
    { kind: 'postgres', place: 'the embedded PostgreSQL' },
    { kind: 'eventstoredb', place: 'esdb://a:2113' },
  ] as const
  await takeUpHome(database, here)
  t.match(await readHome(database.engine), { holder: 'postgres', place: here.place })
  await takeUpHome(database, there)
  t.match(await readHome(database.engine), { holder: 'eventstoredb' }, 'an empty log may be left')
  await takeUpHome(database, { ...there, place: 'esdb://b:2113' })
  await t.rejects(takeUpHome(database, here), {
    name: 'LogMoved',
    message: /has moved to esdb:\/\/b:2113\. Set EVENTSTOREDB_URL/,
  })
  await database.engine.query(`update log.home set next = 'postgres'`)
  let told = ''
  const waiting = takeUpHome(database, here, (place) => {
    told = place
  })
  await eventually('it is told', async () => told !== '')
  t.equal(told, 'esdb://b:2113')
  await database.engine.query(`update log.home set next = null, holder = 'postgres'`)
  await waiting
})

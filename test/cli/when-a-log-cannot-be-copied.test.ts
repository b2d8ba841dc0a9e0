import { randomBytes } from 'node:crypto'
import pino from 'pino'
import t, { type Test } from 'tap'
import { EventStoreDbEventStore } from '#adapters/event-store/eventstoredb/eventstoredb-event-store.ts'
import { PostgresEventStore } from '#adapters/event-store/postgres/postgres-event-store.ts'
import { claimHome } from '#adapters/log-home/home.ts'
import { openLogs } from '#cli/copy-log/open-logs.ts'
import { type CopyMode, runCopy } from '#cli/copy-log/run-copy.ts'
import { type Config, readConfig } from '#config'
import { summariseLog } from '#log/export.ts'
import { testDatabase } from '#test/support/database.ts'
import { testNode } from '#test/support/eventstoredb.ts'
import { newEvent } from '#test/support/new-event.ts'
import { dataFolder } from '#test/support/private-postgres.ts'
import { eventually } from '#test/support/server.ts'

const logger = pino({ level: 'silent' })

function configOf(t: Test, databaseUrl: string): Config {
  return readConfig({
    DAYBOOK_DATA: dataFolder(t),
    DATABASE_URL: databaseUrl,
    DAYBOOK_MASTER_KEY: randomBytes(32).toString('base64'),
  })
}

async function copy(
  config: Config,
  from: string,
  to: string,
  mode: CopyMode = 'switch',
  signal = new AbortController().signal,
) {
  const logs = await openLogs(config, logger, { from, to })
  const line = { json: false, actor: 'test', signal, print: () => undefined }
  try {
    return await runCopy(config, line, logs, mode)
  } finally {
    await logs.close()
  }
}

t.test('what cannot be a copy is refused, and says why', async (t) => {
  const [one, other] = [await testDatabase(t), await testDatabase(t)]
  const { connectionString } = await testNode(t)
  const config = configOf(t, one.url)
  await claimHome(one.database.engine, 'postgres', 'postgres://one')
  await claimHome(other.database.engine, 'postgres', 'postgres://other')
  for (const { database } of [one, other]) {
    const store = new PostgresEventStore({ database })
    t.teardown(() => store.close())
    await store.append('sale-main.1', [newEvent()], 'no_stream')
  }
  const usage = (message: RegExp) => ({ name: 'CommandLineError', exitCode: 2, message })
  await t.rejects(copy(config, 'postgres', 'postgres'), usage(/are the same log/))
  const otherwise = `${one.url}${one.url.includes('?') ? '&' : '?'}application_name=test`
  await t.rejects(copy(config, one.url, otherwise), usage(/are the same log/), 'spelled otherwise')
  await t.rejects(copy(config, 'postgres', 'mysql://x/y'), usage(/--to must be esdb/))
  await t.rejects(copy(config, 'nowhere', connectionString), usage(/--from must be esdb/))
  await t.rejects(copy(config, 'postgres', 'eventstoredb'), usage(/needs EVENTSTOREDB_URL/))
  await t.rejects(copy(config, connectionString, connectionString), usage(/must be a PostgreSQL/))
  await t.rejects(copy(config, 'postgres', 'postgres://a:secret@127.0.0.1:1/x'), {
    exitCode: 1,
    message: /^--to postgres:\/\/127\.0\.0\.1:1\/x cannot be opened: /,
  })
  await t.rejects(copy(config, 'postgres', 'esdb://127.0.0.1:1?tls=false'), {
    exitCode: 1,
    message: /^--to esdb:\/\/127\.0\.0\.1:1 cannot be opened: /,
  })
  await t.rejects(copy(config, 'postgres', other.url), {
    name: 'MoveRefused',
    message: /has a log of its own/,
  })
  await t.rejects(copy(config, connectionString, 'postgres'), {
    name: 'MoveRefused',
    message: /is in postgres:\/\/one, not in esdb/,
  })
  await t.rejects(copy(config, connectionString, 'postgres', 'once'), {
    name: 'MoveRefused',
    message: /is the one that is written to/,
  })
})

t.test('a copy that is interrupted says how much was there before it', async (t) => {
  const { database, url } = await testDatabase(t)
  const { connectionString } = await testNode(t)
  const config = configOf(t, url)
  await claimHome(database.engine, 'postgres', 'postgres://one')
  const store = new PostgresEventStore({ database })
  const there = new EventStoreDbEventStore({ connectionString })
  t.teardown(() => Promise.all([store.close(), there.close()]))
  const append = (id: number) => store.append(`sale-main.${id}`, [newEvent()], 'no_stream')
  await Promise.all([0, 1, 2].map(append))
  await copy(config, 'postgres', connectionString, 'once')
  await Promise.all([3, 4].map(append))
  const interruption = new AbortController()
  const following = copy(config, 'postgres', connectionString, 'follow', interruption.signal)
  const isCopied = async () => (await summariseLog(there)).count === 5
  await eventually('all are copied', isCopied, 60_000)
  interruption.abort()
  t.match(await following, { mode: 'follow', alreadyThere: 3, count: 5 })
})

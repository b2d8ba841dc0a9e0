import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import t, { type Test } from 'tap'
import { openLogs } from '#cli/copy-log/open-logs.ts'
import { type CopyMode, runCopy } from '#cli/copy-log/run-copy.ts'
import { commandIdOf } from '#commands/command-id.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import type { CommandContext } from '#commands/handler.ts'
import { type Config, readConfig } from '#config'
import { summariseLog } from '#log/export.ts'
import { projections } from '#projections/all.ts'
import { readHome } from '#adapters/log-home/home.ts'
import { testDatabase } from '#test/support/database.ts'
import { testNode } from '#test/support/eventstoredb.ts'
import { dataFolder } from '#test/support/private-postgres.ts'
import { eventually } from '#test/support/server.ts'
import { type Daybook, openDaybook } from '../../src/composition.ts'

/** All programs of a test share one process: those who write leave the copy some of it. */
const PAUSE_MS = 50

const logger = pino({ level: 'silent' })
const masterKey = randomBytes(32).toString('base64')

function configOf(t: Test, databaseUrl: string, eventStoreDbUrl = ''): Config {
  return readConfig({
    DAYBOOK_DATA: dataFolder(t),
    DATABASE_URL: databaseUrl,
    EVENTSTOREDB_URL: eventStoreDbUrl,
    DAYBOOK_MASTER_KEY: masterKey,
    DAYBOOK_COMMAND_DEADLINE_MS: '60000',
  })
}

/** A program that follows the log, as the server does. */
async function start(t: Test, config: Config, onWaitForLog?: () => void): Promise<Daybook> {
  const waiting = onWaitForLog === undefined ? {} : { onWaitForLog }
  const daybook = await openDaybook(config, { logger, what: 'a test', ...waiting })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => (closed ??= daybook.close())
  t.teardown(close)
  await daybook.engine.start()
  daybook.processes.start()
  return { ...daybook, close }
}

function context(key: string = randomUUID()): CommandContext {
  const [organisation, actor] = ['main', 'owner']
  const commandId = commandIdOf({ organisation, actor, route: 'test', key })
  const now = new Date().toISOString()
  return { organisation, actor, commandId, bodyHash: 'body', correlationId: randomUUID(), now }
}

async function customerAndSale({ operations }: Daybook, key?: string) {
  const { customerId } = await registerCustomer(operations, { name: 'Chanda' }, context())
  return recordSale(operations, { customerId, document: { amount: 10_000n } }, context(key))
}

/** Buys and sells until the log has moved away; answers how many sales were acknowledged. */
async function sellUntilMoved(daybook: Daybook): Promise<number> {
  for (let sales = 0; ; ) {
    try {
      await customerAndSale(daybook)
      sales += 1
      await sleep(PAUSE_MS)
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'LogMoved') throw error
      if (error.message.includes('has moved to')) return sales
    }
  }
}

async function copy(
  config: Config,
  from: string,
  to: string,
  mode: CopyMode = 'switch',
  signal = AbortSignal.timeout(300_000),
) {
  const logs = await openLogs(config, logger, { from, to })
  const line = {
    json: false,
    actor: 'test',
    signal,
    print: () => undefined,
  }
  try {
    return await runCopy(config, line, logs, mode)
  } finally {
    await logs.close()
  }
}

/** Every projection is where the log is, and so is the process that reacts at once. */
async function atHead({ engine, log, processes }: Daybook): Promise<void> {
  await eventually(
    'all that reacts to the log has caught up',
    async () => {
      const head = await log.head()
      const [states, running] = [await engine.status(), await processes.status()]
      return (
        states.every(({ state, position }) => state === 'live' && position === head) &&
        running.some(({ name, position }) => name === 'sale_closes_customer' && position === head)
      )
    },
    300_000,
  )
}

async function eventsByType({ log }: Daybook): Promise<ReadonlyMap<string, number>> {
  const types = new Map<string, number>()
  for await (const page of log.readAll()) {
    for (const { type } of page) types.set(type, (types.get(type) ?? 0) + 1)
  }
  return types
}

async function assertRowsAreTheLogs(t: Test, { engine }: Daybook): Promise<void> {
  for (const { name } of projections) {
    const report = await engine.verify(name)
    t.same(report.findings, [], name)
  }
}

t.test(
  'to EventStoreDB under writes and back again, everything goes on where it was',
  async (t) => {
    const { url, login } = await testDatabase(t)
    const { connectionString } = await testNode(t)
    const [before, after] = [configOf(t, url), configOf(t, url, connectionString)]
    const old = await start(t, before)
    const first = await customerAndSale(old, 'the first')
    await t.rejects(start(t, after), { name: 'LogMoved', message: /has moved to postgres:\/\// })

    const selling = [sellUntilMoved(old), sellUntilMoved(old)]
    const waiting = Promise.withResolvers<void>()
    const following = copy(before, 'postgres', connectionString, 'once')
    t.match(await following, { mode: 'once', switched: undefined, proof: { sha256: /^\w{64}$/ } })
    await login.query(`update log.home set next = 'eventstoredb'`)
    const standby = start(t, after, () => waiting.resolve())
    await waiting.promise
    const moved = await copy(before, 'postgres', connectionString)
    t.ok((moved.switched?.pauseMs ?? Number.NaN) < 5000, `${moved.switched?.pauseMs} ms`)
    t.same(moved.switched?.left, [], 'every checkpoint was translated')
    t.ok(moved.alreadyThere > 0, 'the second copy went on after the first')
    const sold = (await Promise.all(selling)).reduce((sum, one) => sum + one, 1)

    const fresh = await standby
    t.same(await summariseLog(fresh.log), moved.proof)
    t.same(await summariseLog(old.log), moved.proof, 'nothing was written to the old log since')
    await atHead(fresh)
    t.ok(
      (await fresh.engine.status()).every(({ rebuild }) => rebuild === undefined),
      'nothing was rebuilt',
    )
    const again = await recordSale(
      fresh.operations,
      { customerId: 'whoever', document: { amount: 10_000n } },
      { ...context('the first') },
    )
    t.match(again, { replayed: true, saleId: first.saleId, revision: first.revision })
    t.same(
      again.events.map(({ id }) => id),
      first.events.map(({ id }) => id),
    )
    await customerAndSale(fresh)
    await atHead(fresh)
    const types = await eventsByType(fresh)
    t.equal(types.get('SaleRecorded'), sold + 1, 'every acknowledged sale is there once')
    t.equal(types.get('CustomerStatusChanged'), sold + 1, 'and closed its customer once')
    await assertRowsAreTheLogs(t, fresh)
    await old.close()

    const back = sellUntilMoved(fresh)
    const returned = await copy(after, 'eventstoredb', 'postgres')
    t.same(returned.switched?.left, [])
    t.ok(returned.alreadyThere > sold, 'what was there from before was found equal')
    await back
    await t.rejects(copy(after, 'eventstoredb', 'postgres', 'once'), { name: 'MoveRefused' })
    await fresh.close()
    const home = await start(t, before)
    t.same(await summariseLog(home.log), returned.proof)
    await atHead(home)
    t.ok((await home.engine.status()).every(({ rebuild }) => rebuild === undefined))
    await customerAndSale(home)
    await atHead(home)
    await assertRowsAreTheLogs(t, home)
  },
)

t.test('into another PostgreSQL, with the keys, and processes react once', async (t) => {
  const [here, there] = [await testDatabase(t), await testDatabase(t)]
  const old = await start(t, configOf(t, here.url))
  for (let sales = 0; sales < 10; sales++) await customerAndSale(old)
  // How far processes had reacted by then is kept.
  await atHead(old)
  const selling = sellUntilMoved(old)
  const moved = await copy(configOf(t, here.url), here.url, there.url)
  const soldSince = await selling
  await old.close()
  await t.rejects(start(t, configOf(t, here.url)), { name: 'LogMoved' })
  const fresh = await start(t, configOf(t, there.url))
  t.same(await summariseLog(fresh.log), moved.proof)
  await atHead(fresh)
  const closing = (await fresh.processes.status()).find(
    ({ name }) => name === 'sale_closes_customer',
  )
  t.ok(
    (closing?.reacted ?? Number.NaN) <= soldSince,
    `${closing?.reacted} reactions again: no more than the ${soldSince} sales since they were kept`,
  )
  const types = await eventsByType(fresh)
  t.equal(types.get('SaleRecorded'), soldSince + 10, 'every acknowledged sale is there once')
  t.equal(types.get('CustomerStatusChanged'), soldSince + 10, 'and closed its customer once')
  const named = async ({ database }: typeof here) =>
    (await database.engine.query(`select from crm_customers.customer where name = 'Chanda'`))
      .rowCount
  t.ok((await named(here)) !== 0)
  t.equal(await named(there), await named(here), 'personal data opens with the keys')
  await customerAndSale(fresh)
  await atHead(fresh)
  await assertRowsAreTheLogs(t, fresh)
})

t.test('interrupted in the last step, it says that the log has moved', async (t) => {
  const { url, database } = await testDatabase(t)
  const { connectionString } = await testNode(t)
  const config = configOf(t, url)
  const old = await start(t, config)
  await customerAndSale(old)
  await atHead(old)
  await old.close()
  const holder = await database.connect('engine')
  t.teardown(() => holder.end())
  await holder.query('begin')
  await holder.query('lock table daybook.process_checkpoint in access exclusive mode')
  const interrupt = new AbortController()
  const moving = copy(config, 'postgres', connectionString, 'switch', interrupt.signal)
  await eventually(
    'checkpoints are being translated',
    async () => {
      const { rowCount } = await database.engine.query(
        `select from pg_locks
         where not granted and relation = 'daybook.process_checkpoint'::regclass`,
      )
      return rowCount === 1
    },
    60_000,
  )
  interrupt.abort()
  await sleep(500)
  await holder.query('commit')
  const { switched } = await moving
  t.match(switched, { proof: { sha256: /^\w{64}$/ } }, 'it is told')
  t.match(await readHome(database.engine), { holder: 'eventstoredb' })
})

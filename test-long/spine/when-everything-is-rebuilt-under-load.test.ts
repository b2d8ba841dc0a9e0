import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { MasterKeys } from '#adapters/keys/master-keys.ts'
import { createPostgresKeyRing } from '#adapters/keys/postgres-key-ring.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { dig, installation, type TestServer } from '#test/support/server.ts'
import { fillLog } from '../../bench/support/synthetic-log.ts'
import { accounts, found, type Row, sumOf } from './support/answers.ts'
import { Load, Times } from './support/load.ts'
import { bothLogs, patient } from './support/logs.ts'
import { rebuilt } from './support/rebuilt.ts'
import { settled } from './support/settled.ts'
import { Trade } from './support/trade.ts'
import { type SharedLog, sharedLog } from './support/two-servers.ts'

/** Events of another organisation that stand in the log before: so that a rebuild takes its time. */
const HISTORY = 100_000
const COMMANDS_PER_SECOND = 200
const QUERIES_PER_SECOND = 40
const REBUILDS = 2
/** How long things go their way before, between and after rebuilds, in milliseconds. */
const USUAL_MS = 5000

const waiting = { ...patient, DAYBOOK_QUERY_DEADLINE_MS: '300000' }

const QUERIES = [
  '/api/finance/stats',
  '/api/finance/stats?group=month',
  '/api/analytics/snapshots',
  '/api/ledger/accounts',
  '/api/ledger/trial-balance',
  '/api/ledger/accounts/receivable/balances',
  '/api/ledger/entries',
  '/api/finance/sales?owing=true',
  '/api/finance/credit-notes',
  '/api/crm/customers?search=customer%207',
  '/api/crm/customers?order=name',
  '/api/events?type=SalePaymentReceived',
  '/api/projections',
]

t.test('everything is rebuilt while commands and queries arrive', async (t) => {
  const [inPostgres] = bothLogs
  const shared = inPostgres && (await sharedLog(t, inPostgres, waiting))
  if (shared === undefined) throw new Error('There is no log to work on')
  await writeHistory(shared)
  const server = shared.server()
  await server.start()
  t.comment(`${await settled(server)} events before`)

  const load = new Load(server)
  const trade = new Trade(load)
  await trade.begin(200)
  const commands = new Times()
  const queries = new Times()
  const report = (when: string) => {
    t.comment(`${when}: commands ${commands.take()}; queries ${queries.take()}`)
  }
  const started = performance.now()
  load.run(COMMANDS_PER_SECOND, commands, (n) => trade.command(n))
  load.run(QUERIES_PER_SECOND, queries, async (n) => {
    await load.call('GET', QUERIES[n % QUERIES.length] ?? '')
  })
  await sleep(USUAL_MS)
  report('before')
  for (let rebuild = 1; rebuild <= REBUILDS; rebuild++) {
    await assertRebuilt(t, server)
    report(`during rebuild ${rebuild}`)
    await sleep(USUAL_MS)
    report('after it')
  }
  const seconds = (performance.now() - started) / 1000
  await load.stop()
  const perSecond = (trade.commands / seconds).toFixed(0)
  t.comment(`${trade.commands} commands in ${seconds.toFixed(1)} s, ${perSecond} a second`)
  t.same(load.failures.slice(0, 3), [], `${load.failures.length} requests failed`)
  t.ok(trade.commands > 1000, 'it was rebuilt under load')
  await assertFigures(t, server, trade)
})

async function writeHistory({ database, environment }: SharedLog): Promise<void> {
  const masterKey = Buffer.from(environment['DAYBOOK_MASTER_KEY'] ?? '', 'base64')
  const keyRing = createPostgresKeyRing({
    pool: database.writer,
    masterKeys: new MasterKeys([masterKey]),
  })
  await fillLog(database, createCodec(keyRing), HISTORY)
}

/** Rebuilds all from one read; each must equal what it replaces just before it does. */
async function assertRebuilt(t: Test, server: TestServer): Promise<void> {
  const began = performance.now()
  const { status } = await server.call('POST', '/api/projections/rebuild', { caller: installation })
  t.equal(status, 202)
  const rebuilds = await rebuilt(server)
  t.same(
    // Undefined where what is replaced was too far behind to be compared; all is verified at the end.
    rebuilds.map(({ name, state, equal }) => [name, state, equal !== false]),
    [
      'accesses',
      'analytics',
      'api_keys',
      'command_outcomes',
      'crm_contacts',
      'crm_customers',
      'event_index',
      'finance_sales',
      'identity_members',
      'ledger',
      'person_links',
      'privacy',
      'wallets',
    ].map((name) => [name, 'done', true]),
    'each rebuild is done, and equal to what it replaced',
  )
  const most = Math.max(...rebuilds.map(({ ordinal }) => ordinal))
  t.comment(`rebuilt from ${most} events in ${((performance.now() - began) / 1000).toFixed(1)} s`)
}

/** What was acknowledged is what the books say, and what the log says. */
async function assertFigures(t: Test, server: TestServer, trade: Trade): Promise<void> {
  await settled(server)
  const figures = await accounts(server)
  const balances = Object.entries(figures).map(([key, { balance }]) => [key, balance])
  t.same(Object.fromEntries(balances), trade.balances())
  const trial = await found(server, '/api/ledger/trial-balance')
  t.equal(sumOf(dig(trial, 'data', 'totals') as readonly Row[], 'balance'), '0.00')
  const stats = await found(server, '/api/finance/stats')
  const [totals] = dig(stats, 'data', 'totals') as readonly Row[]
  t.equal(totals?.['totalSales'], trade.sales)
  t.equal(totals === undefined ? '' : sumOf([totals], 'totalRevenue'), decimalOf(trade))
  for (const { name } of dig(await found(server, '/api/projections'), 'data') as readonly Row[]) {
    const path = `/api/projections/${String(name)}/verify`
    const answer = await server.call('POST', path)
    t.equal(dig(answer, 'data', 'equal'), true, `${String(name)} is what the log says`)
  }
}

function decimalOf(trade: Trade): string {
  return trade.balances()['sales_revenue']?.replace('-', '') ?? ''
}

t.test('a rebuild that dies with its server changes nothing, and can be begun again', async (t) => {
  const [inPostgres] = bothLogs
  const shared = inPostgres && (await sharedLog(t, inPostgres, waiting))
  if (shared === undefined) throw new Error('There is no log to work on')
  await writeHistory(shared)
  const server = shared.server()
  await server.start()
  await settled(server)
  const bench = await shared.database.engine.query(BALANCES)

  const { status } = await server.call('POST', '/api/projections/rebuild', { caller: installation })
  t.equal(status, 202)
  const twice = await server.call('POST', '/api/projections/rebuild', { caller: installation })
  t.equal(twice.status, 409, 'one at a time')
  await sleep(500)
  await server.stop('SIGKILL')
  await server.start()
  t.same((await shared.database.engine.query(BALANCES)).rows, bench.rows)
  const states = dig(await found(server, '/api/projections'), 'data') as readonly Row[]
  t.comment(JSON.stringify(states.map(({ name, state, rebuild }) => [name, state, rebuild])))
  await assertRebuilt(t, server)
  t.same((await shared.database.engine.query(BALANCES)).rows, bench.rows)
  const { rows } = await shared.database.engine.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname like '%\\_\\_next' or nspname like '%\\_\\_verify'`,
  )
  t.same(rows, [], 'nothing is left lying about')
})

const BALANCES = 'select * from ledger.account_balance order by organisation, account, currency'

import type { Pool } from 'pg'
import t, { type Test } from 'tap'
import {
  type Answer,
  dig,
  installation,
  pick,
  stranger,
  type TestServer,
} from '#test/support/server.ts'
import { accounts, found, type Row } from './support/answers.ts'
import { bothLogs } from './support/logs.ts'
import { rebuilt } from './support/rebuilt.ts'
import { settled } from './support/settled.ts'
import { sharedLog } from './support/two-servers.ts'

const PROJECTIONS = [
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
]

t.test('rows changed by hand are found, named and mended', async (t) => {
  const [inPostgres] = bothLogs
  const shared = inPostgres && (await sharedLog(t, inPostgres))
  if (shared === undefined) throw new Error('There is no log to work on')
  const server = shared.server()
  await server.start()
  const books = await keepBooks(server)
  await settled(server)
  const before = await accounts(server)
  t.same(await differing(server), {}, 'at first the log and the tables agree')

  await tamper(shared.database.engine, books)
  await assertNamed(t, server, books)
  await assertSaidOnCommandLine(t, server, books)
  await assertMended(t, server, books)
  t.same(await accounts(server), before, 'the books are as they were')

  const { status } = await server.post(`/api/finance/sales/${books.sale}/payments`, {
    amount: '5.00',
    method: 'bank',
  })
  t.equal(status, 201, 'and they go on')
  await settled(server)
  t.same(await differing(server), {})
})

interface Books {
  readonly changed: string
  readonly kept: string
  readonly sale: string
}

async function keepBooks(server: TestServer): Promise<Books> {
  const made = async (path: string, body: object) => {
    const answer: Answer = await server.post(path, body)
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
    return pick(answer, 'data', 'id')
  }
  const customer = (name: string, phone: string) => made('/api/crm/customers', { name, phone })
  const changed = await customer('سارة العتيبي', '+966 50 111 2222')
  const kept = await customer('Chanda Mwila', '+260 97 333 4444')
  const sale = await made('/api/finance/sales', { customerId: changed, saleAmount: '120.00' })
  await made('/api/finance/sales', {
    customerId: kept,
    saleAmount: '80.00',
    paymentMethod: 'cash',
    occurredOn: '2026-01-31',
  })
  await made('/api/finance/credit-notes', { customerId: kept, amount: '7.50' })
  return { changed, kept, sale }
}

/** One row changed, one deleted and one added in each of these, as somebody with a console could. */
async function tamper(sql: Pool, { changed, kept, sale }: Books): Promise<void> {
  const run = async (text: string, values: readonly unknown[]): Promise<void> => {
    const { rowCount } = await sql.query(text, [...values])
    if (rowCount !== 1) throw new Error(`${rowCount} rows: ${text}`)
  }
  await run(
    `update crm_customers.customer set phone = '+966 50 999 9999', sales = 7
     where organisation = 'main' and customer_id = $1`,
    [changed],
  )
  await run(`delete from crm_customers.customer where customer_id = $1`, [kept])
  await run(`delete from finance_sales.sale where sale_id = $1`, [sale])
  await run(
    `insert into analytics.delta
     select organisation, user_id, '2026-12-24', measure, ordinal, event_id, 1, currency, 100000000
     from analytics.delta where measure = 'sales' and day = '2026-01-31'`,
    [],
  )
  await run(`update ledger.account_balance set debit = debit + 100 where account = '1000'`, [])
  await run(`update ledger.posting set amount = amount + 1 where account = '4090'`, [])
}

/** The API names each row by table, key, kind, column and both values. */
async function assertNamed(t: Test, server: TestServer, books: Books): Promise<void> {
  const { changed, kept, sale } = books
  const all = await differing(server)
  t.same(Object.keys(all), ['analytics', 'crm_customers', 'finance_sales', 'ledger'])
  const own = { organisation: 'main' }
  const customers = all['crm_customers'] ?? []
  t.equal(customers.length, 2)
  t.same(
    customers.find(({ kind }) => kind === 'changed'),
    {
      table: 'customer',
      key: { ...own, customer_id: changed },
      kind: 'changed',
      columns: [
        { column: 'phone', live: '+966 50 999 9999', right: '+966 50 111 2222' },
        { column: 'sales', live: '7', right: '1' },
      ],
    },
  )
  const missing = customers.find(({ kind }) => kind === 'missing')
  t.same(missing?.['key'], { ...own, customer_id: kept })
  t.match(columnsOf(missing), { name: [null, 'Chanda Mwila'], phone: [null, '+260 97 333 4444'] })

  const [lost, ...otherSales] = all['finance_sales'] ?? []
  t.same(otherSales, [])
  t.match(lost, { table: 'sale', kind: 'missing', key: { ...own, sale_id: sale } })
  t.match(columnsOf(lost), { gross: [null, '12000'], owed: [null, '12000'] })

  const [extra, ...otherDeltas] = all['analytics'] ?? []
  t.same(otherDeltas, [])
  t.match(extra, {
    table: 'delta',
    kind: 'unexpected',
    key: { ...own, user_id: 'olga', day: '2026-12-24', measure: 'sales' },
  })
  t.match(columnsOf(extra), { amount: ['100000000', null], count: ['1', null] })

  const ledger = all['ledger'] ?? []
  const byTable = Object.fromEntries(ledger.map((finding) => [finding['table'], finding]))
  t.same(Object.keys(byTable).toSorted(), ['account_balance', 'posting'])
  t.same(columnsOf(byTable['account_balance']), { debit: ['8100', '8000'] })
  t.match(byTable['account_balance'], { kind: 'changed', key: { ...own, account: '1000' } })
  t.same(columnsOf(byTable['posting']), { amount: ['751', '750'] })
  await assertOthersAreToldNothing(t, server)
}

/** Another organisation's operator learns that rows differ, not what they say. */
async function assertOthersAreToldNothing(t: Test, server: TestServer): Promise<void> {
  const path = '/api/projections/crm_customers/verify'
  const theirs = await server.call('POST', path, { caller: stranger })
  t.match(theirs.body, { data: { equal: false, tables: [{ table: 'customer', findings: 2 }] } })
  t.same(dig(theirs, 'data', 'findings'), [])
}

async function assertSaidOnCommandLine(
  t: Test,
  server: TestServer,
  { changed }: Books,
): Promise<void> {
  const text = await server.daybook('projections', 'verify')
  t.equal(text.code, 1)
  for (const line of [
    'crm_customers: 2 rows differ from the log at ordinal',
    `customer {"organisation":"main","customer_id":"${changed}"} changed: `,
    'phone is +966 50 999 9999, should be +966 50 111 2222; sales is 7, should be 1',
    'debit is 8100, should be 8000',
    'event_index: ',
  ]) {
    t.ok(text.out.includes(line), line)
  }
  const json = await server.daybook('--json', 'projections', 'verify', 'ledger')
  t.equal(json.code, 1)
  const [report] = JSON.parse(json.out) as readonly Row[]
  t.match(report, { projection: 'ledger', equal: false, findings: { length: 2 } })
}

async function assertMended(t: Test, server: TestServer, { changed, kept, sale }: Books) {
  const one = await server.daybook('--json', 'projections', 'rebuild', 'crm_customers')
  t.equal(one.code, 0, one.err)
  t.match(JSON.parse(one.out), [
    { projection: 'crm_customers', state: 'done', compared: { equal: false } },
  ])
  const rest = await server.call('POST', '/api/projections/rebuild', { caller: installation })
  t.equal(rest.status, 202)
  const rebuilds = await rebuilt(server)
  t.same(
    rebuilds.map(({ name, state, equal }) => [name, state, equal]),
    PROJECTIONS.map((name) => {
      const differed = ['analytics', 'finance_sales', 'ledger'].includes(name)
      return [name, 'done', !differed]
    }),
    'each rebuild says whether what it replaced was right',
  )
  t.same(await differing(server), {}, 'nothing differs any more')
  const customer = await found(server, `/api/crm/customers/${changed}`)
  t.match(customer.body, { data: { phone: '+966 50 111 2222', sales: 1 } })
  t.match((await found(server, `/api/crm/customers/${kept}`)).body, {
    data: { name: 'Chanda Mwila' },
  })
  t.match((await found(server, `/api/finance/sales/${sale}`)).body, {
    data: { owed: { amount: '120.00' } },
  })
}

/** The findings of each projection that has any. */
async function differing(server: TestServer): Promise<Readonly<Record<string, readonly Row[]>>> {
  const findings: Record<string, readonly Row[]> = {}
  for (const name of PROJECTIONS) {
    const answer = await server.call('POST', `/api/projections/${name}/verify`)
    const rows = dig(answer, 'data', 'findings') as readonly Row[]
    const equal = dig(answer, 'data', 'equal')
    if (equal !== (rows.length === 0)) throw new Error(JSON.stringify(answer.body))
    if (rows.length > 0) findings[name] = rows
  }
  return findings
}

/** What is there and what should be, by column. */
function columnsOf(finding: Row | undefined): Readonly<Record<string, readonly unknown[]>> {
  const columns = (finding?.['columns'] ?? []) as readonly Row[]
  return Object.fromEntries(
    columns.map(({ column, live, right }) => [column as string, [live, right]]),
  )
}

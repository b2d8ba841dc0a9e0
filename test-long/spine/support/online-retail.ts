import { existsSync } from 'node:fs'
import type { Test } from 'tap'
import { dig, stranger, type TestServer } from '#test/support/server.ts'
import { accounts, allRows, decimal, found, minor, type Row, sumOf } from './answers.ts'

/**
 * A year of a real shop, and what any correct system must say of it: ../shared/data/README.md and
 * accounting.md, section 5.
 */

export const FILE = new URL(
  '../../../../shared/data/online-retail/online-retail.csv.gz',
  import.meta.url,
).pathname

export const skip = existsSync(FILE) ? false : `${FILE} is not here: there is no year to import`

export const DOCUMENTS = 23_798

/** Words of the command that imports it. */
export const importWords = (actor: string, refusedFile: string): readonly string[] => [
  '--actor',
  actor,
  '--json',
  'import',
  'sales',
  FILE,
  '--mapping',
  'mappings/online-retail.json',
  '--refused',
  refusedFile,
]

const BY_MONTH = {
  '2010-12': '823746.14',
  '2011-01': '691364.56',
  '2011-02': '523631.89',
  '2011-03': '717639.36',
  '2011-04': '537808.62',
  '2011-05': '770536.02',
  '2011-06': '761739.90',
  '2011-07': '719221.19',
  '2011-08': '748076.32',
  '2011-09': '1058590.17',
  '2011-10': '1154979.30',
  '2011-11': '1509496.33',
  '2011-12': '638792.68',
}

const ACCOUNTS = {
  cash: { debit: '1744214.58', credit: '285470.40', balance: '1458744.18' },
  receivable: { debit: '10655622.48', credit: '1744214.58', balance: '8911407.90' },
  allowance_doubtful: { debit: '11062.06', credit: '22124.12', balance: '-11062.06' },
  customer_credit: { debit: '0.00', credit: '611342.09', balance: '-611342.09' },
  sales_revenue: { debit: '0.00', credit: '10655622.48', balance: '-10655622.48' },
  sales_returns: { debit: '896812.49', credit: '0.00', balance: '896812.49' },
  bad_debt_expense: { debit: '22124.12', credit: '11062.06', balance: '11062.06' },
}

/** Every figure of the year, as the API tells it. */
export async function assertBooks(t: Test, server: TestServer): Promise<void> {
  const sales = await allRows(server, '/api/finance/sales')
  await assertDocuments(t, server, sales)
  await assertMonths(t, server, sales)
  await assertSnapshots(t, server)
  await assertLedger(t, server)
  await assertCustomers(t, server, sales)
  await assertOthersSeeNothing(t, server)
}

async function assertDocuments(t: Test, server: TestServer, sales: readonly Row[]): Promise<void> {
  const notes = await allRows(server, '/api/finance/credit-notes')
  const debts = await allRows(server, '/api/finance/bad-debts')
  const told = (rows: readonly Row[]) => ({ count: rows.length, sum: sumOf(rows, 'gross') })
  const named = ({ customerId }: Row) => customerId !== null
  const nameless = ({ customerId }: Row) => customerId === null
  t.same(
    {
      sale: told(sales.filter(named)),
      counterSale: told(sales.filter(nameless)),
      creditNote: told(notes.filter(named)),
      counterCreditNote: told(notes.filter(nameless)),
      badDebts: debts.length,
      writtenOff: sumOf(debts, 'writtenOff'),
      reversed: sumOf(debts, 'reversed'),
    },
    {
      sale: { count: 18_532, sum: '8911407.90' },
      counterSale: { count: 1427, sum: '1744214.58' },
      creditNote: { count: 3654, sum: '611342.09' },
      counterCreditNote: { count: 182, sum: '285470.40' },
      badDebts: 3,
      writtenOff: '22124.12',
      reversed: '11062.06',
    },
    'the documents by kind',
  )
  const documents = [sales, notes, debts].flatMap((rows, kind) =>
    rows.map((row) => `${kind} ${String((row['source'] as Row)['number'])}`),
  )
  t.equal(new Set(documents).size, DOCUMENTS, 'each document is there once')
  t.equal(sumOf(sales, 'owed'), '8911407.90', 'what the sales say is owed')
  t.ok(
    sales.every((sale) => nameless(sale) === (sale['status'] === 'completed')),
    'what is sold over the counter is paid, what is sold on account is not',
  )
}

async function assertMonths(t: Test, server: TestServer, sales: readonly Row[]): Promise<void> {
  const stats = await found(server, '/api/finance/stats?group=month')
  const periods = dig(stats, 'data', 'periods') as readonly Row[]
  const byMonth = Map.groupBy(periods, ({ period }) => String(period))
  const revenue = [...byMonth].map(([month, rows]) => [month, sumOf(rows, 'totalRevenue')])
  t.same(Object.fromEntries(revenue), BY_MONTH, 'sales by month')
  const documents = Map.groupBy(sales, (sale) => String(sale['occurredOn']).slice(0, 7))
  const gross = [...documents].map(([month, rows]) => [month, sumOf(rows, 'gross')])
  t.same(Object.fromEntries(gross), BY_MONTH, 'the sales of each month')
  t.match(dig(stats, 'data', 'totals'), [
    {
      currency: 'GBP',
      totalRevenue: { amount: '10655622.48', currency: 'GBP' },
      totalSales: 19_959,
      totalCommissions: { amount: '0.00', currency: 'GBP' },
      creditNotes: 3836,
      credited: { amount: '896812.49', currency: 'GBP' },
      cancelledSales: 0,
    },
  ])
}

/** The last day's totals of all users are those of the year, and the days of each add up to them. */
async function assertSnapshots(t: Test, server: TestServer): Promise<void> {
  const days = await allRows(
    server,
    '/api/analytics/snapshots?from=2010-12-10&to=2011-12-09&currency=GBP',
  )
  const before = await allRows(server, '/api/analytics/snapshots?to=2010-12-09')
  const last = days.filter(({ snapshotDate }) => snapshotDate === '2011-12-09')
  const count = (rows: readonly Row[], field: string) =>
    rows.reduce((sum, row) => sum + (row[field] as number), 0)
  const sum = (rows: readonly Row[], field: string) =>
    sumOf(
      rows.flatMap((row) => (row[field] as readonly Row[]).map((amount) => ({ [field]: amount }))),
      field,
    )
  t.equal(count(last, 'totalSales'), 19_959)
  t.equal(sum(last, 'totalRevenue'), '10655622.48')
  t.equal(count(before, 'totalSales') + count(days, 'todaySales'), 19_959)
  const inYear = sum(days, 'todayRevenue').replace('.', '')
  const earlier = sum(before, 'totalRevenue').replace('.', '')
  t.equal(decimal(BigInt(earlier) + BigInt(inYear)), '10655622.48')
}

async function assertLedger(t: Test, server: TestServer): Promise<void> {
  t.same(await accounts(server), ACCOUNTS, 'every balance')
  const trial = await found(server, '/api/ledger/trial-balance')
  const totals = dig(trial, 'data', 'totals') as readonly Row[]
  t.equal(totals.length, 1)
  t.equal(sumOf(totals, 'balance'), '0.00', 'the trial balance is zero')
  t.equal(sumOf(totals, 'debit'), sumOf(totals, 'credit'))
  t.equal(sumOf(totals, 'debit'), '13329835.73')
  t.same(
    sumOf(dig(trial, 'data', 'accounts') as readonly Row[], 'balance'),
    '0.00',
    'so are its accounts together',
  )
}

async function assertCustomers(t: Test, server: TestServer, sales: readonly Row[]): Promise<void> {
  const customers = await allRows(server, '/api/crm/customers')
  t.equal(customers.length, 4371)
  t.equal(new Set(customers.map(({ number }) => number)).size, 4371, 'each number once')
  const owing = await netted(server)
  t.equal(owing.size, 4371, 'every customer has a document')
  const below = [...owing.values()].filter((sum) => sum < 0n)
  t.equal(below.length, 41, 'customers below zero')
  t.equal(decimal(below.reduce((sum, amount) => sum + amount, 0n)), '-13229.14')

  const bought = Map.groupBy(sales, ({ customerId }) => customerId)
  const wrong = customers.filter(({ id, status, lastContactedOn, sales: count }) => {
    const own = bought.get(id) ?? []
    const last =
      own
        .map((sale) => String(sale['occurredOn']))
        .toSorted()
        .at(-1) ?? null
    const closed = own.length > 0 ? 'closed' : 'lead'
    return status !== closed || lastContactedOn !== last || count !== own.length
  })
  t.same(wrong.slice(0, 3), [], 'who bought is closed, and was last contacted on that day')
}

/** What each customer owes, less what they are owed. */
async function netted(server: TestServer): Promise<ReadonlyMap<string, bigint>> {
  const sums = new Map<string, bigint>()
  for (const account of ['receivable', 'customer_credit']) {
    const path = `/api/ledger/accounts/${account}/balances?settled=true`
    for (const row of await allRows(server, path)) {
      const party = row['party'] as string | null
      if (party === null) continue
      sums.set(party, (sums.get(party) ?? 0n) + minor(row, 'balance'))
    }
  }
  return sums
}

async function assertOthersSeeNothing(t: Test, server: TestServer): Promise<void> {
  const lists = [
    '/api/crm/customers',
    '/api/finance/sales',
    '/api/finance/credit-notes',
    '/api/finance/bad-debts',
    '/api/ledger/entries',
    '/api/ledger/accounts/receivable/balances',
    '/api/events',
  ]
  for (const path of lists) {
    t.same(await allRows(server, path, stranger), [], `another organisation sees no ${path}`)
  }
  const stats = await found(server, '/api/finance/stats', stranger)
  t.same(dig(stats, 'data'), { totals: [], periods: [] })
  const trial = await found(server, '/api/ledger/trial-balance', stranger)
  t.same(dig(trial, 'data', 'totals'), [])
  const [sale] = dig(await found(server, '/api/finance/sales?limit=1'), 'data') as readonly Row[]
  const one = await server.get(`/api/finance/sales/${String(sale?.['id'])}`, stranger)
  t.equal(one.status, 404, 'nor one whose id they know')
}

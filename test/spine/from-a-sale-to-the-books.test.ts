import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { logEnvironment } from '#test/support/chosen-log.ts'
import { dig, eventually, pick, stranger, TestServer } from '#test/support/server.ts'

/** The main job in small, on the server and the command line as users run them. */

const server = new TestServer(await logEnvironment(t))
t.teardown(() => server.remove())
t.before(() => server.start())

const sar = (amount: string) => ({ amount, currency: 'SAR' })

t.test('a sale closes its customer and is in figures and books within a second', async (t) => {
  await server.call('PATCH', '/api/settings', {
    body: { baseCurrency: 'SAR', timeZone: 'Asia/Riyadh', language: 'ar' },
  })
  const name = 'أحمد محمد'
  const customer = await server.post('/api/crm/customers', { name, phone: '+966501234567' })
  const customerId = pick(customer, 'data', 'id')
  const body = { customerId, saleAmount: 500000, paymentAmount: 200000, paymentMethod: 'bank' }
  const sale = await server.post('/api/finance/sales', body, 'the-sale')
  t.equal(sale.status, 201)
  const recordedAt = performance.now()

  await eventually('the sale is counted and its customer closed', async () => {
    const stats = await server.get('/api/finance/stats')
    const found = await server.get(`/api/crm/customers/${customerId}`)
    const counted = (dig(stats, 'data', 'totals') as readonly object[]).length === 1
    return counted && pick(found, 'data', 'status') === 'closed'
  })
  const seconds = (performance.now() - recordedAt) / 1000
  t.comment(`after ${seconds.toFixed(2)} s`)

  const stats = await server.get('/api/finance/stats')
  t.match(dig(stats, 'data', 'totals'), [{ totalRevenue: sar('500000.00'), totalSales: 1 }])
  const found = await server.get(`/api/crm/customers/${customerId}`)
  const lastContactedOn = pick(sale, 'data', 'occurredOn')
  t.match(found.body, { data: { name, status: 'closed', lastContactedOn, sales: 1 } })
  const books = `/api/ledger/trial-balance?min_position=${sale.headers.get('daybook-position')}`
  const trial = await server.get(books)
  t.match(dig(trial, 'data'), {
    accounts: [
      { account: '1010', balance: sar('200000.00') },
      { account: '1100', balance: sar('300000.00') },
      { account: '4000', balance: sar('-500000.00') },
    ],
    totals: [{ balance: sar('0.00') }],
  })

  await server.stop('SIGKILL')
  await server.start()
  const again = await server.post('/api/finance/sales', body, 'the-sale')
  t.equal(again.headers.get('idempotency-replayed'), 'true')
  t.same(dig(again, 'data'), dig(sale, 'data'), 'the first answer, after a crash')
  t.same(dig(await server.get(books), 'data'), dig(trial, 'data'))
})

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
const day = '2011-03-07 09:30:00'
/** Lines of one sale apart, three decimals, a stock correction, and rows that cannot be. */
const rows = [
  `100,A1,MUG,2,${day},1.105,17850.0,France`,
  `101,A1,MUG,3,${day},4.00,,France`,
  `100,B2,"CUP, BLUE",1,${day},10.00,17850.0,France`,
  `102,A1,,1,${day},7.50,13047.0,Norway`,
  `103,C3,damaged,-5,${day},0,,France`,
  `C104,A1,MUG,-1,${day},2.205,17850.0,France`,
  `C105,A1,MUG,-1,${day},4.00,,France`,
  `A106,B,Adjust bad debt,1,${day},-11.06,,France`,
  `107,A1,MUG,one,${day},2,17850.0,France`,
  '108,A1,MUG,1,2011-02-30 09:30:00,2,17850.0,France',
]

t.test('a file of sales becomes books, once, whoever brings it', async (t) => {
  const file = join(server.dataDir, 'sales.csv')
  const refused = join(server.dataDir, 'refused.csv')
  writeFileSync(file, [header, ...rows].join('\n'))
  const mapping = ['--mapping', 'mappings/online-retail.json']
  const where = ['--organisation', stranger.organisation, '--refused', refused]
  const importAs = (actor: string) =>
    server.daybook('--json', '--actor', actor, 'import', 'sales', file, ...mapping, ...where)
  const first = await importAs('ingrid')
  t.equal(first.code, 1, 'two rows were refused')
  t.match(JSON.parse(first.out), {
    organisation: stranger.organisation,
    actor: 'ingrid',
    imported: {
      sale: { documents: 3, amount: '31.71' },
      credit_note: { documents: 2, amount: '6.20' },
      write_off: { documents: 1, amount: '11.06' },
    },
    known: 0,
    customersRegistered: 2,
    skipped: { 'stock correction': 1 },
    refused: 2,
    documents: 9,
    rows: 10,
  })
  t.same(readFileSync(refused, 'utf8').trimEnd().split('\n'), [
    'document,row,column,reason',
    '107,10,Quantity,"""one"" is no exact decimal"',
    '108,11,InvoiceDate,"""2011-02-30 09:30:00"" holds no day that exists"',
  ])
  const books = async () =>
    dig(await server.get('/api/ledger/trial-balance', stranger), 'data', 'accounts')
  const gbp = (amount: string) => ({ balance: { amount, currency: 'GBP' } })
  const expected = [
    { account: '1000', ...gbp('8.00') },
    { account: '1100', ...gbp('19.71') },
    { account: '1190', ...gbp('-11.06') },
    { account: '2200', ...gbp('-2.20') },
    { account: '4000', ...gbp('-31.71') },
    { account: '4090', ...gbp('6.20') },
    { account: '5100', ...gbp('11.06') },
  ]
  t.match(await books(), expected)

  const again = JSON.parse((await importAs('somebody-else')).out)
  t.match(again, { actor: 'somebody-else', known: 6, customersRegistered: 0, refused: 2 })
  t.same(again.imported, {})
  t.match(await books(), expected)
  const documents = await server.get('/api/events?type=SaleRecorded,CreditNoteIssued', stranger)
  t.equal((dig(documents, 'data') as readonly object[]).length, 5, 'each document once')
})

t.test('what cannot be taken back is refused by the command line', async (t) => {
  const rollback = (name: string) => server.daybook('projections', 'rollback', name)
  const [none, unknown] = await Promise.all([rollback('wallets'), rollback('nonsense')])
  t.equal(none.code, 1)
  t.match(none.err, /^daybook: Projection wallets cannot be rolled back: no tables are kept/)
  t.equal(unknown.code, 3)
})

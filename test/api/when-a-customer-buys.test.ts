import t from 'tap'
import { type ApiAnswer, type TestApi, testApi } from '#test/support/api.ts'
import { dig, eventually, pick } from '#test/support/server.ts'

/** The paths and bodies of the source's own end-to-end suite, kept as they are (R1.7). */

const sar = (amount: string) => ({ amount, currency: 'SAR' })
const position = (answer: ApiAnswer): string => answer.headers['daybook-position'] ?? ''

async function shop(api: TestApi): Promise<void> {
  const settings = { baseCurrency: 'SAR', timeZone: 'Asia/Riyadh', language: 'ar' }
  await api.call('PATCH', '/api/settings', { body: settings })
  const tier = { name: 'Standard', rate: '2.5' }
  await api.call('PUT', '/api/finance/commission-tiers/standard', { body: tier })
  await api.call('PUT', '/api/finance/commission-tiers/default', { body: { tier: 'standard' } })
}

t.test('a customer, a sale, the figures', async (t) => {
  const api = await testApi(t)
  await shop(api)

  const customer = await api.call('POST', '/api/crm/customers', {
    body: { name: 'أحمد محمد', phone: '+966501234567', email: 'ahmed@example.com', budget: 500000 },
  })
  t.equal(customer.status, 201)
  t.match(customer.body, {
    success: true,
    data: { name: 'أحمد محمد', status: 'lead', agent: 'olga', budget: sar('500000.00') },
  })
  const customerId = pick(customer, 'data', 'id')
  t.equal(customer.headers['location'], `/api/crm/customers/${customerId}`)

  const sale = await api.call('POST', '/api/finance/sales', {
    body: { customerId, saleAmount: 500000, propertyType: 'apartment', location: 'الرياض' },
  })
  t.equal(sale.status, 201)
  t.match(sale.body, {
    success: true,
    data: {
      customerId,
      status: 'pending',
      saleAmount: sar('500000.00'),
      commission: { tier: 'standard', rate: '2.5', net: sar('12500.00') },
      payment: null,
      location: 'الرياض',
    },
  })

  const paid = await api.call('POST', '/api/finance/sales', {
    body: { customerId, saleAmount: 100000, paymentAmount: 100000, paymentMethod: 'cash' },
  })
  t.match(paid.body, {
    data: { status: 'completed', payment: { method: 'cash', toReceivable: sar('100000.00') } },
  })

  const known = `min_position=${position(paid)}`
  const stats = await api.get(`/api/finance/stats?${known}`)
  t.match(stats.body, {
    data: {
      totals: [
        { totalRevenue: sar('600000.00'), totalCommissions: sar('15000.00'), totalSales: 2 },
      ],
      periods: [{ agent: 'olga', totalSales: 2 }],
    },
    meta: { stale: false },
  })
  const months = await api.get('/api/finance/stats?group=month')
  t.match(dig(months, 'data', 'periods', 0, 'period'), /^\d{4}-\d{2}$/)

  const found = await api.get(`/api/finance/sales/${pick(paid, 'data', 'id')}?${known}`)
  t.match(found.body, {
    data: {
      customerName: 'أحمد محمد',
      owed: sar('0.00'),
      paid: sar('100000.00'),
      payments: [{ method: 'cash', amount: sar('100000.00') }],
    },
  })
  t.equal(found.headers['etag'], paid.headers['etag'])
})

t.test('a sale closes its customer, who was contacted on that day', async (t) => {
  const api = await testApi(t)
  const customer = await api.post('/api/crm/customers', { name: 'Ahmed' })
  const id = pick(customer, 'data', 'id')
  const sale = await api.post('/api/finance/sales', { customerId: id, saleAmount: '10.00' })
  const on = pick(sale, 'data', 'occurredOn')
  await eventually('the customer is closed', async () => {
    const found = await api.get(`/api/crm/customers/${id}`)
    return found.status === 200 && dig(found, 'data', 'status') === 'closed'
  })
  const found = await api.get(`/api/crm/customers/${id}`)
  t.match(found.body, { data: { status: 'closed', lastContactedOn: on, sales: 1 } })
})

t.test('the books of a sale balance, as of a day and as known at an ordinal', async (t) => {
  const api = await testApi(t)
  await shop(api)
  const customerId = pick(await api.post('/api/crm/customers', { name: 'Ahmed' }), 'data', 'id')
  const first = await api.post('/api/finance/sales', {
    customerId,
    saleAmount: 1000,
    taxCode: 'vat',
    taxRates: { vat: '15' },
    occurredOn: '2026-03-01',
  })
  await api.post('/api/finance/sales', { customerId, saleAmount: 500, occurredOn: '2026-04-01' })
  await api.caughtUp()

  const english = { headers: { 'accept-language': 'en' } }
  const march = await api.get('/api/ledger/trial-balance?as_of=2026-03-31', english)
  t.match(march.body, {
    data: {
      asOf: '2026-03-31',
      accounts: [
        { account: '1100', name: 'Receivables', balance: sar('1150.00') },
        { account: '2100', balance: sar('-150.00') },
        { account: '2400', balance: sar('-25.00') },
        { account: '4000', balance: sar('-1000.00') },
        { account: '5000', balance: sar('25.00') },
      ],
      totals: [{ balance: sar('0.00') }],
    },
  })
  const all = await api.get('/api/ledger/trial-balance', english)
  t.match(dig(all, 'data', 'accounts', 0), { account: '1100', balance: sar('1650.00') })
  t.match(dig(all, 'data', 'totals'), [{ balance: sar('0.00') }])

  const entries = await api.get('/api/ledger/entries?from=2026-03-01&to=2026-03-31')
  const entry = pick(entries, 'data', 0, 'entry')
  const before = await api.get(`/api/ledger/trial-balance?known_at=${entry}`)
  t.match(dig(before, 'data', 'accounts', 0), { account: '1100', balance: sar('1150.00') })
  const at = encodeURIComponent(pick(entries, 'data', 0, 'recordedAt'))
  const then = await api.get(`/api/ledger/trial-balance?known_at=${at}`)
  t.match(then.body, { data: { knownAt: entry, accounts: [{ balance: sar('1150.00') }] } })
  const one = await api.get(`/api/ledger/entries/${pick(entries, 'data', 1, 'entry')}`)
  t.match(one.body, {
    data: { document: { kind: 'sale', id: pick(first, 'data', 'id') }, mirrors: [] },
  })

  const parties = await api.get('/api/ledger/accounts/receivable/balances')
  t.match(parties.body, {
    data: [{ account: '1100', party: customerId, name: 'Ahmed', balance: sar('1650.00') }],
  })
  const register = await api.get('/api/ledger/accounts/1100/register')
  t.match(register.body, { data: [{ amount: sar('1150.00') }, { amount: sar('500.00') }] })
  const accounts = await api.get('/api/ledger/accounts')
  t.equal(dig(accounts, 'data', 0, 'name'), 'النقدية', 'in the language of the organisation')
})

import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { testNode } from '#test/support/eventstoredb.ts'
import { dig, pick } from '#test/support/server.ts'

/** The same API over the other log: read models stay in PostgreSQL. */

t.test('a sale is recorded, found, repeated and booked', async (t) => {
  const node = await testNode(t)
  const api = await testApi(t, { EVENTSTOREDB_URL: node.connectionString })
  await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
  const customer = await api.post('/api/crm/customers', { name: 'أحمد محمد', budget: 500000 })
  const customerId = pick(customer, 'data', 'id')
  const body = { customerId, saleAmount: 500000, paymentMethod: 'bank', location: 'الرياض' }
  const sale = await api.post('/api/finance/sales', body, { key: 's-1' })
  const position = sale.headers['daybook-position'] ?? ''
  t.match(position, /^\d+:\d+$/)

  const again = await api.post('/api/finance/sales', body, { key: 's-1' })
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal(pick(again, 'data', 'id'), pick(sale, 'data', 'id'))

  const path = `/api/finance/sales/${pick(sale, 'data', 'id')}?min_position=${position}`
  t.match((await api.get(path)).body, {
    data: { customerName: 'أحمد محمد', status: 'completed' },
    meta: { stale: false },
  })
  const wrong = await api.get('/api/crm/customers?min_position=7')
  t.equal(pick(wrong, 'code'), 'POSITION_INVALID', 'a position of the other log')
  await api.caughtUp()
  t.match(dig(await api.get('/api/ledger/trial-balance'), 'data', 'totals'), [
    { balance: { amount: '0.00', currency: 'SAR' } },
  ])
  const stream = await api.get(`/api/streams/customer-main.${customerId}`)
  t.match(stream.body, { data: [{ type: 'CustomerRegistered', data: { name: 'أحمد محمد' } }] })
  t.match((await api.get('/ready')).body, { data: { log: { ok: true, kind: 'eventstoredb' } } })
  t.match((await api.get('/api/events?type=SaleRecorded')).body, {
    data: [{ type: 'SaleRecorded', data: { location: 'الرياض' } }],
  })
})

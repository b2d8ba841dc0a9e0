import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { testCluster } from '#test/support/eventstoredb.ts'
import { dig, eventually, pick } from '#test/support/server.ts'

/** The log is in a cluster whose leader has died: read models are in PostgreSQL and know what they knew. */

const cluster = await testCluster(t)
const api = await testApi(t, {
  EVENTSTOREDB_URL: cluster.connectionString,
  DAYBOOK_COMMAND_DEADLINE_MS: '3000',
})
const customer = await api.post('/api/crm/customers', { name: 'Amira' })
const customerId = pick(customer, 'data', 'id')
const sale = { customerId, saleAmount: '12.50' }
await api.post('/api/finance/sales', sale, { key: 'first' })
// The sale closes its customer, by an event that comes a moment later.
await eventually('the customer is closed', async () => {
  const found = await api.get(`/api/crm/customers/${customerId}`)
  return dig(found, 'data', 'status') === 'closed'
})
await api.caughtUp()

const QUERIES = [
  `/api/crm/customers/${customerId}`,
  '/api/crm/customers',
  '/api/finance/sales',
  '/api/finance/stats',
  '/api/finance/credit-notes',
  '/api/ledger/trial-balance',
  '/api/ledger/entries',
  '/api/wallets',
]

t.test('commands are told to come back, queries are answered, and nothing is lost', async (t) => {
  const before = await Promise.all(QUERIES.map((path) => api.get(path)))
  const electing = cluster.killLeader({ leaderlessMs: 9000 })
  while (cluster.isLed) await sleep(1)

  const refused = Promise.all([
    api.call('POST', '/api/finance/sales', { body: sale, key: 'second' }),
    api.call('POST', '/api/crm/customers', { body: { name: 'Basma' }, key: 'third' }),
    api.get('/api/settings'),
  ])
  for (const [i, path] of QUERIES.entries()) {
    const answer = await api.get(path)
    t.equal(answer.status, 200, path)
    t.same(answer.body, before[i]?.body, path)
  }
  t.match(await api.get('/api/crm/customers/nobody'), { status: 404 })
  t.match(await api.get('/ready'), {
    status: 200,
    body: { data: { status: 'degraded', log: { ok: false, kind: 'eventstoredb' } } },
  })
  const projections = dig(await api.get('/api/projections'), 'data') as readonly object[]
  t.ok(projections.length > 0)
  t.match(projections[0], { waitsFor: 'the log to answer' })
  t.match(await api.get('/api/processes'), { status: 200 })
  t.notOk(cluster.isLed, 'all of it while nobody led')

  for (const answer of await refused) {
    t.equal(answer.status, 503)
    t.equal(answer.headers['retry-after'], '1')
    t.match(answer.body, { code: 'LOG_UNAVAILABLE' })
  }

  await electing
  const again = await api.post('/api/finance/sales', sale, { key: 'second' })
  const first = await api.post('/api/finance/sales', sale, { key: 'first' })
  t.equal(first.headers['idempotency-replayed'], 'true')
  t.not(pick(again, 'data', 'id'), pick(first, 'data', 'id'))
  await api.caughtUp()
  const sales = dig(await api.get('/api/finance/sales'), 'data') as readonly object[]
  t.equal(sales.length, 2)
  t.match((await api.get('/ready')).body, { data: { status: 'ready' } })
})

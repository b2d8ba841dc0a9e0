import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { type ApiAnswer, auditor, testApi } from '#test/support/api.ts'
import { testCluster } from '#test/support/eventstoredb.ts'
import { dig, eventually, pick } from '#test/support/server.ts'

/** The log is in a cluster whose leader has died: read models are in PostgreSQL and know what they knew. */

const cluster = await testCluster(t)
const api = await testApi(t, {
  EVENTSTOREDB_URL: cluster.connectionString,
  DAYBOOK_COMMAND_DEADLINE_MS: '8000',
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

/** What the index and the tables know by themselves. */
const first = pick(await api.get('/api/events?limit=1&direction=forwards'), 'data', 0, 'recordedAt')
const AS_KNOWN = ['2', encodeURIComponent(first)].flatMap((then) => [
  `/api/ledger/trial-balance?known_at=${then}`,
  `/api/finance/stats?known_at=${then}`,
])

/** All but the place in the log, which what was looked at before may still move. */
function shown({ status, body }: ApiAnswer): object {
  const { data, meta } = body as { readonly data: unknown; readonly meta: object }
  return { status, data, meta: { ...meta, ordinal: null, position: null } }
}

t.test('commands are told to come back, queries are answered, and nothing is lost', async (t) => {
  const audited = () => Promise.all(QUERIES.map((path) => api.get(path, { caller: auditor })))
  const asKnown = () => Promise.all(AS_KNOWN.map((path) => api.get(path)))
  const before = await Promise.all(QUERIES.map((path) => api.get(path)))
  const then = await asKnown()
  const electing = cluster.killLeader({ leaderlessMs: 25_000 })
  while (cluster.isLed) await sleep(1)

  const refused = Promise.all([
    api.call('POST', '/api/finance/sales', { body: sale, key: 'second' }),
    api.call('POST', '/api/crm/customers', { body: { name: 'Basma' }, key: 'third' }),
    api.get('/api/settings'),
  ])
  let isRefused = false
  void refused.then(() => (isRefused = true))
  const [maskedNow, thenNow, untilNow] = await Promise.all([
    audited(),
    asKnown(),
    api.get(`/api/ledger/trial-balance?known_at=${new Date().toISOString()}`),
  ])
  t.notOk(isRefused, 'nobody who reads waits as long as who writes')
  t.same(thenNow.map(shown), then.map(shown))
  t.match(
    untilNow,
    { status: 200, body: { meta: { stale: true } } },
    'nobody knows what else there is',
  )
  const [answers, nobody, ready, listed, processes] = await Promise.all([
    Promise.all(QUERIES.map((path) => api.get(path))),
    api.get('/api/crm/customers/nobody'),
    api.get('/ready'),
    api.get('/api/projections'),
    api.get('/api/processes'),
  ])
  t.notOk(cluster.isLed, 'all of it while nobody led')
  t.same(answers.map(shown), before.map(shown))
  t.ok(answers.every(({ status }) => status === 200))
  t.match(nobody, { status: 404 })
  t.match(ready, {
    status: 200,
    body: { data: { status: 'degraded', log: { ok: false, kind: 'eventstoredb' } } },
  })
  const projections = dig(listed, 'data') as readonly object[]
  t.ok(projections.length > 0)
  t.match(projections[0], { waitsFor: 'the log to answer' })
  t.match(processes, { status: 200 })

  for (const answer of await refused) {
    t.equal(answer.status, 503)
    t.equal(answer.headers['retry-after'], '1')
    t.match(answer.body, { code: 'LOG_UNAVAILABLE' })
  }

  await electing
  // Asked for the first time while nobody led: what was known a moment ago would have been used.
  const masked = await audited()
  t.same(maskedNow.map(shown), masked.map(shown), 'whose grants nobody knows sees masks')
  const again = await api.post('/api/finance/sales', sale, { key: 'second' })
  const first = await api.post('/api/finance/sales', sale, { key: 'first' })
  t.equal(first.headers['idempotency-replayed'], 'true')
  t.not(pick(again, 'data', 'id'), pick(first, 'data', 'id'))
  await api.caughtUp()
  const sales = dig(await api.get('/api/finance/sales'), 'data') as readonly object[]
  t.equal(sales.length, 2)
  t.match((await api.get('/ready')).body, { data: { status: 'ready' } })
})

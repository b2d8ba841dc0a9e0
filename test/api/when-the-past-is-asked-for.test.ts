import t from 'tap'
import type { Position } from '#log/event-store.ts'
import { testApi } from '#test/support/api.ts'
import { dig, eventually, pick } from '#test/support/server.ts'

/** `known_at`: what would have been answered then; where nobody can tell, a refusal. */

const api = await testApi(t)
const sar = (amount: string) => ({ amount, currency: 'SAR' })
await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })

/** How many events the organisation has. */
async function head(): Promise<number> {
  await api.caughtUp()
  return Number(pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal'))
}

t.test('what cannot be answered as of then is refused, and names what can', async (t) => {
  for (const path of [
    '/api/crm/customers',
    '/api/finance/sales',
    '/api/settings',
    '/api/accesses',
  ]) {
    const answer = await api.get(`${path}?known_at=1`)
    t.match(answer, { status: 400, body: { code: 'KNOWN_AT_NOT_HONOURED' } }, path)
    t.match(pick(answer, 'detail'), '/api/ledger/trial-balance')
  }
  t.match(await api.get('/api/nothing?known_at=1'), { body: { code: 'ROUTE_UNKNOWN' } })
})

t.test('what is still to come is refused, and names the head', async (t) => {
  const last = await head()
  const path = '/api/ledger/trial-balance?known_at='
  t.match(await api.get(`${path}${last}`), { status: 200, body: { meta: { stale: false } } })
  const beyond = await api.get(`${path}${last + 1}`)
  t.match(beyond, { status: 422, body: { code: 'KNOWN_AT_AFTER_HEAD' } })
  t.match(pick(beyond, 'detail'), `ends at ${last}.`)
  const future = new Date(Date.now() + 3_600_000).toISOString()
  t.match(await api.get(`${path}${future}`), { body: { code: 'KNOWN_AT_AFTER_HEAD' } })
  t.match(await api.get(`${path}${new Date(Date.now() - 1).toISOString()}`), { status: 200 })
})

t.test('a moment that is not folded yet is waited for', async (t) => {
  const before = await head()
  const sold = await api.post('/api/finance/sales', { saleAmount: 10, paymentMethod: 'cash' })
  t.equal(sold.status, 201)
  const answer = await api.get(`/api/ledger/trial-balance?known_at=${before + 1}`)
  t.match(answer, { status: 200, body: { meta: { stale: false, knownAt: String(before + 1) } } })
  t.match(dig(answer, 'data', 'accounts', 0), { account: '1100', balance: sar('10.00') })
})

interface Seen {
  readonly path: string
  readonly at: number
  readonly data: unknown
}

/** The ledger holds ids: names beside them are joined when shown, and are those of today. */
function nameless(path: string, data: unknown): unknown {
  if (!path.startsWith('/api/ledger')) return data
  return JSON.parse(JSON.stringify(data, (key, value: unknown) => (key === 'name' ? null : value)))
}

/** What an address answers now, to be asked for again later; once more when something happened meanwhile. */
async function look(seen: Seen[], paths: readonly string[]): Promise<void> {
  const at = await head()
  const found: Seen[] = []
  for (const path of paths) {
    const answer = await api.get(path)
    t.equal(answer.status, 200, path)
    found.push({ path, at, data: dig(answer, 'data') })
  }
  if ((await head()) === at) seen.push(...found)
  else await look(seen, paths)
}

t.test('whatever was answered at a moment is answered as known then', async (t) => {
  const before = await head()
  const seen: Seen[] = []
  const customer = pick(await api.post('/api/crm/customers', { name: 'Amal' }), 'data', 'id')
  const sale = pick(
    await api.post('/api/finance/sales', {
      customerId: customer,
      lines: [{ description: 'Chair', quantity: '2', unitPrice: '50', taxCode: 'S' }],
      taxRates: { S: '15' },
    }),
    'data',
    'id',
  )
  const wallet = pick(await api.post('/api/wallets', { customerId: customer }), 'data', 'id')
  const paths = [
    `/api/crm/customers/${customer}`,
    `/api/finance/sales/${sale}`,
    `/api/finance/customer-credits/${customer}`,
    `/api/wallets/${wallet}`,
    `/api/wallets/${wallet}/statement`,
    '/api/ledger/accounts',
    '/api/ledger/accounts/receivable/balances?settled=true',
    '/api/ledger/entries',
  ]
  const path = `/api/finance/sales/${sale}`
  const ofWallet = `/api/wallets/${wallet}`
  await look(seen, paths)
  const paid = await api.post(`${path}/payments`, { method: 'bank', amount: 150 })
  await look(seen, paths)
  await api.post(`${path}/payments/${pick(paid, 'data', 'id')}/reversal`, { cause: 'bounced' })
  await api.call('PATCH', `/api/crm/customers/${customer}`, { body: { name: 'Amal Ali' } })
  await look(seen, paths)
  await api.post('/api/finance/credit-notes', {
    saleId: sale,
    amount: 10,
    taxCode: 'S',
    taxRates: { S: '15' },
  })
  await api.post(`${ofWallet}/topups`, { amount: '100.00', method: 'card' })
  await look(seen, paths)
  const held = await api.post(`${ofWallet}/holds`, { amount: '40.00' })
  const debt = await api.post('/api/finance/bad-debts', { saleId: sale, amount: 20 })
  const document = `/api/finance/bad-debts/${pick(debt, 'data', 'id')}`
  await look(seen, [...paths, document])
  const hold = pick(held, 'data', 'movement')
  await api.post(`${ofWallet}/holds/${hold}/captures`, { amount: '15.00' })
  await api.post(`${document}/reversals`, { amount: 5 })
  await api.post(`${path}/payments`, { method: 'cash', amount: 5 })
  await look(seen, [...paths, document])
  await api.call('PATCH', `/api/crm/customers/${customer}`, { body: { name: 'Another' } })
  await api.caughtUp()
  for (const { path, at, data } of seen) {
    const answer = await api.get(`${path}${path.includes('?') ? '&' : '?'}known_at=${at}`)
    t.strictSame(nameless(path, dig(answer, 'data')), nameless(path, data), `${path} at ${at}`)
  }
  t.match(await api.get(`${path}?known_at=${before}`), { body: { code: 'SALE_UNKNOWN' } })
  t.match(await api.get(`${ofWallet}?known_at=${before}`), { body: { code: 'WALLET_UNKNOWN' } })
  t.match(await api.get(`${ofWallet}/balance?known_at=${seen.at(-1)?.at}`), {
    body: { data: { balance: sar('85.00'), held: sar('0.00'), available: sar('85.00') } },
  })
})

t.test('a projection that stands still answers stale at the deadline', async (t) => {
  const hurried = await testApi(t, { DAYBOOK_WAIT_DEADLINE_MS: '50' })
  const { engine, log } = hurried.daybook
  const sell = () => hurried.post('/api/finance/sales', { saleAmount: 10, paymentMethod: 'cash' })
  await sell()
  await hurried.caughtUp()
  await engine.stopProjection('ledger')
  await eventually('the ledger stands still', async () => {
    const status = await engine.status()
    return status.some(({ name, state }) => name === 'ledger' && state === 'stopped')
  })
  await sell()
  await engine.waitFor('event_index', (await log.head()) as Position, 10_000)
  t.match(await hurried.get('/api/ledger/trial-balance?known_at=1'), {
    status: 200,
    body: { meta: { stale: false } },
  })
  const events = await hurried.get('/api/events?limit=1')
  const last = pick(events, 'data', 0, 'ordinal')
  const answer = await hurried.get(`/api/ledger/trial-balance?known_at=${last}`)
  t.match(answer, { status: 200, body: { meta: { stale: true, knownAt: last } } })
})

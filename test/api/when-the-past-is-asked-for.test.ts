import t from 'tap'
import type { Position } from '#log/event-store.ts'
import { testApi } from '#test/support/api.ts'
import { dig, eventually, pick, stranger } from '#test/support/server.ts'

/** `known_at`: what would have been answered then; where nobody can tell, a refusal. */

const api = await testApi(t)
const sar = (amount: string) => ({ amount, currency: 'SAR' })
await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
// Others write into the same log: an organisation's ordinals are not those of the whole.
await api.post('/api/crm/customers', { name: 'Zaid' }, { caller: stranger })

/** How many events the organisation has, once every read model knows that many. */
async function head(): Promise<number> {
  const indexed = async () =>
    Number(pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal'))
  await api.caughtUp()
  for (let last = await indexed(); ; ) {
    await api.caughtUp()
    const now = await indexed()
    if (now === last) return now
    last = now
  }
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
  t.match(beyond, {
    status: 422,
    body: { code: 'KNOWN_AT_AFTER_HEAD', errors: [{ in: 'query', pointer: '/known_at' }] },
  })
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
  readonly at: string
  readonly data: unknown
}

/** What an address answers now, to be asked for again later; once more when something happened meanwhile. */
async function look(seen: Seen[], paths: readonly string[]): Promise<void> {
  const last = await head()
  const found: Seen[] = []
  for (const path of paths) {
    const answer = await api.get(path)
    t.equal(answer.status, 200, path)
    found.push({ path, at: pick(answer, 'meta', 'knownAt'), data: dig(answer, 'data') })
  }
  if ((await head()) === last) seen.push(...found)
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
    '/api/ledger/accounts/receivable/register',
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
    t.strictSame(dig(answer, 'data'), data, `${path} at ${at}`)
    t.equal(pick(answer, 'meta', 'knownAt'), at, path)
  }
  const entry = pick(await api.get('/api/ledger/entries?account=receivable'), 'data', 0, 'entry')
  for (const [known, name] of [
    ['', 'Another'],
    [`?known_at=${entry}`, 'Amal Ali'],
  ]) {
    const postings = dig(await api.get(`/api/ledger/entries/${entry}${known}`), 'data', 'postings')
    t.match(postings, [{}, { party: customer, name }], `as known ${known}`)
  }
  t.match(await api.get(`${path}?known_at=${before}`), { body: { code: 'SALE_UNKNOWN' } })
  t.match(await api.get(`${ofWallet}?known_at=${before}`), { body: { code: 'WALLET_UNKNOWN' } })
  t.match(await api.get(`${ofWallet}/balance?known_at=${seen.at(-1)?.at}`), {
    body: { data: { balance: sar('85.00'), held: sar('0.00'), available: sar('85.00') } },
  })
})

t.test('every answer says which ordinal of the organisation it knows', async (t) => {
  const last = String(await head())
  for (const path of [
    '/api/crm/customers',
    '/api/finance/sales',
    '/api/finance/stats',
    '/api/analytics/snapshots',
    '/api/ledger/trial-balance',
    '/api/ledger/entries',
    '/api/wallets',
    '/api/events?limit=1',
    '/api/members',
    '/api/events/sample?seed=a&size=1&account=1100',
  ]) {
    const answer = await api.get(path)
    t.match(answer, { status: 200, body: { meta: { knownAt: last } } }, path)
    t.not(pick(answer, 'meta', 'ordinal'), last, 'the log has events of others')
  }
  const others = await api.get('/api/crm/customers', { caller: stranger })
  t.match(others.body, { data: [{ name: 'Zaid' }], meta: { knownAt: '1' } })
})

t.test('by names of today nobody is looked for as known then', async (t) => {
  const balances = '/api/ledger/accounts/receivable/balances?search=another'
  t.match(await api.get(balances), { status: 200, body: { data: [{ name: 'Another' }] } })
  t.match(await api.get(`${balances}&known_at=${await head()}`), {
    status: 400,
    body: { errors: [{ pointer: '/search', code: 'FIELD_UNKNOWN' }] },
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
  t.match(await engine.waitFor('event_index', (await log.head()) as Position, 60_000), {
    reached: true,
  })
  t.match(await hurried.get('/api/ledger/trial-balance?known_at=1'), {
    status: 200,
    body: { meta: { stale: false } },
  })
  const path = '/api/ledger/trial-balance'
  const knows = pick(await hurried.get(path), 'meta', 'knownAt')
  const events = await hurried.get('/api/events?limit=1')
  const last = pick(events, 'data', 0, 'ordinal')
  t.equal(pick(events, 'meta', 'knownAt'), last)
  t.ok(Number(knows) < Number(last), 'it claims no more than its rows know')
  const answer = await hurried.get(`${path}?known_at=${last}`)
  t.match(answer, { status: 200, body: { meta: { stale: true, knownAt: knows } } })
})

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
  for (const path of ['/api/crm/customers', '/api/finance/sales', '/api/settings', '/api/events']) {
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

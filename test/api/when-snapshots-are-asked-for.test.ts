import t from 'tap'
import { type ApiAnswer, type TestApi, testApi } from '#test/support/api.ts'
import { dig, pick, stranger } from '#test/support/server.ts'

const sar = (amount: string) => ({ amount, currency: 'SAR' })
const usd = (amount: string) => ({ amount, currency: 'USD' })

type Row = Readonly<Record<string, unknown>>
const rowsOf = (answer: ApiAnswer) => dig(answer, 'data') as readonly Row[]

async function brokerage(t: Parameters<typeof testApi>[0]): Promise<TestApi> {
  const api = await testApi(t)
  const settings = { baseCurrency: 'SAR', timeZone: 'Asia/Riyadh' }
  await api.call('PATCH', '/api/settings', { body: settings })
  const tier = { name: 'Standard', rate: '2.5' }
  await api.call('PUT', '/api/finance/commission-tiers/standard', { body: tier })
  await api.call('PUT', '/api/finance/commission-tiers/default', { body: { tier: 'standard' } })
  return api
}

interface SaleOf {
  readonly agent: string
  readonly on: string
  readonly amount: string
  readonly currency?: string
}

async function sell(api: TestApi, { agent, on, amount, currency = 'SAR' }: SaleOf) {
  const sale = await api.post('/api/finance/sales', {
    agent,
    occurredOn: on,
    saleAmount: { amount, currency },
    paymentMethod: 'cash',
  })
  return pick(sale, 'data', 'id')
}

/** The snapshots of a question, once everything is folded. */
async function snapshots(api: TestApi, query: string): Promise<readonly Row[]> {
  await api.caughtUp()
  const answer = await api.get(`/api/analytics/snapshots?${query}`)
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return rowsOf(answer)
}

/** The organisation's ordinal of its last event. */
async function lastOrdinal(api: TestApi): Promise<string> {
  await api.caughtUp()
  return pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal')
}

t.test('given a customer and two sales, today’s snapshot is as the source had it', async (t) => {
  const api = await brokerage(t)
  const customer = await api.post('/api/crm/customers', { name: 'أحمد محمد' })
  const customerId = pick(customer, 'data', 'id')
  const sale = { customerId, saleAmount: 500000 }
  const on = pick(await api.post('/api/finance/sales', sale), 'data', 'occurredOn')
  await api.post('/api/finance/sales', { ...sale, saleAmount: 1000 })
  t.same(await snapshots(api, `to=${on}`), [
    {
      userId: 'olga',
      snapshotDate: on,
      totalCustomers: 1,
      newCustomersToday: 1,
      totalSales: 2,
      totalRevenue: [sar('501000.00')],
      totalCommissions: [sar('12525.00')],
      todaySales: 2,
      todayRevenue: [sar('501000.00')],
    },
  ])
  const answer = await api.get('/api/analytics/snapshots')
  t.match(dig(answer, 'meta'), { stale: false, nextCursor: null, limit: Number })
  t.same(rowsOf(await api.get('/api/analytics/snapshots', { caller: stranger })), [])
})

t.test('given sales of two agents, each has a snapshot for every day of the range', async (t) => {
  const api = await brokerage(t)
  await sell(api, { agent: 'ann', on: '2026-03-02', amount: '100.00' })
  await sell(api, { agent: 'bob', on: '2026-03-03', amount: '70.00' })
  await sell(api, { agent: 'ann', on: '2026-03-04', amount: '11.00' })
  const shown = await snapshots(api, 'from=2026-03-01&to=2026-03-05')
  t.same(
    shown.map((row) => [row['snapshotDate'], row['userId'], row['totalSales'], row['todaySales']]),
    [
      ['2026-03-05', 'ann', 2, 0],
      ['2026-03-05', 'bob', 1, 0],
      ['2026-03-04', 'ann', 2, 1],
      ['2026-03-04', 'bob', 1, 0],
      ['2026-03-03', 'ann', 1, 0],
      ['2026-03-03', 'bob', 1, 1],
      ['2026-03-02', 'ann', 1, 1],
      ['2026-03-02', 'bob', 0, 0],
      ['2026-03-01', 'ann', 0, 0],
      ['2026-03-01', 'bob', 0, 0],
    ],
  )
  const pages: Row[] = []
  let next: unknown = `/api/analytics/snapshots?from=2026-03-01&to=2026-03-05&limit=3`
  while (typeof next === 'string') {
    const page: ApiAnswer = await api.get(next)
    pages.push(...rowsOf(page))
    next = /<([^>]+)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1]
  }
  t.same(pages, shown, 'page by page')
  const bob = await snapshots(api, 'user=bob&from=2026-03-01&to=2026-03-05')
  t.same(
    bob,
    shown.filter(({ userId }) => userId === 'bob'),
  )
  t.match(await snapshots(api, 'user=nobody&to=2026-03-05'), [
    { userId: 'nobody', totalSales: 0, totalRevenue: [], totalCustomers: 0 },
  ])
})

t.test(
  'a late sale restates its day and all after it; known_at shows them as they were',
  async (t) => {
    const api = await brokerage(t)
    await sell(api, { agent: 'ann', on: '2026-03-02', amount: '100.00' })
    const before = await lastOrdinal(api)
    const at = pick(await api.get('/api/events?limit=1'), 'data', 0, 'recordedAt')
    await sell(api, { agent: 'ann', on: '2026-03-01', amount: '40.00' })
    const days = 'user=ann&from=2026-02-28&to=2026-03-02'
    const revenue = (rows: readonly Row[]) =>
      rows.map((row) => [row['snapshotDate'], row['totalRevenue'], row['todaySales']])
    t.same(revenue(await snapshots(api, days)), [
      ['2026-03-02', [sar('140.00')], 1],
      ['2026-03-01', [sar('40.00')], 1],
      ['2026-02-28', [], 0],
    ])
    const asItWas = [
      ['2026-03-02', [sar('100.00')], 1],
      ['2026-03-01', [], 0],
      ['2026-02-28', [], 0],
    ]
    t.same(revenue(await snapshots(api, `${days}&known_at=${before}`)), asItWas)
    const instant = encodeURIComponent(at)
    t.same(revenue(await snapshots(api, `${days}&known_at=${instant}`)), asItWas)
    const stats = await api.get(`/api/finance/stats?known_at=${before}`)
    t.match(stats.body, {
      data: { totals: [{ totalRevenue: sar('100.00'), totalSales: 1 }] },
      meta: { knownAt: before },
    })
    t.match(dig(await api.get('/api/finance/stats'), 'data'), {
      knownAt: null,
      totals: [{ totalRevenue: sar('140.00'), totalSales: 2 }],
    })
  },
)

t.test('a cancelled sale leaves the day on which it was sold, with its commission', async (t) => {
  const api = await brokerage(t)
  const sale = await sell(api, { agent: 'ann', on: '2026-03-02', amount: '100.00' })
  await sell(api, { agent: 'ann', on: '2026-03-02', amount: '8.00' })
  const before = await lastOrdinal(api)
  const cancellation = { occurredOn: '2026-04-01', refundMethod: 'cash' }
  await api.post(`/api/finance/sales/${sale}/cancellation`, cancellation)
  const standing = { totalSales: 1, totalRevenue: [sar('8.00')], totalCommissions: [sar('0.20')] }
  t.match(await snapshots(api, 'from=2026-03-02&to=2026-03-03'), [
    { snapshotDate: '2026-03-03', ...standing, todaySales: 0, todayRevenue: [sar('0.00')] },
    { snapshotDate: '2026-03-02', ...standing, todaySales: 1, todayRevenue: [sar('8.00')] },
  ])
  t.match(await snapshots(api, `to=2026-03-02&known_at=${before}`), [
    { totalSales: 2, totalRevenue: [sar('108.00')], totalCommissions: [sar('2.70')] },
  ])
})

t.test('a credit note is no matter of snapshots, and two currencies never mix', async (t) => {
  const api = await brokerage(t)
  await sell(api, { agent: 'ann', on: '2026-03-02', amount: '100.00' })
  await sell(api, { agent: 'ann', on: '2026-03-02', amount: '30.00', currency: 'USD' })
  await api.post('/api/finance/credit-notes', {
    agent: 'ann',
    amount: '50.00',
    occurredOn: '2026-03-02',
    refundMethod: 'cash',
  })
  const asked = 'user=ann&to=2026-03-02'
  t.match(await snapshots(api, asked), [
    {
      totalSales: 2,
      totalRevenue: [sar('100.00'), usd('30.00')],
      totalCommissions: [sar('2.50'), usd('0.75')],
      todayRevenue: [sar('100.00'), usd('30.00')],
    },
  ])
  t.strictSame(
    (await snapshots(api, `${asked}&currency=USD`)).map((row) => [
      row['totalSales'],
      row['totalRevenue'],
      row['totalCommissions'],
    ]),
    [[1, [usd('30.00')], [usd('0.75')]]],
  )
})

t.test('a customer who is handed over is counted for whoever looks after them', async (t) => {
  const api = await brokerage(t)
  const register = async (name: string) =>
    pick(
      await api.post('/api/crm/customers', { name, agent: 'ann', occurredOn: '2026-03-01' }),
      'data',
      'id',
    )
  const given = await register('Ahmed')
  await register('Sara')
  const before = await lastOrdinal(api)
  const body = { agent: 'bob' }
  const changed = await api.call('PATCH', `/api/crm/customers/${given}`, { body })
  t.match(changed.body, { data: { changed: body } })
  const customers = (rows: readonly Row[]) =>
    rows.map((row) => [row['userId'], row['totalCustomers'], row['newCustomersToday']])
  t.same(customers(await snapshots(api, '')), [
    ['ann', 1, 0],
    ['bob', 1, 0],
  ])
  t.same(customers(await snapshots(api, `known_at=${before}`)), [['ann', 2, 0]])
  t.same(customers(await snapshots(api, 'to=2026-03-01')), [['ann', 2, 2]], 'that day stays')
})

t.test('today is the organisation’s day', async (t) => {
  const api = await testApi(t)
  // Zones so far apart that it is never the same day in both.
  for (const timeZone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago']) {
    await api.call('PATCH', '/api/settings', { body: { timeZone } })
    const sell = () => api.post('/api/finance/sales', { saleAmount: 1, paymentMethod: 'cash' })
    const before = pick(await sell(), 'data', 'occurredOn')
    const [today] = await snapshots(api, '')
    const after = pick(await sell(), 'data', 'occurredOn')
    // Midnight may come in between.
    const days = { [before]: 1, [after]: before === after ? 1 : 0 }
    t.equal(today?.['todaySales'], days[String(today?.['snapshotDate'])])
  }
})

t.test('days that are no range are refused, and a cursor of another list', async (t) => {
  const api = await testApi(t)
  const code = async (query: string) => {
    const answer = await api.get(`/api/analytics/snapshots?${query}`)
    return [answer.status, dig(answer, 'code'), dig(answer, 'errors', 0, 'pointer')]
  }
  const range = [400, 'RANGE_INVALID', '/from']
  t.same(await code('from=2026-03-02&to=2026-03-01'), range)
  t.same(await code('from=2025-01-01&to=2026-01-02'), [400, 'RANGE_TOO_LONG', '/from'], '367 days')
  t.same(await snapshots(api, 'from=2025-01-01&to=2026-01-01'), [], '366 days')
  t.same(await code('from=2999-01-01'), range, 'after today')
  t.same(await code('to=2026-02-30'), [400, 'REQUEST_INVALID', '/to'])
  t.same((await code('known_at=yesterday')).slice(0, 2), [400, 'REQUEST_INVALID'])
  t.same((await code('cursor=WyIxIl0')).slice(0, 2), [400, 'CURSOR_INVALID'])
})

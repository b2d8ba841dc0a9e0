import t, { type Test } from 'tap'
import { type TestApi, testApi } from '#test/support/api.ts'
import { dig, pick, stranger } from '#test/support/server.ts'

type Row = Readonly<Record<string, unknown>>
interface Part {
  readonly name: string
  readonly of: Readonly<Record<string, string>>
  readonly value: unknown
  readonly explain?: string
  readonly event?: { readonly type: string; readonly ordinal: string; readonly href: string }
}

const sar = (amount: string) => ({ amount, currency: 'SAR' })

/** Sales of ann in two years, one of them cancelled; one of bob; a credit note, a handed-over customer. */
async function history(api: TestApi): Promise<void> {
  await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
  const tier = { name: 'Standard', rate: '10' }
  await api.call('PUT', '/api/finance/commission-tiers/standard', { body: tier })
  await api.call('PUT', '/api/finance/commission-tiers/default', { body: { tier: 'standard' } })
  const register = async (name: string) => {
    const body = { name, agent: 'ann', occurredOn: '2025-03-01' }
    return pick(await api.post('/api/crm/customers', body), 'data', 'id')
  }
  const handedOver = await register('Ahmed')
  await register('Sara')
  const sell = async (agent: string, occurredOn: string, saleAmount: string) => {
    const sale = { agent, occurredOn, saleAmount, paymentMethod: 'cash' }
    return pick(await api.post('/api/finance/sales', sale), 'data', 'id')
  }
  await sell('ann', '2025-11-20', '100.00')
  await sell('ann', '2026-01-05', '10.00')
  const cancelled = await sell('ann', '2026-01-05', '7.00')
  await sell('ann', '2026-01-09', '20.00')
  await sell('bob', '2026-01-05', '1000.00')
  await sell('ann', '2026-02-01', '30.00')
  const refund = { occurredOn: '2026-02-03', refundMethod: 'cash' }
  await api.post(`/api/finance/sales/${cancelled}/cancellation`, refund)
  const note = { agent: 'ann', amount: '5.00', occurredOn: '2026-01-05', refundMethod: 'cash' }
  await api.post('/api/finance/credit-notes', note)
  await api.call('PATCH', `/api/crm/customers/${handedOver}`, { body: { agent: 'bob' } })
  await api.caughtUp()
}

/** Every page of one level. */
async function level(api: TestApi, address: string) {
  const parts: Part[] = []
  const separator = address.includes('?') ? '&' : '?'
  let next: string | undefined = `${address}${separator}compare=true&limit=2`
  let answer: unknown
  while (next !== undefined) {
    const page: Awaited<ReturnType<TestApi['get']>> = await api.get(next)
    if (page.status !== 200) throw new Error(JSON.stringify(page.body))
    parts.push(...(dig(page, 'data', 'parts') as readonly Part[]))
    answer = dig(page, 'data')
    next = /<([^>]+)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1]
  }
  return {
    ...(answer as { figure: { value: unknown }; partsTotal: unknown; equal: boolean }),
    parts,
  }
}

const minor = (value: unknown): number =>
  typeof value === 'number' ? value : Number((value as Row)['amount']) * 100

/** The events at the bottom of a figure; every level on the way adds up. */
async function eventsUnder(test: Test, api: TestApi, address: string): Promise<readonly Part[]> {
  const { figure, partsTotal, equal, parts } = await level(api, address)
  test.equal(equal, true, address)
  test.same(partsTotal, figure.value)
  const sum = parts.reduce((total, { value }) => total + minor(value), 0)
  test.equal(Math.round(sum), Math.round(minor(figure.value)))
  const under: Part[] = []
  for (const part of parts) {
    if (part.explain === undefined) under.push(part)
    else under.push(...(await eventsUnder(test, api, part.explain)))
  }
  return under
}

t.test('every field of a snapshot is explained level by level down to its events', async (t) => {
  const api = await testApi(t)
  await history(api)
  const found = await api.get('/api/analytics/snapshots?user=ann&to=2026-02-01')
  const snapshot = dig(found, 'data', 0) as Row
  const { userId: _, snapshotDate: _day, ...figures } = snapshot
  t.match(figures, {
    totalSales: 4,
    totalRevenue: [sar('160.00')],
    totalCommissions: [sar('16.00')],
  })
  const types: Record<string, readonly string[]> = {}
  for (const [field, figure] of Object.entries(figures)) {
    const currency = typeof figure === 'number' ? '' : '&currency=SAR'
    const address = `/api/explain/analytics/snapshots/${field}?user=ann&to=2026-02-01${currency}`
    const top = await level(api, address)
    t.same(top.figure.value, typeof figure === 'number' ? figure : (figure as unknown[])[0], field)
    const events = await eventsUnder(t, api, address)
    types[field] = events.map(({ event }) => event?.type ?? 'none')
  }
  const soldAndCancelled = [
    'SaleRecorded',
    'SaleRecorded',
    'SaleRecorded',
    'SaleCancelled',
    'SaleRecorded',
    'SaleRecorded',
  ]
  t.same(types, {
    totalCustomers: ['CustomerRegistered', 'CustomerRegistered'],
    newCustomersToday: [],
    totalSales: soldAndCancelled,
    totalRevenue: soldAndCancelled,
    totalCommissions: soldAndCancelled.map((type) =>
      type === 'SaleRecorded' ? 'CommissionAccrued' : type,
    ),
    todaySales: ['SaleRecorded'],
    todayRevenue: ['SaleRecorded'],
  })
})

t.test('a figure falls into years, then months, then days, then events', async (t) => {
  const api = await testApi(t)
  await history(api)
  const asked = 'user=ann&to=2026-02-28&currency=SAR'
  const years = await level(api, `/api/explain/analytics/snapshots/totalRevenue?${asked}`)
  const told = (parts: readonly Part[]) =>
    parts.map(({ name, of, value }) => [name, of[name], value])
  t.same(told(years.parts), [
    ['year', '2025', sar('100.00')],
    ['year', '2026', sar('60.00')],
  ])
  const months = await level(api, years.parts[1]?.explain ?? '')
  t.same(told(months.parts), [
    ['month', '2026-01', sar('30.00')],
    ['month', '2026-02', sar('30.00')],
  ])
  const days = await level(api, months.parts[0]?.explain ?? '')
  t.same(told(days.parts), [
    ['day', '2026-01-05', sar('10.00')],
    ['day', '2026-01-09', sar('20.00')],
  ])
  const events = await level(api, days.parts[0]?.explain ?? '')
  t.match(events.parts, [
    {
      name: 'sales',
      of: { user: 'ann', day: '2026-01-05', currency: 'SAR' },
      value: sar('10.00'),
      event: { type: 'SaleRecorded', stream: /^sale-/, revision: 0, href: /^\/api\/events\// },
    },
    { value: sar('7.00'), event: { type: 'SaleRecorded' } },
    { value: sar('-7.00'), event: { type: 'SaleCancelled' } },
  ])
  const event = await api.get(events.parts[2]?.event?.href ?? '')
  t.match(event.body, { data: { type: 'SaleCancelled', data: { recordedNet: '700' } } })
  t.equal(events.parts.length, 3)

  const then = pick(await api.get('/api/events?type=SaleCancelled'), 'data', 0, 'ordinal')
  const before = `known_at=${BigInt(then) - 1n}`
  const past = await level(api, `/api/explain/analytics/snapshots/totalSales?${asked}&${before}`)
  t.equal(past.figure.value, 5, 'as it was known before the cancellation')
  const pastEvents = await eventsUnder(t, api, past.parts[1]?.explain ?? '')
  t.same(new Set(pastEvents.map(({ event }) => event?.type)), new Set(['SaleRecorded']))
})

t.test('every figure of the statistics is explained, of one agent or of all', async (t) => {
  const api = await testApi(t)
  await history(api)
  for (const agent of ['', '&agent=ann']) {
    const stats = await api.get(`/api/finance/stats?from=2026-01-01&currency=SAR${agent}`)
    const { currency: _, ...figures } = dig(stats, 'data', 'totals', 0) as Row
    t.equal(Object.keys(figures).length, 8)
    for (const [field, figure] of Object.entries(figures)) {
      const address = `/api/explain/finance/stats/${field}?from=2026-01-01&currency=SAR${agent}`
      t.same((await level(api, address)).figure.value, figure, address)
      await eventsUnder(t, api, address)
    }
  }
  const none = await level(api, '/api/explain/finance/stats/credited?currency=USD')
  t.match(none, { figure: { value: { amount: '0.00', currency: 'USD' } }, parts: [], equal: true })
  const theirs = await api.get('/api/explain/finance/stats/totalSales?currency=SAR', {
    caller: stranger,
  })
  t.match(theirs.body, { data: { figure: { value: 0 }, parts: [], equal: null, partsTotal: null } })
})

t.test('what cannot be explained is refused, saying why', async (t) => {
  const api = await testApi(t)
  const code = async (address: string) => {
    const answer = await api.get(`/api/explain/${address}`)
    return [answer.status, dig(answer, 'errors', 0, 'code'), dig(answer, 'errors', 0, 'pointer')]
  }
  const required = (pointer: string) => [400, 'FIELD_REQUIRED', pointer]
  t.same(
    await code('analytics/snapshots/totalRevenue?user=ann&to=2026-02-01'),
    required('/currency'),
  )
  t.same(await code('analytics/snapshots/totalSales?user=ann'), required('/to'))
  t.same(await code('analytics/snapshots/totalSales?to=2026-02-01'), required('/user'))
  t.same(await code('analytics/snapshots/totalSales?user=ann&from=2026-02-02&to=2026-02-01'), [
    400,
    'RANGE_INVALID',
    '/from',
  ])
  t.same(await code('finance/stats/totalSales'), required('/currency'))
  t.same(await code('finance/stats/profit?currency=SAR'), [400, 'VALUE_NOT_ALLOWED', '/field'])
})

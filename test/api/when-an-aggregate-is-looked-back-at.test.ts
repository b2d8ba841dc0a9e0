import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { dig, eventually, pick, stranger } from '#test/support/server.ts'

const api = await testApi(t)
const customer = pick(await api.post('/api/crm/customers', { name: 'Amal' }), 'data', 'id')
const sold = { customerId: customer, saleAmount: 100, currency: 'SAR' }
const sale = pick(await api.post('/api/finance/sales', sold), 'data', 'id')
await eventually('the sale has closed its customer', async () => {
  await api.caughtUp()
  return dig(await api.get(`/api/crm/customers/${customer}`), 'data', 'status') === 'closed'
})
const before = new Date().toISOString()
// What is recorded in the same millisecond was known then.
while (new Date().toISOString() <= before);
await api.post(`/api/finance/sales/${sale}/payments`, { method: 'bank', amount: 40 })
await api.post(`/api/finance/sales/${sale}/payments`, { method: 'cash', amount: 60 })
await api.caughtUp()
const path = `/api/streams/sale-main.${sale}`

t.test('the state of a sale at each revision, and what its event changed', async (t) => {
  const first = await api.get(`${path}/state?revision=0`)
  t.match(first.body, {
    data: {
      category: 'sale',
      revision: 0,
      state: { owed: '10000', payments: {} },
      event: { type: 'SaleRecorded' },
      cause: { actor: 'olga', event: null },
    },
  })
  const paid = await api.get(`${path}/state?revision=1`)
  t.match(paid.body, {
    data: { revision: 1, state: { owed: '6000' }, event: { type: 'SalePaymentReceived' } },
  })
  const changes = dig(paid, 'data', 'changes') as readonly { readonly field: string }[]
  t.same(changes[0], { field: '/owed', before: '10000', after: '6000' })
  t.match(changes[1]?.field, /^\/payments\/[0-9a-f-]+$/)
  t.match((await api.get(`${path}/state`)).body, { data: { state: { owed: '0' } } })
})

t.test('the state at an instant and at an ordinal is what was known then', async (t) => {
  t.match((await api.get(`${path}/state?known_at=${before}`)).body, {
    data: { revision: 0, state: { owed: '10000' } },
  })
  const second = await api.get(`/api/events?stream=sale-main.${sale}&type=SalePaymentReceived`)
  const ordinal = Number(pick(second, 'data', 0, 'ordinal'))
  t.match((await api.get(`${path}/state?known_at=${ordinal}`)).body, {
    data: { revision: 2, state: { owed: '0' } },
  })
  t.match((await api.get(`${path}/state?known_at=${ordinal - 1}`)).body, {
    data: { revision: 1, state: { owed: '6000' } },
  })
  t.match(await api.get(`${path}/state?known_at=1`), { status: 404 })
})

t.test('the history tells event by event what changed and what caused it', async (t) => {
  const types: unknown[] = []
  let next: string | undefined = `/api/streams/customer-main.${customer}/history?limit=2`
  while (next !== undefined) {
    const page = await api.get(next)
    for (const step of dig(page, 'data') as readonly unknown[]) types.push(step)
    next = /<([^>]+)>; rel="next"/.exec(page.headers['link'] ?? '')?.[1]
  }
  t.match(types, [
    { revision: 0, event: { type: 'CustomerRegistered', data: { name: 'Amal' } } },
    { revision: 1, event: { type: 'CustomerSaleNoted' }, changes: [{ field: '/notedSales' }] },
    {
      event: { type: 'CustomerStatusChanged' },
      cause: { event: { type: 'SaleRecorded', stream: `sale-main.${sale}`, revision: 0 } },
    },
    { event: { type: 'CustomerContacted' } },
  ])
  t.match(
    (types[2] as { changes: readonly object[] }).changes.find((change) => 'before' in change),
    { field: '/status', before: 'lead', after: 'closed' },
  )
})

t.test('what is not there, or of another organisation, is not found', async (t) => {
  t.match(await api.get(`${path}/state?revision=9`), {
    status: 404,
    body: { code: 'REVISION_UNKNOWN' },
  })
  for (const what of ['state', 'history']) {
    for (const stream of ['sale-main.nothing', 'nonsense', 'thing-main.x']) {
      const answer = await api.get(`/api/streams/${stream}/${what}`)
      t.match(answer, { status: 404, body: { code: 'STREAM_UNKNOWN' } }, `${stream} ${what}`)
    }
    t.match(await api.get(`${path}/${what}`, { caller: stranger }), { status: 404 })
  }
})

import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { dig, eventually, pick } from '#test/support/server.ts'

const api = await testApi(t, { DAYBOOK_PAGE_SIZE: '3', DAYBOOK_PAGE_SIZE_MAX: '5' })
const names = ['Ahmed Ali', 'Badr', 'Chen', 'Dina', 'Emil', 'Faisal', 'Ghada']
const ids: string[] = []
for (const [index, name] of names.entries()) {
  const phone = `+96650123456${index}`
  const status = index < 2 ? 'active' : 'lead'
  ids.push(pick(await api.post('/api/crm/customers', { name, phone, status }), 'data', 'id'))
}
for (const [index, customerId] of ids.entries()) {
  const body = { customerId, saleAmount: 10 + index, occurredOn: `2026-01-0${index + 1}` }
  await api.post('/api/finance/sales', index % 2 === 0 ? { ...body, paymentMethod: 'cash' } : body)
}
await eventually('their sales have closed all of them, and nothing more comes', async () => {
  await api.caughtUp()
  const shown = await Promise.all(ids.map((id) => api.get(`/api/crm/customers/${id}`)))
  return shown.every((customer) => dig(customer, 'data', 'status') === 'closed')
})

interface List {
  readonly data: readonly Record<string, unknown>[]
  readonly meta: { readonly nextCursor: string | null; readonly limit: number }
}

async function list(path: string): Promise<List> {
  const answer = await api.get(path)
  t.equal(answer.status, 200, path)
  return answer.body as List
}

/** The column of every row, page by page, as a caller who follows the Link header sees them. */
async function walk(path: string, column: string): Promise<string[]> {
  const found: string[] = []
  let next: string | undefined = path
  for (let pages = 0; next !== undefined && pages < 20; pages++) {
    const answer = await api.get(next)
    found.push(...(answer.body as List).data.map((row) => String(row[column])))
    next = /<([^>]+)>; rel="next"/.exec(answer.headers['link'] ?? '')?.[1]
  }
  return found
}

t.test('pages hold every row once, in order', async (t) => {
  t.same(await walk('/api/crm/customers', 'name'), names.toReversed())
  t.same(await walk('/api/crm/customers?order=name&limit=2', 'name'), names)
  t.same(await walk('/api/finance/sales?limit=2', 'customerId'), ids.toReversed())
  t.same(await walk('/api/events?direction=forwards&limit=5', 'ordinal'), ordinals(await count()))
})

const ordinals = (n: number): string[] => Array.from({ length: n }, (_, index) => String(index + 1))
async function count(): Promise<number> {
  const last = await list('/api/events?limit=1')
  return Number(last.data[0]?.['ordinal'])
}

t.test('a page is as long as it is asked to be, and says where the next begins', async (t) => {
  const first = await list('/api/crm/customers')
  t.equal(first.data.length, 3, 'by default as the configuration says')
  t.equal(first.meta.limit, 3)
  t.type(first.meta.nextCursor, 'string')
  const last = await list('/api/crm/customers?status=active')
  t.equal(last.meta.nextCursor, null)
})

t.test('customers are found by words, digits, status and number', async (t) => {
  const found = async (query: string) => (await list(`/api/crm/customers?${query}`)).data.length
  t.equal(await found('search=ahmed'), 1)
  t.equal(await found('search=ali%20AHMED'), 1, 'all words, in any order and case')
  t.equal(await found('search=0501234561'), 0)
  t.equal(await found('search=501234561'), 1)
  t.equal(
    await found('search=%D9%A5%D9%A0%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5%D9%A6%D9%A1'),
    1,
    'Arabic digits',
  )
  t.equal(await found('search=100%25'), 0, 'a percent sign is no wildcard')
  t.equal((await found('status=closed&limit=5')) + (await found('status=lead&limit=5')) > 0, true)
  t.equal(await found('agent=nobody'), 0)
})

t.test('sales are found by day, by what is owed, by customer and words', async (t) => {
  const found = async (query: string) => (await list(`/api/finance/sales?limit=5&${query}`)).data
  t.equal((await found('from=2026-01-03&to=2026-01-05')).length, 3)
  t.equal((await found('owing=true')).length, 3)
  t.equal((await found('owing=false')).length, 4)
  t.equal((await found(`customerId=${ids[0]}`)).length, 1)
  t.equal((await found('search=dina')).length, 1, 'by the name of the customer')
  t.equal((await found('status=completed')).length, 4)
  t.equal((await found('due_before=2026-02-02&owing=true')).length, 1)
})

t.test(
  'events are found by stream, type, correlation and time, and read from the log',
  async (t) => {
    const correlation = '0198aaaa-bbbb-7ccc-8ddd-eeeeffff0000'
    const headers = { 'x-correlation-id': correlation }
    const made = await api.post('/api/crm/customers', { name: 'Hind' }, { headers })
    await api.caughtUp()
    const stream = `customer-main.${pick(made, 'data', 'id')}`
    const found = async (query: string) => (await list(`/api/events?${query}`)).data
    t.match(await found(`correlation=${correlation}`), [
      { type: 'CustomerRegistered', stream, data: { name: 'Hind' }, correlationId: correlation },
    ])
    t.equal((await found(`stream=${stream}`)).length, 1)
    t.equal((await found('type=SaleRecorded,SaleCompleted&limit=5')).length, 5)
    t.equal((await found('actor=nobody')).length, 0)
    t.equal((await found('to=2020-01-01T00:00:00Z')).length, 0)
    t.equal((await found('from=2020-01-01T00:00:00%2B03:00&limit=1')).length, 1)
    t.equal((await found('category=customer&occurred_from=2999-01-01')).length, 0)
    const [event] = await found(`stream=${stream}`)
    const one = await api.get(`/api/events/${String(event?.['id'])}`)
    t.match(one.body, { data: { stream, revision: 0, actor: 'olga' } })
  },
)

t.test('a stream is read from the log itself, in both directions', async (t) => {
  const stream = `/api/streams/customer-main.${ids[0]}`
  const forwards = await walk(`${stream}?limit=2`, 'revision')
  t.ok(forwards.length >= 2)
  t.same(
    forwards,
    ordinals(forwards.length).map((n) => String(Number(n) - 1)),
  )
  t.same(await walk(`${stream}?limit=2&direction=backwards`, 'revision'), forwards.toReversed())
})

t.test('what is described at /api/docs is what is served', async (t) => {
  const document = await api.get('/api/docs/json')
  t.match(document.body, { openapi: '3.1.0', info: { title: 'Daybook' } })
  const paths = Object.keys(dig(document, 'paths') as object)
  for (const path of [
    '/api/crm/customers',
    '/api/finance/sales/{id}',
    '/api/ledger/trial-balance',
  ]) {
    t.ok(paths.includes(path), path)
  }
  t.match(dig(document, 'paths', '/api/finance/sales', 'post'), {
    requestBody: {
      content: { 'application/json': { schema: { properties: { saleAmount: {} } } } },
    },
    responses: { 201: {}, '4XX': {} },
  })
  const names = Object.keys(dig(document, 'components', 'schemas') as object)
  const named = [...JSON.stringify(document.body).matchAll(/components\/schemas\/(\w+)/g)]
  t.same(
    named.map(([, name]) => name).filter((name) => name === undefined || !names.includes(name)),
    [],
    'every schema that is referred to is there',
  )
  t.match(JSON.stringify(dig(document, 'paths', '/api/finance/sales', 'post')), 'idempotency-key')
  t.equal((await api.get('/api/docs')).status, 200)
  const start = await api.app.inject('/')
  t.match(start, { statusCode: 302, headers: { location: '/api/docs' } })
})

import t from 'tap'
import { type ApiAnswer, operator, testApi } from '#test/support/api.ts'
import { pick } from '#test/support/server.ts'

const api = await testApi(t)
const sent = { name: 'Ahmed', phone: '+966501234567' }

async function events(): Promise<number> {
  let count = 0
  for await (const page of api.daybook.log.readAll()) count += page.length
  return count
}

const code = (answer: ApiAnswer): string => `${answer.status} ${pick(answer, 'code')}`

t.test('the same key and body answer as the first time', async (t) => {
  const first = await api.post('/api/crm/customers', sent, { key: 'c-1' })
  const stored = await events()
  const again = await api.call('POST', '/api/crm/customers', { body: sent, key: 'c-1' })
  t.equal(again.status, 201)
  t.equal(again.headers['idempotency-replayed'], 'true')
  t.equal(again.headers['daybook-position'], first.headers['daybook-position'])
  t.equal(again.headers['etag'], first.headers['etag'])
  t.match(again.body, { data: { id: pick(first, 'data', 'id') }, meta: { replayed: true } })
  t.equal(await events(), stored)
})

t.test('a repeat answers as the first time even when the thing has changed since', async (t) => {
  const first = await api.post('/api/crm/customers', { name: 'Badr' }, { key: 'c-2' })
  const id = pick(first, 'data', 'id')
  await api.call('PATCH', `/api/crm/customers/${id}`, { body: { name: 'Bader' } })
  const again = await api.post('/api/crm/customers', { name: 'Badr' }, { key: 'c-2' })
  t.match(again.body, { data: { id, name: 'Badr' } })
})

t.test('another body under the same key is refused', async (t) => {
  await api.post('/api/crm/customers', sent, { key: 'c-3' })
  const other = { body: { ...sent, name: 'Other' }, key: 'c-3' }
  t.equal(code(await api.call('POST', '/api/crm/customers', other)), '422 IDEMPOTENCY_KEY_REUSED')
})

t.test('a key belongs to its caller and its address', async (t) => {
  const mine = await api.post('/api/crm/customers', sent, { key: 'c-4' })
  const theirs = await api.post('/api/crm/customers', sent, { key: 'c-4', caller: operator })
  t.not(pick(mine, 'data', 'id'), pick(theirs, 'data', 'id'))
  const elsewhere = { customerId: pick(mine, 'data', 'id'), saleAmount: 1 }
  t.equal((await api.post('/api/finance/sales', elsewhere, { key: 'c-4' })).status, 201)
})

t.test('a refused command is decided anew under its key', async (t) => {
  const refused = { customerId: 'nobody', saleAmount: 1 }
  const asked = { body: refused, key: 's-1' }
  t.equal(code(await api.call('POST', '/api/finance/sales', asked)), '404 CUSTOMER_UNKNOWN')
  t.equal(code(await api.call('POST', '/api/finance/sales', asked)), '404 CUSTOMER_UNKNOWN')
})

t.test('many repeats at once leave one sale', async (t) => {
  const customerId = pick(await api.post('/api/crm/customers', sent), 'data', 'id')
  const body = { customerId, saleAmount: 10, paymentMethod: 'cash' }
  const answers = await Promise.all(
    Array.from({ length: 12 }, () => api.call('POST', '/api/finance/sales', { body, key: 's-2' })),
  )
  const statuses = new Set(answers.map(({ status }) => status))
  t.same(statuses, new Set([201, 409]))
  const ids = answers.filter(({ status }) => status === 201).map((a) => pick(a, 'data', 'id'))
  t.equal(new Set(ids).size, 1)
  await api.caughtUp()
  const list = await api.get(`/api/finance/sales?customerId=${customerId}`)
  t.equal((list.body as { data: unknown[] }).data.length, 1)
})

t.test('a document of a source is one document, whoever brings it', async (t) => {
  const customerId = pick(await api.post('/api/crm/customers', sent), 'data', 'id')
  const body = { customerId, saleAmount: 10, source: { system: 'till', number: '7' } }
  const first = await api.post('/api/finance/sales', body)
  const again = await api.post('/api/finance/sales', body, { caller: operator })
  t.equal(pick(again, 'data', 'id'), pick(first, 'data', 'id'))
  t.equal(again.headers['idempotency-replayed'], 'true')
  const other = await api.call('POST', '/api/finance/sales', { body: { ...body, saleAmount: 11 } })
  t.equal(code(other), '409 DOCUMENT_DIFFERS')
})

t.test('If-Match refuses to change what somebody else has changed', async (t) => {
  const created = await api.post('/api/crm/customers', sent)
  const path = `/api/crm/customers/${pick(created, 'data', 'id')}`
  const change = (note: string, etag: string) =>
    api.call('PATCH', path, { body: { note }, headers: { 'if-match': etag } })
  const changed = await change('first', created.headers['etag'] ?? '')
  t.equal(changed.status, 200)
  t.match(changed.body, { data: { changed: { note: 'first' } } })
  t.equal(code(await change('second', created.headers['etag'] ?? '')), '412 REVISION_MISMATCH')
  t.equal((await change('second', changed.headers['etag'] ?? '')).status, 200)
  t.equal((await change('third', '*')).status, 200)
})

t.test('a change that changes nothing says so', async (t) => {
  const id = pick(await api.post('/api/crm/customers', sent), 'data', 'id')
  const status = { body: { status: 'lead' } }
  const answer = await api.call('PUT', `/api/crm/customers/${id}/status`, status)
  t.match(answer.body, { data: { id, changed: {} } })
  t.notOk(answer.headers['daybook-position'])
})

t.test('min_position waits for what was written, and says when it waited in vain', async (t) => {
  const created = await api.post('/api/crm/customers', { name: 'Zaid' })
  const position = created.headers['daybook-position'] ?? ''
  const path = `/api/crm/customers/${pick(created, 'data', 'id')}`
  const found = await api.get(`${path}?min_position=${position}`)
  t.match(found.body, { data: { name: 'Zaid' }, meta: { stale: false } })
})

import t from 'tap'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { dig, pick, stranger } from '#test/support/server.ts'

/** What belongs to another organisation does not exist: the same 404 as for ids that nobody has. */

const api = await testApi(t)
const customer = await api.post('/api/crm/customers', { name: 'Ahmed', number: 'C-1' })
const customerId = pick(customer, 'data', 'id')
const sale = await api.post('/api/finance/sales', {
  customerId,
  saleAmount: 100,
  paymentMethod: 'cash',
})
const saleId = pick(sale, 'data', 'id')
const note = await api.post('/api/finance/credit-notes', { customerId, amount: 5 })
const debt = await api.post('/api/finance/bad-debts', { amount: 5 })
await api.caughtUp()
const event = await api.get('/api/events?limit=1')

const withoutId = (answer: ApiAnswer, id: string): string =>
  JSON.stringify(answer.body).replaceAll(id, 'ID').replaceAll(pick(answer, 'requestId'), 'REQUEST')

t.test('reads of another organisation find nothing, as if nobody had the id', async (t) => {
  const paths: readonly (readonly [before: string, id: string, after?: string])[] = [
    ['/api/crm/customers/', customerId],
    ['/api/finance/sales/', saleId],
    ['/api/finance/credit-notes/', pick(note, 'data', 'id')],
    ['/api/finance/bad-debts/', pick(debt, 'data', 'id')],
    ['/api/finance/customer-credits/', customerId],
    ['/api/events/', pick(event, 'data', 0, 'id')],
    ['/api/streams/', `customer-main.${customerId}`],
  ]
  for (const [path, id] of paths) {
    t.equal((await api.get(path + id)).status, 200, path)
    const strange = await api.get(path + id, { caller: stranger })
    const unknown = await api.get(`${path}0000`, { caller: stranger })
    t.equal(strange.status, 404, path)
    t.equal(withoutId(strange, id), withoutId(unknown, '0000'), path)
  }
})

t.test('commands on what belongs to another organisation find nothing', async (t) => {
  const commands: readonly (readonly [path: string, body: object])[] = [
    ['/api/finance/sales', { customerId, saleAmount: 1 }],
    [`/api/finance/sales/${saleId}/payments`, { method: 'cash', amount: 1 }],
    [`/api/finance/sales/${saleId}/cancellation`, {}],
    [`/api/finance/sales/${saleId}/credit-allocations`, {}],
    ['/api/finance/credit-notes', { saleId, amount: 1 }],
    ['/api/finance/credit-notes', { customerId, amount: 1 }],
    ['/api/finance/bad-debts', { saleId }],
    [`/api/finance/bad-debts/${pick(debt, 'data', 'id')}/recoveries`, { method: 'cash' }],
    [`/api/finance/customer-credits/${customerId}/refunds`, { amount: 1, method: 'cash' }],
  ]
  for (const [path, body] of commands) {
    const answer = await api.call('POST', path, { body, caller: stranger })
    t.equal(answer.status, 404, `${path} ${JSON.stringify(answer.body)}`)
  }
  const patch = { body: { name: 'Mine' }, caller: stranger }
  t.equal((await api.call('PATCH', `/api/crm/customers/${customerId}`, patch)).status, 404)
})

t.test('lists and figures hold nothing of others', async (t) => {
  const empty = async (path: string, ...into: string[]) => {
    const answer = await api.get(path, { caller: stranger })
    t.same(dig(answer, 'data', ...into), [], path)
  }
  await empty('/api/crm/customers')
  await empty('/api/finance/sales')
  await empty('/api/finance/credit-notes')
  await empty('/api/finance/bad-debts')
  await empty('/api/ledger/entries')
  await empty('/api/ledger/accounts/1100/register')
  await empty('/api/ledger/accounts/1100/balances')
  await empty('/api/events')
  await empty('/api/finance/stats', 'totals')
  await empty('/api/ledger/trial-balance', 'accounts')
})

t.test('numbers of customers are unique within an organisation only', async (t) => {
  const taken = await api.call('POST', '/api/crm/customers', { body: { name: 'B', number: 'C-1' } })
  t.equal(pick(taken, 'code'), 'CUSTOMER_NUMBER_TAKEN')
  const theirs = { name: 'B', number: 'C-1' }
  t.equal((await api.post('/api/crm/customers', theirs, { caller: stranger })).status, 201)
})

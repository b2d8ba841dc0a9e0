import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { dig } from '#test/support/server.ts'

/** What whoever opens /api/docs, or makes a client of it, relies on. */

interface Operation {
  readonly operationId?: string
  readonly requestBody?: {
    readonly content: Readonly<
      Record<string, { readonly examples?: { readonly example: { readonly value: object } } }>
    >
  }
}

const api = await testApi(t)
const document = await api.get('/api/docs/json')
const paths = dig(document, 'paths') as Record<string, Record<string, Operation>>
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
)

t.test('each operation has an id of its own, made of its address', async (t) => {
  const ids = operations.map(({ operation }) => operation.operationId ?? '')
  t.ok(ids.length > 100)
  t.equal(new Set(ids).size, ids.length)
  for (const id of ids) t.match(id, /^(?:get|post|put|patch|delete)[A-Z][A-Za-z0-9]+$/)
  t.equal(paths['/api/finance/sales/{id}']?.['get']?.operationId, 'getFinanceSalesById')
  t.equal(
    paths['/api/crm/customers/{id}/status']?.['put']?.operationId,
    'putCrmCustomersByIdStatus',
  )
})

t.test('it says first how to get a token', async (t) => {
  t.match(dig(document, 'info', 'description'), /POST \/api\/auth\/login/)
})

t.test('the examples of writes are accepted as they stand there', async (t) => {
  const exampleOf = (path: string): object => {
    const found =
      paths[path]?.['post']?.requestBody?.content['application/json']?.examples?.example.value
    if (found === undefined) throw new Error(`${path} shows no example`)
    return found
  }
  const send = async (path: string, id = '', more: object = {}): Promise<string> => {
    const body = { ...exampleOf(path), ...more }
    const answer = await api.call('POST', path.replace('{id}', id), { body })
    t.equal(answer.status, 201, `${path} ${JSON.stringify(answer.body)}`)
    return String(answer.headers['location']).split('/').at(-1) ?? ''
  }
  await send('/api/finance/sales')
  const customerId = await send('/api/crm/customers')
  const sale = await send('/api/finance/sales', '', { customerId, paymentMethod: undefined })
  await send('/api/finance/sales/{id}/payments', sale)
  const wallet = await send('/api/wallets', '', { customerId })
  await send('/api/wallets/{id}/topups', wallet)
  await send('/api/wallets/{id}/debits', wallet)
  t.match(exampleOf('/api/auth/login'), { email: /@/ })
})

import t from 'tap'
import { operator, testApi } from '#test/support/api.ts'
import { pick } from '#test/support/server.ts'

const api = await testApi(t)
const path = '/api/privacy/links'
const register = async (name: string) =>
  pick(await api.post('/api/crm/customers', { name }), 'data', 'id')
const [anna, again, bert] = [await register('Anna'), await register('Anna A.'), await register('B')]
const link = (customerIds: readonly string[], more: object = {}) =>
  api.call('POST', path, { body: { customerIds, reason: 'said_by_person' }, ...more })

t.test('customers who are one person are linked, shown, and unlinked', async (t) => {
  const made = await link([anna, again], { key: 'one' })
  const id = pick(made, 'data', 'id')
  t.match(made, {
    status: 201,
    headers: { location: `${path}/${id}` },
    body: { data: { id, customerIds: [anna, again], reason: 'said_by_person' } },
  })
  const repeated = await link([anna, again], { key: 'one' })
  t.match(repeated, { status: 201, body: { data: { id }, meta: { replayed: true } } })
  const second = pick(await link([again, bert]), 'data', 'id')
  await api.caughtUp()
  const shown = { id, customerIds: [anna, again].toSorted(), reason: 'said_by_person' }
  t.match(await api.get(`${path}/${id}`), { status: 200, body: { data: shown } })
  t.match(await api.get(`${path}?customerId=${anna}`), { body: { data: [shown] } })
  const first = await api.get(`${path}?limit=1`)
  t.match(first, { body: { data: [{ id: second }] } })
  const next = pick(first, 'meta', 'nextCursor')
  t.match(await api.get(`${path}?limit=1&cursor=${next}`), {
    body: { data: [shown], meta: { nextCursor: null } },
  })

  const body = { reason: 'linked_by_mistake' }
  t.match(await api.call('DELETE', `${path}/${id}`, { body }), {
    status: 200,
    body: { data: { id, ...body } },
  })
  await api.caughtUp()
  t.match(await api.get(`${path}/${id}`), { status: 404, body: { code: 'LINK_UNKNOWN' } })
  t.match(await api.get(`${path}?customerId=${anna}`), { body: { data: [] } })
  t.match(await api.get(`${path}/${second}`), { status: 200 }, 'the other link stays')
})

t.test('a link needs two customers whom the organisation knows, and the owner', async (t) => {
  t.match(await link([anna, anna]), {
    status: 422,
    body: { code: 'LINK_OF_ONE', errors: [{ pointer: '/customerIds' }] },
  })
  t.match(await link([anna]), { status: 400, body: { errors: [{ code: 'LIST_TOO_SHORT' }] } })
  const tooMany = Array.from({ length: 21 }, (_, index) => `c-${index}`)
  t.match(await link(tooMany), { status: 400, body: { errors: [{ code: 'LIST_TOO_LONG' }] } })
  t.match(await link([anna, 'nobody']), {
    status: 404,
    body: { code: 'CUSTOMER_UNKNOWN', errors: [{ in: 'body', pointer: '/customerIds/1' }] },
  })
  const said = { customerIds: [anna, bert], reason: 'Anna said so' }
  t.equal(
    (await api.call('POST', path, { body: said })).status,
    400,
    'what people write could be about the person',
  )
  t.match(await link([anna, bert], { caller: operator }), { status: 403 })
  const body = { reason: 'asked_by_person' }
  t.match(await api.call('DELETE', `${path}/nothing`, { body }), {
    status: 404,
    body: { code: 'LINK_UNKNOWN' },
  })
})

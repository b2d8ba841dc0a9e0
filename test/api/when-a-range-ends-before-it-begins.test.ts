import t from 'tap'
import { z } from 'zod'
import { type DeclaredRoute, declaredRoutes } from '#api/declared-routes.ts'
import { testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

const api = await testApi(t)

/** What an address cannot do without, beside its range. */
const needed = { currency: 'USD', user: 'ann', seed: '7', size: '5' }
const ranges = [
  ['from', 'to'],
  ['occurred_from', 'occurred_to'],
] as const
const times = [
  ['2026-12-01', '2026-01-01'],
  ['2026-12-01T00:00:00Z', '2026-01-01T00:00:00Z'],
] as const

type Shape = Readonly<Record<string, z.ZodType | undefined>>

const shapeOf = (schema: unknown): Shape => (schema instanceof z.ZodObject ? schema.shape : {})

/** Every way in which the route can be asked for a time that ends before it begins. */
function backwards({ method, url, schema }: DeclaredRoute): readonly (readonly [string, string])[] {
  if (method !== 'GET') return []
  const shape = shapeOf(schema.querystring)
  const params = shapeOf(schema.params)
  const path = url.replaceAll(/:(\w+)/g, (_, name: string) => {
    const part = params[name]
    return part instanceof z.ZodEnum ? String(part.options[0]) : '1'
  })
  const others = Object.entries(needed).filter(([name]) => name in shape)
  return ranges.flatMap(([first, last]) => {
    const time = times.find(([from]) => shape[first]?.safeParse(from).success === true)
    if (time === undefined) return []
    const query = new URLSearchParams([...others, [first, time[0]], [last, time[1]]])
    return [[`${path}?${query.toString()}`, `/${first}`] as const]
  })
}

t.test('whatever is asked for a time that ends before it begins refuses', async (t) => {
  const asked = declaredRoutes(api.app).flatMap(backwards)
  t.ok(asked.length > 10, `${asked.length} ways to ask`)
  for (const [path, pointer] of asked) {
    const refused = await api.get(path, { headers: { 'x-reason': 'to try' } })
    t.match(refused, { status: 400, body: { code: 'RANGE_INVALID' } }, path)
    t.equal(dig(refused, 'errors', 0, 'pointer'), pointer, path)
  }
})

t.test('one day is a range, and so is a time that has no end', async (t) => {
  const customerId = pick(await api.post('/api/crm/customers', { name: 'Thandi' }), 'data', 'id')
  const wallet = pick(await api.post('/api/wallets', { customerId }), 'data', 'id')
  const statement = `/api/wallets/${wallet}/statement`
  await api.caughtUp()
  for (const query of ['from=2026-01-01&to=2026-01-01', 'from=2999-01-01', 'to=2020-01-01']) {
    t.match(await api.get(`${statement}?${query}`), { status: 200 }, query)
  }
  const unknown = await api.get('/api/nothing?from=2026-12-01&to=2026-01-01')
  t.match(unknown, { status: 404, body: { code: 'ROUTE_UNKNOWN' } })
})

import t from 'tap'
import { testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

const api = await testApi(t)
const customerId = pick(await api.post('/api/crm/customers', { name: 'Ahmed' }), 'data', 'id')
const opened = await api.post('/api/wallets', { customerId, currency: 'SAR' })
const wallet = `/api/wallets/${pick(opened, 'data', 'id')}`
const customer = `/api/crm/customers/${customerId}`
const tiers = '/api/finance/commission-tiers'
for (const [tier, rate] of [
  ['gold', '3'],
  ['silver', '2'],
]) {
  await api.call('PUT', `${tiers}/${tier}`, { body: { name: tier, rate } })
}
const gold = { tier: 'gold' }
const silver = { tier: 'silver' }
await api.call('PUT', `${tiers}/default`, { body: gold })
await api.call('PUT', `${tiers}/assignments/ann`, { body: gold })

type Asked = readonly [method: 'PUT' | 'PATCH' | 'POST' | 'DELETE', path: string, body?: object]

interface Case {
  /** It is so already. */
  readonly nothing: Asked
  readonly change: Asked
  /** Where what the change made of it is shown. */
  readonly shown: readonly [path: string, ...field: string[]]
  readonly as: unknown
}

const cases: readonly Case[] = [
  {
    nothing: ['PUT', `${wallet}/credit-limit`, { creditLimit: '0' }],
    change: ['PUT', `${wallet}/credit-limit`, { creditLimit: '5' }],
    shown: [wallet, 'data', 'creditLimit', 'amount'],
    as: '5.00',
  },
  {
    nothing: ['POST', `${wallet}/resume`, {}],
    change: ['POST', `${wallet}/suspend`, {}],
    shown: [wallet, 'data', 'suspended'],
    as: 'asked',
  },
  {
    nothing: ['POST', `${wallet}/suspend`, {}],
    change: ['POST', `${wallet}/resume`, {}],
    shown: [wallet, 'data', 'suspended'],
    as: null,
  },
  {
    nothing: ['PUT', `${customer}/status`, { status: 'lead' }],
    change: ['PUT', `${customer}/status`, { status: 'active' }],
    shown: [customer, 'data', 'status'],
    as: 'active',
  },
  {
    nothing: ['PATCH', customer, { country: null }],
    change: ['PATCH', customer, { country: 'Kuwait' }],
    shown: [customer, 'data', 'country'],
    as: 'Kuwait',
  },
  {
    nothing: ['PATCH', '/api/settings', { paymentTermsDays: 30 }],
    change: ['PATCH', '/api/settings', { paymentTermsDays: 14 }],
    shown: ['/api/settings', 'data', 'paymentTermsDays'],
    as: 14,
  },
  {
    nothing: ['PUT', `${tiers}/default`, gold],
    change: ['PUT', `${tiers}/default`, silver],
    shown: [tiers, 'data', 'defaultTier'],
    as: 'silver',
  },
  {
    nothing: ['PUT', `${tiers}/assignments/ann`, gold],
    change: ['PUT', `${tiers}/assignments/ann`, silver],
    shown: [tiers, 'data', 'assignments'],
    as: [{ agent: 'ann', tier: 'silver' }],
  },
  {
    nothing: ['DELETE', `${tiers}/assignments/bob`],
    change: ['PUT', `${tiers}/assignments/bob`, gold],
    shown: [tiers, 'data', 'assignments'],
    as: [
      { agent: 'ann', tier: 'silver' },
      { agent: 'bob', tier: 'gold' },
    ],
  },
  {
    nothing: ['PUT', `${tiers}/gold`, { name: 'gold', rate: '3' }],
    change: ['PUT', `${tiers}/gold`, { name: 'gold', rate: '4' }],
    shown: [tiers, 'data', 'tiers', '0', 'rate'],
    as: '4',
  },
  {
    nothing: ['DELETE', `${tiers}/bronze`],
    change: ['PUT', `${tiers}/bronze`, { name: 'bronze', rate: '1' }],
    shown: [tiers, 'data', 'tiers', '2', 'tier'],
    as: 'bronze',
  },
]

const send = ([method, path, body]: Asked, key: string) => api.call(method, path, { body, key })

for (const [at, { nothing, change, shown, as }] of cases.entries()) {
  const [method, path] = nothing
  t.test(`${method} ${path} that changed nothing, again after a change, leaves it`, async (t) => {
    const first = await send(nothing, `nothing-${at}`)
    t.match(first, { status: 200, body: { meta: { replayed: false } } })
    t.notOk(first.headers['daybook-position'], 'it changed nothing')
    t.match(await send(change, `change-${at}`), {
      status: 200,
      body: { meta: { replayed: false } },
    })
    const again = await send(nothing, `nothing-${at}`)
    t.match(again, { status: 200, body: { meta: { replayed: true } } })
    t.same(again.headers['etag'], first.headers['etag'])
    await api.caughtUp()
    const [where, ...field] = shown
    t.same(dig(await api.get(where), ...field), as, 'what was changed since stays')
    const other = await send(nothing, `other-${at}`)
    t.match(other, { status: 200, body: { meta: { replayed: false } } }, 'another key changes it')
    t.ok(other.headers['daybook-position'])
    t.match(await send(change, `back-${at}`), { status: 200 })
  })
}

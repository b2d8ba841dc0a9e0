import t from 'tap'
import { readErasures } from '#adapters/keys/erasure-list.ts'
import { whenFree } from '#test/projections/engine/support/running-engine.ts'
import { type ApiAnswer, operator, testApi } from '#test/support/api.ts'
import { dig, eventually, pick } from '#test/support/server.ts'

const api = await testApi(t)
await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
const customers = '/api/crm/customers'
const register = async (more: object = {}) =>
  pick(await api.post(customers, { name: 'Perpetua Quillfeather', ...more }), 'data', 'id')
const body = { reason: 'asked_by_person' }
const remove = (id: string, more: object = {}) =>
  api.call('DELETE', `${customers}/${id}`, { body, ...more })
const figures = [
  '/api/ledger/trial-balance',
  '/api/finance/stats',
  '/api/analytics/snapshots?to=2099-12-31',
]
const look = async () => Promise.all(figures.map(async (path) => dig(await api.get(path), 'data')))

t.test('a customer with sales is refused, in the language of whoever asks', async (t) => {
  const id = await register()
  const sold = await api.post('/api/finance/sales', { customerId: id, saleAmount: 10 })
  const told = {
    en: 'A customer with recorded sales cannot be deleted',
    ar: 'لا يمكن حذف عميل لديه مبيعات مسجلة',
    fa: 'مشتری‌ای که فروش ثبت‌شده دارد قابل حذف نیست',
  }
  for (const [language, detail] of Object.entries(told)) {
    const answer = await remove(id, { headers: { 'accept-language': language } })
    t.match(answer, { status: 409, body: { code: 'CUSTOMER_HAS_SALES', detail } })
    t.equal(answer.headers['content-language'], language)
  }
  await api.post(`/api/finance/sales/${pick(sold, 'data', 'id')}/cancellation`, {})
  t.match(await remove(id), { status: 409 }, 'a sale that is cancelled stays in the books')
  await api.caughtUp()
  t.equal((await api.get(`${customers}/${id}`)).status, 200)
})

t.test('a customer with a wallet or a credit note is refused', async (t) => {
  const [first, second] = [await register(), await register()]
  await api.post('/api/wallets', { customerId: first })
  await api.post('/api/finance/credit-notes', { customerId: second, amount: '5.00' })
  for (const id of [first, second]) {
    t.match(await remove(id), { status: 409, body: { code: 'CUSTOMER_HAS_DOCUMENTS' } })
  }
})

t.test('a deletion needs a reason of ours, and the owner', async (t) => {
  const id = await register()
  for (const wrong of [undefined, {}, { reason: 'Perpetua asked' }, { ...body, note: 'x' }]) {
    t.equal((await remove(id, { body: wrong })).status, 400)
  }
  t.match(await remove(id, { caller: operator }), { status: 403, body: { code: 'FORBIDDEN' } })
  t.match(await remove('nobody'), { status: 404, body: { code: 'CUSTOMER_UNKNOWN' } })
  await api.caughtUp()
  t.equal((await api.get(`${customers}/${id}`)).status, 200)
})

t.test('who is deleted is as unknown as who never was', async (t) => {
  const person = { number: 'K-1', phone: '+44 7700 900461', email: 'pq@vane-example.org' }
  const id = await register(person)
  await api.call('PATCH', `${customers}/${id}`, { body: { note: 'Rings twice', country: 'Oman' } })
  await api.caughtUp()
  const ordinal = Number(pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal'))
  const before = await look()
  const answer = await remove(id, { key: 'delete' })
  t.match(answer, { status: 200, body: { data: { id, ...body }, meta: { replayed: false } } })
  t.match(await remove(id, { key: 'delete' }), { body: { meta: { replayed: true } } })
  t.match(await remove(id), { status: 404 })
  const listed = await Array.fromAsync(readErasures(api.daybook.config.erasuresFile))
  t.ok(
    listed.some(({ subject }) => subject === `main/${id}`),
    'a restore will erase them again',
  )
  await api.caughtUp()

  const shape = ({ status, body: told }: ApiAnswer, it: string) => {
    const { requestId: _, ...rest } = told as { requestId: string }
    return { status, told: JSON.stringify(rest).replaceAll(it, 'it') }
  }
  t.strictSame(
    shape(await api.get(`${customers}/${id}`), id),
    shape(await api.get(`${customers}/never`), 'never'),
  )
  t.match((await api.get(`${customers}?search=K-1`)).body, { data: [] })
  t.strictSame(await look(), before, 'figures stay')
  const change = await api.call('PATCH', `${customers}/${id}`, { body: { name: 'Ann' } })
  t.match(change, { status: 404, body: { code: 'CUSTOMER_UNKNOWN' } })

  const past = await api.get(`${customers}/${id}?known_at=${ordinal}`)
  t.match(past, { status: 200, body: { data: { id, name: 'erased', phone: null } } })
  const now = await api.get(`${customers}/${id}?known_at=${ordinal + 1}`)
  t.match(now, { status: 404, body: { code: 'CUSTOMER_UNKNOWN' } })
  const history = await api.get(`/api/streams/customer-main.${id}/history`)
  t.match(history.body, {
    data: [
      { event: { type: 'CustomerRegistered', data: { name: 'erased', email: 'erased' } } },
      { event: { type: 'CustomerDetailsChanged', data: { note: 'erased' } } },
      { event: { type: 'CustomerDeleted', data: { reason: 'asked_by_person' } } },
    ],
  })
  t.notMatch(JSON.stringify(history.body), /Perpetua|7700 ?900461|vane-example|Rings/)
  t.match(await api.call('POST', customers, { body: { name: 'Ann', number: 'K-1' } }), {
    status: 201,
  })
})

t.test('whom an auditor looked for stands in the record of looks by id alone', async (t) => {
  const id = await register()
  const asked = `from=2026-01-01T00:00:00Z&customer=`
  for (const who of ['Quillfeather', '+447700900461', id]) {
    t.equal((await api.get(`/api/events?${asked}${encodeURIComponent(who)}`)).status, 200)
  }
  interface Look {
    readonly route: string
    readonly asked: { readonly customer?: string }
  }
  let looks: readonly Look[] = []
  await eventually('the looks are on record', async () => {
    const all = dig(await api.get('/api/accesses?limit=50'), 'data') as readonly Look[]
    looks = all.filter((look) => look.asked.customer !== undefined)
    return looks.length === 3
  })
  const shown = looks.map((look) => look.asked.customer).filter((who) => who !== '…')
  t.same(shown, [id])
  t.match(looks[0]?.asked, { from: '2026-01-01T00:00:00.000Z' }, 'what is no person is told')
})

t.test('tables are what a rebuild makes of the log', async (t) => {
  await api.caughtUp()
  for (const { name } of await api.daybook.engine.status()) {
    t.match(await whenFree(() => api.daybook.engine.verify(name)), { equal: true }, name)
  }
})

t.test('a bulk deletes in its turn, and the number is free for what follows', async (t) => {
  const id = await register({ number: 'K-2' })
  const path = `${customers}/${id}`
  const commands = [
    { method: 'PATCH', path, idempotencyKey: 'b-1', body: { country: 'Oman' } },
    { method: 'DELETE', path, idempotencyKey: 'b-2', body },
    {
      method: 'POST',
      path: customers,
      idempotencyKey: 'b-3',
      body: { name: 'Ann', number: 'K-2' },
    },
    { method: 'PATCH', path, idempotencyKey: 'b-4', body: { country: 'Iraq' } },
  ]
  const answer = await api.post('/api/bulk', { commands })
  const outcomes = dig(answer, 'data') as readonly { readonly status: number }[]
  t.same(
    outcomes.map(({ status }) => status),
    [200, 200, 201, 404],
    JSON.stringify(answer.body),
  )
})

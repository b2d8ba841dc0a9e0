import t from 'tap'
import { auditor, operator, testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'
import { alone, outcomesOf, post, send, verdictOf } from './a-bulk.ts'

const api = await testApi(t)
const customerId = pick(await api.post('/api/crm/customers', { name: 'Thandi' }), 'data', 'id')

let keys = 0
const key = () => `k-${++keys}`

/** A wallet with so much in it; answers its path. */
async function wallet(amount: string): Promise<string> {
  const opened = await api.post('/api/wallets', { customerId })
  const path = `/api/wallets/${pick(opened, 'data', 'id')}`
  await api.post(`${path}/topups`, { amount, method: 'card' })
  return path
}

async function events(): Promise<number> {
  let count = 0
  for await (const page of api.daybook.log.readAll()) count += page.length
  return count
}

t.test('each command has its own outcome, in the order of the request', async (t) => {
  const [mine, other] = [await wallet('100.00'), await wallet('5.00')]
  const answer = await send(api, [
    post(`${mine}/debits`, key(), { amount: 40 }),
    post(`${other}/debits`, key(), { amount: 6 }),
    post(`${mine}/debits`, key(), { amount: 70 }),
    post(`${mine}/topups`, key(), { amount: 20, method: 'cash' }),
    post(`${mine}/debits`, key(), { amount: 70 }),
    post('/api/crm/customers', key(), { name: 'Sipho' }),
  ])
  t.equal(answer.status, 200)
  t.same(outcomesOf(answer).map(verdictOf), [
    '201',
    '422 WALLET_FUNDS_NOT_ENOUGH',
    '422 WALLET_FUNDS_NOT_ENOUGH',
    '201',
    '201',
    '201',
  ])
  t.match(answer.body, {
    success: true,
    meta: { commands: 6, accepted: 4, replayed: 0, refused: 2, unknown: 0 },
  })
  const [first, , , , last] = outcomesOf(answer)
  t.match(first, {
    headers: { etag: '"2"', location: mine },
    body: { success: true, data: { movement: '3', kind: 'debit' }, meta: { replayed: false } },
  })
  t.match(last?.body, { data: { movement: '5' } })
  t.match(outcomesOf(answer)[2]?.body, {
    instance: `${mine}/debits`,
    requestId: answer.headers['x-request-id'],
    errors: [{ in: 'body', pointer: '/amount' }],
  })
  const position = answer.headers['daybook-position']
  const read = await api.get(`${mine}?min_position=${position}`)
  t.match(read.body, { data: { balance: { amount: '10.00' } } }, 'a read can wait for all of it')
})

t.test('sent again, by itself or in bulk, a command answers as the first time', async (t) => {
  const path = await wallet('100.00')
  const items = [
    post(`${path}/debits`, key(), { amount: 1 }),
    post(`${path}/debits`, key(), { amount: 2 }),
  ]
  const first = outcomesOf(await send(api, items))
  const stored = await events()
  const again = await send(api, items)
  t.match(again.body, { meta: { accepted: 2, replayed: 2, refused: 0 } })
  const byItself = await Promise.all(items.map((item) => alone(api, item)))
  t.same(outcomesOf(again), byItself)
  t.same(
    byItself.map(({ body }) => body['data']),
    first.map(({ body }) => body['data']),
  )
  t.equal(await events(), stored)
})

t.test(
  'the same key twice in a bulk is one command; with another body it is refused',
  async (t) => {
    const path = await wallet('100.00')
    const debit = post(`${path}/debits`, key(), { amount: 10 })
    const answer = await send(api, [
      debit,
      debit,
      { ...debit, body: { amount: 11 } },
      post(`${path}/topups`, debit.idempotencyKey, { amount: 1, method: 'cash' }),
      debit,
    ])
    const outcomes = outcomesOf(answer)
    t.same(outcomes.map(verdictOf), ['201', '201', '422 IDEMPOTENCY_KEY_REUSED', '201', '201'])
    t.same(
      outcomes.map(({ headers }) => headers['idempotency-replayed']),
      [undefined, 'true', undefined, undefined, 'true'],
    )
    await api.caughtUp()
    t.match((await api.get(path)).body, { data: { balance: { amount: '91.00' } } })
  },
)

t.test('what names an earlier movement of the same bulk finds it', async (t) => {
  const path = await wallet('100.00')
  const outcomes = outcomesOf(
    await send(api, [
      post(`${path}/debits`, key(), { amount: 40 }),
      post(`${path}/refunds`, key(), { debit: '3' }),
      post(`${path}/holds`, key(), { amount: 30 }),
      post(`${path}/holds/5/captures`, key(), {}),
      post(`${path}/refunds`, key(), { debit: '6', amount: 1 }),
    ]),
  )
  t.same(outcomes.map(verdictOf), ['201', '201', '201', '201', '201'])
  t.same(
    outcomes.map(({ headers }) => headers['etag']),
    ['"2"', '"3"', '"4"', '"5"', '"6"'],
  )
})

t.test('settings that change in between hold for what follows', async (t) => {
  const sale = () => post('/api/finance/sales', key(), { saleAmount: 1, paymentMethod: 'cash' })
  const settings = (baseCurrency: string) =>
    ({
      method: 'PATCH',
      path: '/api/settings',
      idempotencyKey: key(),
      body: { baseCurrency },
    }) as const
  const outcomes = outcomesOf(
    await send(api, [sale(), settings('SAR'), sale(), sale(), settings('USD'), sale()]),
  )
  const currencies = outcomes.map(({ body }) => dig({ status: 0, body }, 'data'))
  t.match(currencies, [
    { saleAmount: { currency: 'USD' } },
    { changed: { baseCurrency: 'SAR' } },
    { saleAmount: { currency: 'SAR' } },
    { saleAmount: { currency: 'SAR' } },
    { changed: { baseCurrency: 'USD' } },
    { saleAmount: { currency: 'USD' } },
  ])
})

t.test('If-Match is honoured at the place where the command stands', async (t) => {
  const path = await wallet('100.00')
  const debit = (ifMatch: string) => ({ ...post(`${path}/debits`, key(), { amount: 1 }), ifMatch })
  const outcomes = outcomesOf(
    await send(api, [debit('"1"'), debit('"1"'), debit('"2"'), debit('three')]),
  )
  t.same(outcomes.map(verdictOf), ['201', '412 REVISION_MISMATCH', '201', '400 IF_MATCH_INVALID'])
})

t.test('commands on one wallet leave in groups', async (t) => {
  const path = await wallet('1000.00')
  const { log } = api.daybook
  const append = log.append.bind(log)
  let appends = 0
  Object.assign(log, {
    append: (...sent: Parameters<typeof append>) => {
      appends += 1
      return append(...sent)
    },
  })
  t.teardown(() => Object.assign(log, { append }))
  // Now and then one that waits for those before it by itself.
  const items = Array.from({ length: 1000 }, (_, i) =>
    i % 150 === 149
      ? post(`${path}/refunds`, key(), { debit: '3', amount: '0.01' })
      : post(`${path}/debits`, key(), { amount: '0.9' }),
  )
  const answer = await send(api, items)
  t.match(answer.body, { meta: { accepted: 1000 } })
  const movements = outcomesOf(answer).map(({ body }) =>
    Number(pick({ status: 0, body }, 'data', 'movement')),
  )
  t.same(
    movements,
    Array.from({ length: 1000 }, (_, i) => i + 3),
    'in order',
  )
  t.ok(appends <= 100, `${appends} appends`)
})

t.test('one that is malformed is refused alone, and says which', async (t) => {
  const path = await wallet('100.00')
  const debit = (more: object) => ({ ...post(`${path}/debits`, key(), { amount: 1 }), ...more })
  const answer = await send(api, [
    debit({}),
    debit({ path: 'api/wallets' }),
    debit({ method: 'GET' }),
    debit({ idempotencyKey: undefined }),
    debit({ idempotencyKey: '' }),
    debit({ also: 1 }),
    'a debit',
    debit({ body: { amount: -1 } }),
    debit({ body: { amount: 1, description: 'a\0b' } }),
    debit({ body: 7 }),
    debit({ path: '/api/wallets/%zz/debits' }),
    debit({}),
  ])
  t.equal(answer.status, 200)
  const outcomes = outcomesOf(answer)
  t.same(outcomes.map(verdictOf), [
    '201',
    '400 REQUEST_INVALID',
    '400 REQUEST_INVALID',
    '400 REQUEST_INVALID',
    '400 IDEMPOTENCY_KEY_INVALID',
    '400 REQUEST_INVALID',
    '400 REQUEST_INVALID',
    '422 AMOUNT_NEGATIVE',
    '400 REQUEST_INVALID',
    '400 REQUEST_INVALID',
    '400 REQUEST_MALFORMED',
    '201',
  ])
  t.match(
    outcomes.map(({ body }) => body['errors']),
    [
      undefined,
      [{ pointer: '/commands/1/path', code: 'FORMAT_WRONG' }],
      [{ pointer: '/commands/2/method', code: 'VALUE_NOT_ALLOWED' }],
      [{ pointer: '/commands/3/idempotencyKey', code: 'FIELD_REQUIRED' }],
      [],
      [{ pointer: '/commands/5/also', code: 'FIELD_UNKNOWN' }],
      [{ pointer: '/commands/6', code: 'TYPE_WRONG' }],
      [{ pointer: '/amount' }],
      [{ pointer: '/description', code: 'TEXT_UNSTORABLE' }],
      [{ pointer: '', code: 'TYPE_WRONG' }],
      [],
      undefined,
    ],
  )
  t.equal(outcomes[1]?.body['instance'], '/api/bulk')
  t.equal(outcomes[8]?.body['instance'], `${path}/debits`)
})

t.test('what is no command has no place in a bulk', async (t) => {
  const paths = [
    '/api/bulk',
    '/api/projections/ledger/rebuild',
    '/api/nowhere',
    '/api/wallets/x/y/z',
  ]
  const answer = await send(
    api,
    paths.map((path) => post(path, key())),
  )
  t.same(outcomesOf(answer).map(verdictOf), [
    '422 COMMAND_EXPECTED',
    '422 COMMAND_EXPECTED',
    '404 ROUTE_UNKNOWN',
    '404 ROUTE_UNKNOWN',
  ])
})

t.test('a bulk that cannot be read as one is refused whole', async (t) => {
  const stored = await events()
  const path = await wallet('10.00')
  const made = (await events()) - stored
  const debits = (count: number) =>
    Array.from({ length: count }, () => post(`${path}/debits`, key(), { amount: '0.01' }))
  const whole = async (body: unknown) => {
    const answer = await api.call('POST', '/api/bulk', { body })
    return { verdict: `${answer.status} ${pick(answer, 'code')}`, errors: dig(answer, 'errors') }
  }
  t.match(await whole({ commands: debits(1001) }), {
    verdict: '400 REQUEST_INVALID',
    errors: [{ pointer: '/commands', code: 'LIST_TOO_LONG' }],
  })
  t.match(await whole({ commands: [] }), { errors: [{ code: 'LIST_TOO_SHORT' }] })
  t.match(await whole({}), { errors: [{ pointer: '/commands', code: 'FIELD_REQUIRED' }] })
  t.match(await whole({ commands: debits(1), atomic: true }), {
    errors: [{ pointer: '/atomic', code: 'FIELD_UNKNOWN' }],
  })
  t.match(await whole(debits(1)), { errors: [{ code: 'TYPE_WRONG' }] })
  t.match(await whole('{"commands": ['), { verdict: '400 BODY_NOT_JSON' })
  const limit = 4 * api.daybook.config.limits.bodyBytes
  const tooLarge = await api.call('POST', '/api/bulk', { body: ' '.repeat(limit + 1) })
  t.match(tooLarge, { status: 413, body: { code: 'BODY_TOO_LARGE' } })
  t.match(pick(tooLarge, 'detail'), String(limit))
  t.equal(await events(), stored + made, 'and changes nothing')
})

t.test('each command needs the permission of its own address', async (t) => {
  const path = await wallet('10.00')
  const items = [
    post(`${path}/debits`, key(), { amount: 1 }),
    {
      method: 'PATCH',
      path: '/api/settings',
      idempotencyKey: key(),
      body: { baseCurrency: 'EUR' },
    },
  ]
  const answer = await send(api, items, { caller: operator })
  t.same(outcomesOf(answer).map(verdictOf), ['201', '403 FORBIDDEN'])
  const whole = await send(api, items, { caller: auditor })
  t.match(whole, { status: 403, body: { code: 'FORBIDDEN' } })
})

t.test('problems are told in the language of whoever asked', async (t) => {
  const answer = await send(api, [post('/api/nowhere', key())], {
    headers: { 'accept-language': 'fa' },
  })
  t.match(outcomesOf(answer)[0]?.body['detail'], /[\u0600-\u06ff]/)
})

t.test('every write can be sent in bulk, and answers as by itself', async (t) => {
  const { body } = await api.get('/api/docs/json')
  const paths = dig({ status: 200, body }, 'paths') as Record<string, Record<string, object>>
  const writes = Object.entries(paths).flatMap(([url, methods]) =>
    Object.keys(methods)
      .map((method) => method.toUpperCase() as 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'GET')
      .flatMap((method) => (method === 'GET' ? [] : [{ method, url }])),
  )
  // What is done with projections, and who signs in, is no command.
  const isCommand = (url: string) => !/^\/api\/(bulk$|projections|auth\/)/.test(url)
  const commands = writes.filter(({ url }) => isCommand(url))
  t.ok(commands.length > 25, `${commands.length} writes`)
  const bodies = [{}, { unheardOf: 1 }, { amount: 1, method: 'cash', debit: '9', topUp: '9' }]
  for (const { method, url } of commands) {
    const path = url.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      name === 'hold' ? '9' : 'nobody',
    )
    for (const sent of bodies) {
      const item = { method, path, idempotencyKey: key(), body: sent } as const
      const [inBulk] = outcomesOf(await send(api, [item]))
      const byItself = await alone(api, { ...item, idempotencyKey: key() })
      t.ok(inBulk !== undefined)
      if (inBulk === undefined) continue
      t.not(verdictOf(inBulk), '422 COMMAND_EXPECTED', `${method} ${url}`)
      t.equal(verdictOf(inBulk), verdictOf(byItself), `${method} ${url}`)
      t.same(inBulk.body['errors'], byItself.body['errors'])
    }
  }
})

import t from 'tap'
import { type ApiAnswer, auditor, operator, type TestApi, testApi } from '#test/support/api.ts'
import { dig, eventually, pick, stranger } from '#test/support/server.ts'

type Entry = Readonly<Record<string, unknown>>

/** What is listed at a path, once there are so many. */
async function listed(
  api: TestApi,
  path: string,
  count: number,
  caller = auditor,
): Promise<readonly Entry[]> {
  let entries: readonly Entry[] = []
  await eventually(`${count} at ${path}`, async () => {
    entries = dig(await api.get(path, { caller }), 'data') as readonly Entry[]
    return entries.length >= count
  })
  return entries
}

t.test('a refused command is on record: who, when, what, and why', async (t) => {
  const api = await testApi(t)
  await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })
  const customer = pick(await api.post('/api/crm/customers', { name: 'Ahmed' }), 'data', 'id')
  const body = { customerId: customer, currency: 'SAR', creditLimit: '0.00' }
  const wallet = pick(await api.post('/api/wallets', body), 'data', 'id')
  const path = `/api/wallets/${wallet}/debits`
  const refused = await api.call('POST', path, {
    body: { amount: '12.50', description: 'ahmed@example.com' },
    key: 'key of ahmed'.replaceAll(' ', '-'),
  })
  t.equal(refused.status, 422, JSON.stringify(refused.body))
  const [entry, ...others] = await listed(api, '/api/refusals', 1)
  t.strictSame(others, [])
  t.match(entry, {
    actor: 'olga',
    role: 'owner',
    caller: 'known',
    method: 'POST',
    route: '/api/wallets/:id/debits',
    status: 422,
    code: 'WALLET_FUNDS_NOT_ENOUGH',
    facts: { currency: 'SAR' },
    count: '1',
    requestId: refused.headers['x-request-id'],
  })
  t.equal(entry?.['at'], entry?.['lastAt'])

  await t.test('it is found by code, actor, route, key, command and time', async (t) => {
    const command = String(entry?.['commandId'])
    const at = String(entry?.['at'])
    const later = new Date(Date.parse(at) + 1).toISOString()
    const right = [
      'code=WALLET_FUNDS_NOT_ENOUGH',
      'actor=olga',
      'route=/api/wallets/:id/debits',
      'key=key-of-ahmed',
      `command=${command}`,
      `from=${at}&to=${later}`,
    ]
    for (const query of right) t.equal((await listed(api, `/api/refusals?${query}`, 1)).length, 1)
    const wrong = ['code=X', 'actor=omar', 'route=/x', 'key=k', 'command=c', `from=${later}`]
    for (const query of wrong) t.equal((await listed(api, `/api/refusals?${query}`, 0)).length, 0)
  })

  await t.test('the command bears the same id once it is accepted', async (t) => {
    await api.post(`/api/wallets/${wallet}/topups`, { amount: '100.00', method: 'card' })
    await api.post(
      path,
      { amount: '12.50', description: 'ahmed@example.com' },
      { key: 'key-of-ahmed' },
    )
    await api.caughtUp()
    const events = await api.get(`/api/events?command=${String(entry?.['commandId'])}`)
    t.match(dig(events, 'data'), [{ type: 'WalletDebited' }])
  })

  await t.test('so is each refused command of a bulk', async (t) => {
    const commands = ['1.00', '1000.00', '2000.00'].map((amount, i) => ({
      method: 'POST',
      path,
      idempotencyKey: `bulk-${i}`,
      body: { amount, description: 'vm' },
    }))
    const bulk = await api.post('/api/bulk', { commands })
    t.match(dig(bulk, 'meta'), { accepted: 1, refused: 2 })
    const entries = await listed(api, '/api/refusals?route=/api/wallets/:id/debits', 3)
    t.equal(entries.length, 3)
    const [found] = await listed(api, '/api/refusals?key=bulk-2', 1)
    t.match(found, {
      method: 'POST',
      code: 'WALLET_FUNDS_NOT_ENOUGH',
      commandId: /^[0-9a-f-]{36}$/,
    })
  })

  await t.test('nothing of what was sent is kept in plain', async (t) => {
    await api.call('POST', '/api/finance/sales', {
      body: { 'layla@example.com': 1, saleAmount: '0501234567x', paymentMethod: 'Layla' },
      key: 'layla@example.com',
    })
    const [latest] = await listed(api, '/api/refusals?code=REQUEST_INVALID', 1)
    t.match(latest, { fields: [{ code: String }] })
    const { rows } = await api.database.login.query<{ text: string }>(
      'select r::text as text from daybook.refusal r',
    )
    const kept = rows.map(({ text }) => text).join('\n')
    t.notMatch(kept, /ahmed|layla|0501234567/i)
    t.match(kept, /WALLET_FUNDS_NOT_ENOUGH/)
  })
})

t.test(
  'callers who are not let in are on record, also where they only wanted to read',
  async (t) => {
    const api = await testApi(t)
    const nobody = { ...auditor, token: 'a-token-of-nobody-000000' }
    const answers: ApiAnswer[] = [
      await api.get('/api/events', { caller: nobody }),
      await api.call('POST', '/api/wallets', { body: {}, caller: auditor }),
      await api.call('PATCH', '/api/settings', { body: {}, caller: operator }),
      await api.get('/api/finance/sales/unknown'),
      await api.get('/api/nowhere', { caller: nobody }),
      await api.call('POST', '/api/nowhere', { body: {} }),
    ]
    t.strictSame(
      answers.map(({ status }) => status),
      [401, 403, 403, 404, 404, 404],
    )
    const entries = await listed(api, '/api/refusals', 3)
    t.match(entries, [
      { code: 'FORBIDDEN', actor: 'omar', route: '/api/settings', method: 'PATCH' },
      { code: 'FORBIDDEN', actor: 'alma', route: '/api/wallets', facts: { role: 'auditor' } },
      { code: 'TOKEN_UNKNOWN', actor: null, caller: 'unknown', route: '/api/events' },
    ])
    t.equal(entries.length, 3, 'what is only not found is no refusal')
    const others = await listed(api, '/api/refusals', 1, stranger)
    t.strictSame(
      others.map(({ code }) => code),
      ['TOKEN_UNKNOWN'],
      'of another organisation nothing but what nobody is known to have called',
    )
    t.equal((await api.get('/api/refusals', { caller: nobody })).status, 401)
  },
)

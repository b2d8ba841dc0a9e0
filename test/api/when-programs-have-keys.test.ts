import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { isApiKeyToken } from '#commands/identity/api-key-token.ts'
import { apiKey } from '#domain/identity/api-key.ts'
import { callers, testApi } from '#test/support/api.ts'
import { contextOf } from '#test/support/installation.ts'
import { dig, eventually, owner, pick, stranger, type TestCaller } from '#test/support/server.ts'

const api = await testApi(t)
const KEYS = '/api/api-keys'

interface Issued {
  readonly id: string
  readonly caller: TestCaller
}

/** A key, as its program presents it. */
async function issue(body: object, by: TestCaller = owner): Promise<Issued> {
  const answer = await api.post(KEYS, { name: 'Till 2', ...body }, { caller: by })
  const token = pick(answer, 'data', 'secret')
  return { id: pick(answer, 'data', 'id'), caller: { ...owner, token } }
}

const sell = (caller: TestCaller) =>
  api.call('POST', '/api/finance/sales', {
    caller,
    body: { saleAmount: 1, paymentMethod: 'cash' },
  })
const revoke = (id: string, caller = owner) => api.call('DELETE', `${KEYS}/${id}`, { caller })
const shown = async (id: string) => {
  await api.caughtUp()
  return dig(await api.get(`${KEYS}/${id}`), 'data')
}

t.test('a key is shown once, and works for the organisation that issued it', async (t) => {
  const answer = await api.post(KEYS, { name: 'Till 2' })
  t.match(answer, {
    status: 201,
    headers: { 'cache-control': 'no-store' },
    body: {
      data: {
        name: 'Till 2',
        role: 'service',
        scopes: ['watch', 'read', 'seePersonalData', 'write'],
        expiresAt: null,
      },
    },
  })
  const token = pick(answer, 'data', 'secret')
  const id = pick(answer, 'data', 'id')
  t.ok(isApiKeyToken(token))
  t.ok(token.startsWith(pick(answer, 'data', 'prefix')))
  const sold = await sell({ ...owner, token })
  t.equal(sold.status, 201)
  await api.caughtUp()
  const events = await api.get(`/api/events?actor=key:${id}&actor_kind=machine`)
  t.match(dig(events, 'data', 0), { actor: `key:${id}` })
  t.match(await shown(id), { status: 'active', issuedBy: 'olga', revokedAt: null })
  const stored = JSON.stringify((await api.get('/api/events/export')).body)
  t.notOk(stored.includes(token.slice(12)), 'the log does not hold it')
})

t.test('the database holds a hash of it, and no database role that reads sees that', async (t) => {
  const { caller } = await issue({})
  const { rows } = await api.database.login.query(
    'select row_to_json(k) as k from identity.api_key k',
  )
  t.ok(rows.length > 0)
  t.notOk(JSON.stringify(rows).includes(caller.token.slice(12)))
  const reader = await api.database.database.connect('reader')
  t.teardown(() => reader.end())
  await t.rejects(reader.query('select from identity.api_key'), { code: '42501' })
})

t.test('a key may do what its scopes say, and no more than its role', async (t) => {
  const { caller } = await issue({ scopes: ['read'] })
  t.equal((await api.get('/api/finance/stats', { caller })).status, 200)
  t.match(await sell(caller), { status: 403, body: { code: 'SCOPE_MISSING', detail: /write/ } })
  const analyst = await issue({ role: 'analyst' })
  t.match(await sell(analyst.caller), { status: 403, body: { code: 'FORBIDDEN' } })
})

t.test('no key may do more than its role, or than who issues it', async (t) => {
  const refused = (scope: string) => ({
    status: 422,
    body: {
      code: 'SCOPE_NOT_ALLOWED',
      detail: new RegExp(scope),
      errors: [{ pointer: '/scopes' }],
    },
  })
  const tries = async (body: object, caller: TestCaller) =>
    api.call('POST', KEYS, { body: { name: 'x', ...body }, caller })
  t.match(await tries({ scopes: ['administer'] }, owner), refused('administer'))
  t.match(await tries({ role: 'owner', scopes: ['operate'] }, owner), refused('operate'))
  const lesser = await issue({ role: 'owner', scopes: ['administer', 'read'] })
  t.match(await tries({ scopes: ['read', 'write'] }, lesser.caller), refused('write'))
  const least = await api.post(KEYS, { name: 'x' }, { caller: lesser.caller })
  t.same(dig(least, 'data', 'scopes'), ['read'], 'all that it can give')
  t.match(await tries({ role: 'installation' }, owner), { status: 400 })
  t.match(await tries({ scopes: ['public'] }, owner), { status: 400 })
  t.match(await tries({ scopes: [] }, owner), { status: 400 })
  for (const caller of Object.values(callers).filter(({ role }) => role !== 'owner')) {
    t.match(await tries({}, caller), { status: 403 }, caller.role)
  }
})

t.test('a revoked key is none any more, and says so to who has it whole', async (t) => {
  const { id, caller } = await issue({})
  t.equal((await sell(caller)).status, 201)
  t.match(await revoke(id), { status: 200, body: { data: { id }, meta: { replayed: false } } })
  t.match(await sell(caller), { status: 401, body: { code: 'API_KEY_REVOKED' } })
  t.match(await revoke(id), { status: 200 }, 'revoked once, or twice')
  t.match(await shown(id), { status: 'revoked', revokedBy: 'olga' })
  const guessed = { ...caller, token: `${caller.token.slice(0, -1)}_` }
  t.match(await sell(guessed), { status: 401, body: { code: 'TOKEN_UNKNOWN' } })
})

t.test('a key is none any more from the instant on at which it expires', async (t) => {
  const expiresAt = new Date(Date.now() + 2000).toISOString()
  const { id, caller } = await issue({ expiresAt })
  await sell(caller)
  await sleep(Math.max(0, Date.parse(expiresAt) - Date.now()))
  t.match(await sell(caller), { status: 401, body: { code: 'API_KEY_EXPIRED' } })
  t.match(await shown(id), { status: 'expired', expiresAt })
  const past = { name: 'x', expiresAt: '2026-01-01T00:00:00Z' }
  t.match(await api.call('POST', KEYS, { body: past }), {
    status: 422,
    body: { code: 'API_KEY_EXPIRY_PAST', errors: [{ pointer: '/expiresAt' }] },
  })
  const tooFar = { name: 'x', expiresAt: '9999-12-31T23:59:00-05:00' }
  t.match(await api.call('POST', KEYS, { body: tooFar }), { status: 400 })
})

t.test('who repeats the request is not shown the key again', async (t) => {
  const asked = { body: { name: 'Odoo' }, key: 'odoo-1' }
  const first = await api.call('POST', KEYS, asked)
  const again = await api.call('POST', KEYS, asked)
  t.match(again, {
    status: 201,
    headers: { 'idempotency-replayed': 'true' },
    body: { data: { ...(dig(first, 'data') as object), secret: null }, meta: { replayed: true } },
  })
  const token = pick(first, 'data', 'secret')
  t.equal((await sell({ ...owner, token })).status, 201, 'it stays what it was')
  const other = { ...asked, body: { name: 'Other' } }
  t.match(await api.call('POST', KEYS, other), {
    status: 422,
    body: { code: 'IDEMPOTENCY_KEY_REUSED' },
  })
})

t.test('keys are listed with when they were last used', async (t) => {
  const { id, caller } = await issue({ name: 'Last' })
  t.match(await shown(id), { lastUsedAt: null })
  const before = new Date().toISOString()
  await sell(caller)
  const lastUsed = async () => String(dig(await api.get(`${KEYS}/${id}`), 'data', 'lastUsedAt'))
  await eventually('its use is noted', async () => (await lastUsed()) !== 'null')
  const noted = await lastUsed()
  t.ok(noted >= before)
  await sell(caller)
  await api.caughtUp()
  t.equal(await lastUsed(), noted, 'not with each request')
  const list = await api.get(`${KEYS}?limit=2`)
  t.match(dig(list, 'data', 0), { id, name: 'Last', lastUsedAt: noted })
  const rest = await api.get(`${KEYS}?limit=2&cursor=${pick(list, 'meta', 'nextCursor')}`)
  t.not(pick(rest, 'data', 0, 'id'), pick(list, 'data', 1, 'id'))
})

t.test('a crash after a revocation leaves no process that knows nothing of it', async () => {
  const { id, caller } = await issue({})
  await eventually('it is remembered', async () => {
    await sell(caller)
    return !(api.daybook.apiKeys.find(caller.token) instanceof Promise)
  })
  // As it is in the log when who revoked it could tell nobody.
  const command = { type: 'RevokeApiKey', apiKeyId: id } as const
  await api.daybook.handler.handle(apiKey, id, command, contextOf())
  await eventually('a process of the log tells it', async () => (await sell(caller)).status === 401)
})

t.test('keys of another organisation do not exist', async (t) => {
  const { id, caller } = await issue({})
  await api.caughtUp()
  const unknown = { status: 404, body: { code: 'API_KEY_UNKNOWN' } }
  t.match(await api.get(`${KEYS}/${id}`, { caller: stranger }), unknown)
  t.match(await revoke(id, stranger), unknown)
  t.same(dig(await api.get(KEYS, { caller: stranger }), 'data'), [])
  t.equal((await sell(caller)).status, 201)
})

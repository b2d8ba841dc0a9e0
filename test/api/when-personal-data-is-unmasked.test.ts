import t from 'tap'
import { LogUnavailable } from '#log/errors.ts'
import { buildApp } from '#api/app.ts'
import { bearerTokens, configuredTokens } from '#api/authentication.ts'
import { declaredRoutes } from '#api/declared-routes.ts'
import { MASKED } from '#domain/event-schema.ts'
import { type ApiAnswer, auditor, callers, type Method, testApi } from '#test/support/api.ts'
import { dig, eventually, owner, pick, type TestCaller } from '#test/support/server.ts'
import { composeDaybook } from '../../src/composition.ts'
import { tomorrow } from './a-business.ts'
import { makeBusinessOfPersons, PERSONAL } from './a-business-of-persons.ts'
import { readsOf, type Step } from './a-walk.ts'

/** Who is granted it for a time sees what the owner sees, on record, and nothing more when it is over. */

const api = await testApi(t)
const names = await makeBusinessOfPersons(api)
await api.daybook.processes.stop()
const ofBooks = declaredRoutes(api.app).filter(({ permission }) =>
  ['read', 'readLedger', 'readLog'].includes(permission),
)
const customerPath = `/api/crm/customers/${names.customer}`
const as = (caller: TestCaller) => ({ caller })
const hits = (answer: ApiAnswer): readonly string[] =>
  JSON.stringify([answer.headers, answer.body]).match(PERSONAL) ?? []
const namesIn = async (caller: TestCaller, steps: readonly Step[]): Promise<readonly string[]> => {
  const found: string[] = []
  for (const { method, path } of steps) {
    const count = hits(await api.call(method as Method, path, as(caller))).length
    if (count > 0) found.push(`${method} ${path}: ${count}`)
  }
  return found
}

interface Asked {
  readonly actor?: string
  readonly until?: string
  readonly subject?: string
  readonly reason?: string
}
const grant = async (asked: Asked = {}): Promise<string> => {
  const body = { actor: auditor.actor, until: tomorrow(), reason: 'Wanda complained', ...asked }
  return pick(await api.post('/api/unmaskings', body), 'data', 'id')
}
const end = (id: string) => api.call('DELETE', `/api/unmaskings/${id}`)

t.test('under a grant the auditor sees what the owner sees, and after it nothing', async (t) => {
  // What it is granted by is an event itself: the log is looked into when it is there.
  const id = await grant()
  await api.caughtUp()
  const steps = readsOf(ofBooks, names)
  const owners = await namesIn(owner, steps)
  t.ok(owners.length > 40, `${owners.length} answers with names`)
  t.same(await namesIn(auditor, steps), owners)
  t.equal((await end(id)).status, 200)
  t.same(await namesIn(auditor, steps), [], 'at once')
})

t.test('a grant of one subject shows that one alone', async (t) => {
  const id = await grant({ subject: names.customer })
  const seen = await api.get(customerPath, as(auditor))
  t.match(dig(seen, 'data'), { name: 'Wanda Wint', email: 'wanda@example.com' })
  const list = await api.get('/api/crm/customers', as(auditor))
  const rows = dig(list, 'data') as readonly { readonly id: string; readonly name: string }[]
  for (const row of rows) t.equal(row.name === MASKED, row.id !== names.customer)
  t.ok(rows.length > 1)
  const wallet = await api.get(`/api/wallets/${names.wallet}`, as(auditor))
  t.match(dig(wallet, 'data'), { name: MASKED, customerName: 'Wanda Wint' })
  const events = await api.get(`/api/streams/customer-main.${names.customer}`, as(auditor))
  t.equal(pick(events, 'data', 0, 'data', 'name'), 'Zainab zulu')
  const search = await api.get('/api/crm/customers?search=wanda', as(auditor))
  t.equal(pick(search, 'code'), 'PERSONAL_DATA_MASKED', 'others could be guessed')
  t.match(await api.get(customerPath, as(callers.analyst)), { body: { data: { name: MASKED } } })
  await end(id)
})

t.test('what was shown under a grant is on record, and what was searched for is not', async (t) => {
  const id = await grant({ actor: callers.analyst.actor })
  const found = await api.get('/api/crm/customers?search=wanda', as(callers.analyst))
  t.ok(hits(found).length > 0)
  await api.get(customerPath, as(callers.analyst))
  await api.get('/api/settings', as(callers.analyst))
  await end(id)
  const ofOne = await grant({ actor: callers.analyst.actor, subject: names.customer })
  await api.get('/api/crm/customers?limit=1', as(callers.analyst))
  const path = `/api/accesses?actor=${callers.analyst.actor}`
  const accesses = async () => dig(await api.get(path), 'data') as readonly object[]
  await eventually('all are on record', async () => (await accesses()).length >= 3)
  t.match(await accesses(), [
    { route: '/api/crm/customers', asked: { limit: '1' }, kind: 'unmask', unmaskings: [ofOne] },
    { route: '/api/crm/customers/:id', asked: { id: names.customer }, unmaskings: [id] },
    { route: '/api/crm/customers', asked: { search: '…' }, unmaskings: [id] },
  ])
  await end(ofOne)
  await api.get(customerPath, as(callers.analyst))
  await api.get('/api/accesses', as(auditor))
  const looked = `/api/accesses?actor=${auditor.actor}&route=/api/accesses`
  await eventually('a later look is', async () => {
    return (dig(await api.get(looked), 'data') as readonly object[]).length > 0
  })
  t.equal((await accesses()).length, 3, 'what is masked is not')
})

t.test('what cannot be put on record is not shown', async (t) => {
  const id = await grant({ actor: callers.analyst.actor })
  t.equal((await api.get(customerPath, as(callers.analyst))).status, 200)
  const { log } = api.daybook
  const append = log.append.bind(log)
  log.append = async () => {
    throw new LogUnavailable('away')
  }
  const answer = await api.get(customerPath, as(callers.analyst))
  log.append = append
  t.match(answer, { status: 503, body: { code: 'LOG_UNAVAILABLE' } })
  t.same(hits(answer), [])
  t.equal((await api.get(customerPath, as(callers.analyst))).status, 200)
  await end(id)
})

t.test(
  'it is granted by the owner, for a reason, until an instant within thirty days',
  async (t) => {
    const body = { actor: 'alma', until: tomorrow(), reason: 'A complaint' }
    const refused = async (changed: object, caller = owner) =>
      api.call('POST', '/api/unmaskings', { caller, body: { ...body, ...changed } })
    t.match(await refused({}, auditor), { status: 403, body: { code: 'FORBIDDEN' } })
    t.match(await refused({}, callers.operator), { status: 403, body: { code: 'FORBIDDEN' } })
    t.match(await refused({ reason: ' ' }), {
      status: 400,
      body: { errors: [{ pointer: '/reason', code: 'TEXT_TOO_SHORT' }] },
    })
    t.match(await refused({ reason: undefined }), { status: 400 })
    const until = { errors: [{ pointer: '/until' }] }
    t.match(await refused({ until: '2020-01-01T00:00:00Z' }), {
      status: 422,
      body: { code: 'UNMASKING_OVER', ...until },
    })
    t.match(await refused({ until: '2999-01-01T00:00:00Z' }), {
      status: 422,
      body: { code: 'UNMASKING_TOO_LONG', ...until },
    })
    t.match(await end('nothing'), { status: 404, body: { code: 'UNMASKING_UNKNOWN' } })
  },
)

t.test('who was shown what, when and why, is an event, and listed', async (t) => {
  const key = 'granted-once'
  const body = { actor: 'ada', until: tomorrow(), reason: 'Wanda complained' }
  const first = await api.post('/api/unmaskings', body, { key })
  const again = await api.post('/api/unmaskings', body, { key })
  t.same(again.body, { ...(first.body as object), meta: { replayed: true } })
  const id = pick(first, 'data', 'id')
  t.equal(first.headers['location'], `/api/unmaskings/${id}`)
  const one = async (caller = owner) =>
    dig(await api.get(`/api/unmaskings/${id}`, as(caller)), 'data')
  const granted = { ...body, id, subject: null, grantedBy: 'olga' }
  t.match(await one(), { ...granted, ended: null, inForce: true })
  t.match(await one(auditor), { ...granted, reason: MASKED })
  t.match((await end(id)).body, { data: { id }, meta: { replayed: false } })
  t.equal((await end(id)).status, 200, 'ended once')
  t.match(await one(), { ...granted, ended: { by: 'olga' }, inForce: false })
  const list = await api.get('/api/unmaskings')
  t.equal(pick(list, 'data', 0, 'id'), id)
  await api.caughtUp()
  const events = await api.get('/api/events?category=unmaskings&limit=2')
  t.match(dig(events, 'data'), [
    { type: 'UnmaskingEnded', actor: 'olga', data: { unmaskingId: id } },
    { type: 'UnmaskingGranted', actor: 'olga', data: { unmaskingId: id, reason: body.reason } },
  ])
})

t.test('it ends by itself', async (t) => {
  await grant({ until: new Date(Date.now() + 1500).toISOString() })
  await eventually('all is masked again', async () => {
    return hits(await api.get(customerPath, as(auditor))).length === 0
  })
  t.match(dig(await api.get('/api/unmaskings'), 'data', 0), { ended: null, inForce: false })
})

t.test('it holds in every process, and is ended in every process', async (t) => {
  const { config, logger, database } = api.daybook
  const other = await composeDaybook(config, logger, { ...database, close: async () => undefined })
  const { limits, network } = config
  const authenticate = bearerTokens({ configured: configuredTokens(Object.values(callers)) })
  const app = await buildApp({ ...other, authenticate, limits, network })
  t.teardown(async () => {
    await app.close()
    await other.close()
  })
  const isShown = async (): Promise<boolean> => {
    const headers = { authorization: `Bearer ${auditor.token}` }
    const answer = await app.inject({ method: 'GET', url: customerPath, headers })
    t.equal(answer.statusCode, 200)
    return answer.body.includes('Wanda')
  }
  t.equal(await isShown(), false)
  const id = await grant()
  await eventually('it is shown there', isShown)
  await end(id)
  await eventually('it is masked there', async () => !(await isShown()))
})

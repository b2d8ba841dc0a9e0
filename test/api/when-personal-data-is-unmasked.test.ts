import t from 'tap'
import { buildApp } from '#api/app.ts'
import { bearerTokens, configuredTokens } from '#api/authentication.ts'
import { declaredRoutes } from '#api/declared-routes.ts'
import { languages } from '#api/languages.ts'
import { MASKED } from '#domain/event-schema.ts'
import { LogUnavailable } from '#log/errors.ts'
import { type ApiAnswer, auditor, callers, type Method, testApi } from '#test/support/api.ts'
import { person } from '#test/support/people.ts'
import { dig, eventually, owner, pick, stranger, type TestCaller } from '#test/support/server.ts'
import { composeDaybook } from '../../src/composition.ts'
import { tomorrow } from './a-business.ts'
import { makeBusinessOfPersons, PERSONAL } from './a-business-of-persons.ts'
import { readsOf, type Step } from './a-walk.ts'

/** Who is granted it for a time sees what the owner sees, on record, and nothing more when it is over. */

const api = await testApi(t)
const names = await makeBusinessOfPersons(api)
await api.daybook.processes.stop()
await api.caughtUp()
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

/** What the auditor was shown under any of these grants, the first first, once so much is on record. */
async function shownUnder(ids: readonly string[], count: number) {
  interface Shown {
    readonly route: string
    readonly unmaskings: readonly string[]
  }
  let found: readonly Shown[] = []
  await eventually(`${count} are on record`, async () => {
    const all = await api.get(`/api/accesses?kind=unmask&limit=100&actor=${auditor.actor}`)
    const listed = dig(all, 'data') as readonly Shown[]
    found = listed.filter(({ unmaskings }) => unmaskings.some((id) => ids.includes(id)))
    return found.length >= count
  })
  return found.toReversed().map(({ route, unmaskings }) => [route, unmaskings.toSorted()])
}

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
  const others = await api.get('/api/crm/customers?limit=1', as(callers.analyst))
  t.match(dig(others, 'data'), [{ name: MASKED }])
  await api.get('/api/crm/customers', as(callers.analyst))
  const path = `/api/accesses?actor=${callers.analyst.actor}`
  const accesses = async () => dig(await api.get(path), 'data') as readonly object[]
  await eventually('all are on record', async () => (await accesses()).length >= 3)
  t.match(await accesses(), [
    { route: '/api/crm/customers', asked: {}, kind: 'unmask', unmaskings: [ofOne] },
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

t.test('of several grants that one is on record under which something was shown', async (t) => {
  const ofWallet = await grant({ subject: names.wallet })
  const ofCustomer = await grant({ subject: names.customer })
  const ofSale = await grant({ subject: names.sale })
  const paths = [
    customerPath,
    `/api/wallets/${names.wallet}`,
    `/api/streams/wallet-main.${names.wallet}`,
    '/api/crm/customers?number=of-nobody',
    '/api/ledger/trial-balance',
  ]
  for (const path of paths) t.equal((await api.get(path, as(auditor))).status, 200, path)
  for (const id of [ofWallet, ofCustomer, ofSale]) await end(id)
  const ofAll = await grant()
  // A search says something also where it finds nobody.
  for (const path of [...paths, '/api/crm/customers?search=of-nobody']) {
    t.equal((await api.get(path, as(auditor))).status, 200, path)
  }
  await end(ofAll)
  t.strictSame(await shownUnder([ofWallet, ofCustomer, ofSale, ofAll], 7), [
    ['/api/crm/customers/:id', [ofCustomer]],
    ['/api/wallets/:id', [ofWallet, ofCustomer].toSorted()],
    ['/api/streams/:stream', [ofWallet]],
    ['/api/crm/customers/:id', [ofAll]],
    ['/api/wallets/:id', [ofAll]],
    ['/api/streams/:stream', [ofAll]],
    ['/api/crm/customers', [ofAll]],
  ])
})

t.test('of many grants all may be those under which something was shown', async (t) => {
  const customers = await Promise.all(
    Array.from({ length: 11 }, async () =>
      pick(await api.post('/api/crm/customers', { name: 'Walter' }), 'data', 'id'),
    ),
  )
  await api.caughtUp()
  const ids: string[] = []
  for (const subject of customers) ids.push(await grant({ subject }))
  const shown = await api.get(`/api/crm/customers/${customers[3]}`, as(auditor))
  t.match(dig(shown, 'data'), { name: 'Walter' })
  for (const id of ids) await end(id)
  t.strictSame(await shownUnder(ids, 1), [['/api/crm/customers/:id', ids.toSorted()]])
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

t.test('it is granted to somebody who is there, and of somebody who is', async (t) => {
  const gone = pick(await api.post('/api/api-keys', { name: 'Gone' }), 'data', 'id')
  await api.call('DELETE', `/api/api-keys/${gone}`)
  const anna = await person(api, 'Anna', { main: 'auditor' })
  const invited = { name: 'Ivan', email: 'ivan@example.com', role: 'auditor' }
  const ivan = pick(await api.post('/api/members', invited), 'data', 'id')
  const asked = { until: tomorrow(), reason: 'A complaint' }
  const granted = (body: object, headers = {}) =>
    api.call('POST', '/api/unmaskings', { body: { ...asked, ...body }, headers })
  const { actor } = auditor
  for (const [body, field, code] of [
    [{ actor: anna.email }, 'actor', 'MEMBER_UNKNOWN'],
    [{ actor: ivan }, 'actor', 'MEMBER_UNKNOWN'],
    [{ actor: stranger.actor }, 'actor', 'MEMBER_UNKNOWN'],
    [{ actor: 'key:nope' }, 'actor', 'API_KEY_UNKNOWN'],
    [{ actor: `key:${gone}` }, 'actor', 'API_KEY_UNKNOWN'],
    [{ actor, subject: 'nope' }, 'subject', 'SUBJECT_UNKNOWN'],
    [{ actor, subject: anna.userId }, 'subject', 'SUBJECT_UNKNOWN'],
  ] as const) {
    const told = new Set<string>()
    for (const language of languages) {
      const answer = await granted(body, { 'accept-language': language })
      const errors = [{ pointer: `/${field}`, code }]
      t.match(answer, { status: 404, body: { code, errors } }, JSON.stringify(body))
      told.add(pick(answer, 'detail'))
    }
    t.equal(told.size, languages.length)
  }
  for (const actor of [anna.userId, `key:${names.apiKey}`, auditor.actor]) {
    const answer = await granted({ actor })
    t.equal(answer.status, 201, actor)
    await end(pick(answer, 'data', 'id'))
  }
  for (const subject of [names.customer, names.wallet, names.sale, names.badDebt]) {
    await end(await grant({ subject }))
  }
})

t.test('a key that sees no personal data lets nobody see it, nor itself', async (t) => {
  const issued = { name: 'HR', role: 'owner', scopes: ['administer', 'read'] }
  const key = await api.post('/api/api-keys', issued)
  const caller = { ...owner, token: pick(key, 'data', 'secret') }
  const seesWanda = async () =>
    JSON.stringify((await api.get(customerPath, { caller })).body).includes('Wanda')
  t.equal(await seesWanda(), false)
  for (const actor of [`key:${pick(key, 'data', 'id')}`, auditor.actor]) {
    const body = { actor, until: tomorrow(), reason: 'To see' }
    t.match(await api.call('POST', '/api/unmaskings', { caller, body }), {
      status: 403,
      body: { code: 'SCOPE_MISSING', detail: /seePersonalData/ },
    })
  }
  t.equal(await seesWanda(), false)
  const sees = await api.post('/api/api-keys', {
    ...issued,
    scopes: ['administer', 'seePersonalData'],
  })
  const body = { actor: auditor.actor, until: tomorrow(), reason: 'A complaint' }
  const other = { ...owner, token: pick(sees, 'data', 'secret') }
  const granted = await api.call('POST', '/api/unmaskings', { caller: other, body })
  t.equal(granted.status, 201)
  await end(pick(granted, 'data', 'id'))
})

t.test('who was shown what, when and why, is an event, and listed', async (t) => {
  const key = 'granted-once'
  const body = { actor: callers.accountant.actor, until: tomorrow(), reason: 'Wanda complained' }
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

import { createHash } from 'node:crypto'
import t from 'tap'
import { z } from 'zod'
import { buildApp } from '#api/app.ts'
import { bearerTokens } from '#api/authentication.ts'
import { declaredRoutes } from '#api/declared-routes.ts'
import { mayRole, type Permission } from '#api/permissions.ts'
import { roles } from '#domain/identity/roles.ts'
import { ERASED, MASKED } from '#domain/event-schema.ts'
import { heldOnSubjects } from '#domain/subjects.ts'
import { projections } from '#projections/all.ts'
import { type ApiAnswer, auditor, callers, type Method, testApi } from '#test/support/api.ts'
import { dig, eventually, owner, pick, type TestCaller } from '#test/support/server.ts'
import { readsOf, type Step } from './a-walk.ts'
import { makeBusinessOfPersons, note, PERSONAL } from './a-business-of-persons.ts'

/**
 * Who has no right to personal data reads all that their role may read, and no name: every route that
 * answers is walked over a business that holds something personal wherever that can be.
 */

const api = await testApi(t)
const routes = declaredRoutes(api.app).filter(({ url }) => !url.startsWith('/api/docs'))
const names = await makeBusinessOfPersons(api)
await api.daybook.processes.stop()
await api.caughtUp()
await eventually('what was refused is on record', async () => {
  const refusals = await api.get('/api/refusals?code=CUSTOMER_UNKNOWN')
  return (dig(refusals, 'data') as readonly object[]).length === 2
})
const head = pick(await api.get('/api/events?limit=1'), 'data', 0, 'ordinal')
const present = readsOf(
  routes.filter(({ permission }) => permission !== 'operate'),
  names,
)
const reads = [...present, ...present.flatMap(inThePast)]
const hits = (answer: ApiAnswer): readonly string[] =>
  JSON.stringify([answer.headers, answer.body]).match(PERSONAL) ?? []
const go = ({ method, path, headers = {} }: Step, caller: TestCaller): Promise<ApiAnswer> =>
  api.call(method as Method, path, { caller, headers })
const isSearch = ({ about }: Step): boolean => ['search', 'phone', 'email'].includes(about)

/** The same, as it was known when all was recorded: folded again from events. */
function inThePast(step: Step): readonly Step[] {
  const { querystring } = step.route.schema
  const isAsked = querystring instanceof z.ZodObject && 'known_at' in querystring.shape
  if (!isAsked || step.about !== 'path' || step.method !== 'GET') return []
  const path = `${step.path}${step.path.includes('?') ? '&' : '?'}known_at=${head}`
  return [{ ...step, path, about: 'known_at' }]
}

/** What each is answered, by request. */
async function answersTo(caller: TestCaller): Promise<ReadonlyMap<Step, ApiAnswer>> {
  const answers = new Map<Step, ApiAnswer>()
  for (const step of reads) answers.set(step, await go(step, caller))
  return answers
}
const nameOf = ({ method, path }: Step): string => `${method} ${path}`
const namesIn = (answers: ReadonlyMap<Step, ApiAnswer>): readonly string[] =>
  [...answers].filter(([, answer]) => hits(answer).length > 0).map(([step]) => nameOf(step))

const owners = await answersTo(owner)
const auditors = await answersTo(auditor)

t.test('whoever writes sees of whom', async (t) => {
  t.same(
    roles.filter((role) => mayRole(role, 'seePersonalData')),
    ['owner', 'operator', 'accountant', 'service'],
  )
  t.ok(roles.every((role) => !mayRole(role, 'write') || mayRole(role, 'seePersonalData')))
})

t.test('the business holds something in every field that is personal', async (t) => {
  // Users are the installation's: of them nobody's list of events tells.
  const { log, codec } = api.daybook
  const events: { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[] = []
  for await (const page of log.readAll()) events.push(...(await codec.decode(page)))
  for (const { fields } of heldOnSubjects) {
    for (const [type, held] of Object.entries(fields)) {
      for (const field of held) {
        const some = events.filter((event) => event.type === type)
        const said = some.some(({ data }) => String(data[field]).match(PERSONAL) !== null)
        t.ok(said, `${type}.${field}`)
      }
    }
  }
})

t.test('every column of a read model that holds such says so', async (t) => {
  const { engine } = api.daybook.database
  let personal = 0
  for (const { name, tables } of projections) {
    for (const { name: table, columns } of tables) {
      const { rows } = await engine.query<Record<string, unknown>>(`select * from ${name}.${table}`)
      for (const [column, { personal: subject }] of Object.entries(columns)) {
        const held = rows.some(
          (row) => JSON.stringify(row[column] ?? null).match(PERSONAL) !== null,
        )
        if (held) personal += 1
        t.equal(subject !== undefined, held, `${name}.${table}.${column}`)
      }
    }
  }
  t.ok(personal > 10, `${personal} columns`)
})

t.test('the owner sees whose it is', async (t) => {
  const seen = new Set(
    [...owners].filter(([, answer]) => hits(answer).length > 0).map(([step]) => step.route.url),
  )
  t.comment([...seen].join(' '))
  t.ok(seen.size > 15)
})

t.test('the auditor and the analyst are answered, and see nobody’s', async (t) => {
  const both = [
    [auditor, auditors],
    [callers.analyst, await answersTo(callers.analyst)],
  ] as const
  for (const [{ role }, answers] of both) {
    t.same(namesIn(answers), [], role)
    const refused = [...answers].filter(
      ([step, { status }]) => mayRole(role, step.route.permission) && status >= 300,
    )
    t.ok(
      refused.every(([step, { status }]) => isSearch(step) && status === 403),
      role,
    )
    t.comment(`${role}: ${answers.size} requests, 0 names`)
  }
  t.ok(auditors.size > 200)
})

t.test('what is masked differs from what is not in nothing but masks', async (t) => {
  let masks = 0
  for (const [step, { body }] of owners) {
    const { permission } = step.route
    const isOfBooks = ['read', 'readLedger', 'readLog'].includes(permission)
    if (!isOfBooks || step.method !== 'GET' || isSearch(step)) continue
    for (const [at, was, is] of differences(body, auditors.get(step)?.body)) {
      // A balance is as of the moment of asking, and looks go into the log all the while.
      if (['/data/at', '/meta/ordinal', '/meta/position'].includes(at)) continue
      masks += 1
      if (is !== MASKED || typeof was !== 'string' || was === ERASED) t.fail(`${step.path} ${at}`)
    }
  }
  t.ok(masks > 100, `${masks} masks`)
})

t.test('what is masked, was erased, and was never there are told apart', async (t) => {
  const told = async (type: string) => {
    const answer = await api.get(`/api/events?type=${type}&limit=100`, { caller: auditor })
    return dig(answer, 'data') as readonly { readonly data: Record<string, unknown> }[]
  }
  const registered = (await told('CustomerRegistered')).slice(0, 3).map(({ data }) => data)
  // The latest first: who was deleted, who is there with a note, and who was registered without one.
  t.same(
    registered.map(({ name }) => name),
    [ERASED, MASKED, MASKED],
  )
  t.same(
    registered.map((data) => ('note' in data ? data['note'] : 'absent')),
    [ERASED, MASKED, 'absent'],
  )
  const body = { note: null }
  await api.call('PATCH', `/api/crm/customers/${names.customer}`, { body })
  await api.caughtUp()
  const cleared = await api.get(`/api/crm/customers/${names.customer}`, { caller: auditor })
  t.equal(dig(cleared, 'data', 'note'), null)
  t.equal(dig(cleared, 'data', 'name'), MASKED)
  await api.call('PATCH', `/api/crm/customers/${names.customer}`, { body: { note } })
  await api.caughtUp()
})

t.test('nothing is found or ordered by what is masked', async (t) => {
  const asked = [
    '/api/crm/customers?search=wanda',
    '/api/crm/customers?search=nobody',
    '/api/crm/customers?order=name',
    '/api/crm/customers?phone=%2B27825550199',
    '/api/crm/customers?email=wanda@example.com',
    '/api/finance/sales?search=wanda',
  ]
  for (const path of asked) {
    const answer = await api.get(path, { caller: auditor })
    t.equal(answer.status, 403, path)
    t.equal(pick(answer, 'code'), 'PERSONAL_DATA_MASKED')
    t.same(hits(answer), [])
    t.equal((await api.get(path)).status, 200, `${path} for the owner`)
  }
  const unordered = await api.get('/api/crm/customers?order=newest&search=', { caller: auditor })
  t.equal(unordered.status, 200)
})

t.test(
  'a file of events says that they are masked, and its hash is of what it holds',
  async (t) => {
    for (const format of ['ndjson', 'csv']) {
      const path = `/api/events/export?format=${format}`
      const [own, masked] = [await api.get(path), await api.get(path, { caller: auditor })]
      t.match(String(own.body), /personalData.{1,6}shown/)
      t.match(String(masked.body), /personalData.{1,6}masked/)
      t.ok(String(masked.body).includes(MASKED))
      for (const file of [own, masked]) {
        const [whole, last] = /^([^]*\n)([^\n]+\n)$/.exec(String(file.body))?.slice(1) ?? []
        t.match(
          last,
          createHash('sha256')
            .update(whole ?? '')
            .digest('hex'),
        )
      }
    }
  },
)

t.test('a key without the scope for it reads masks, and one with it names', async (t) => {
  const { config } = api.daybook
  const { limits, network } = config
  const seen = async (...scopes: readonly Permission[]) => {
    const machine = { kind: 'machine', organisation: 'main', actor: 'robot' } as const
    const configured = () => ({ ...machine, role: 'service', scopes })
    const authenticate = bearerTokens({ configured })
    const app = await buildApp({ ...api.daybook, authenticate, limits, network })
    t.teardown(() => app.close())
    const headers = { authorization: 'Bearer its-key' }
    const answer = await app.inject({ method: 'GET', url: '/api/crm/customers', headers })
    t.equal(answer.statusCode, 200)
    return (answer.body.match(PERSONAL) ?? []).length
  }
  t.equal(await seen('read', 'write'), 0)
  t.ok((await seen('read', 'seePersonalData')) > 0)
})

t.test('rows that differ from the log are shown without what is personal in them', async (t) => {
  const { engine } = api.daybook.database
  await engine.query(`update crm_customers.customer set name = 'Wanda Wrong', country = 'Nowhere'`)
  const path = '/api/projections/crm_customers/verify'
  const found = await api.post(path, {}, { caller: auditor })
  t.equal(dig(found, 'data', 'equal'), false)
  t.same(hits(found), [])
  const columns = dig(found, 'data', 'findings', 0, 'columns') as readonly object[]
  t.match(columns, [
    { column: 'name', live: MASKED, right: MASKED },
    { column: 'country', live: 'Nowhere' },
  ])
  t.ok(hits(await api.post(path, {})).length > 0, 'the owner sees it')
})

type Difference = readonly [at: string, was: unknown, is: unknown]

/** Where two answers of one shape differ; of those that are of none, the whole. */
function differences(a: unknown, b: unknown, at = ''): readonly Difference[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) {
    return a === b ? [] : [[at, a, b]]
  }
  const [was, is] = [Object.entries(a), new Map(Object.entries(b))]
  if (was.length !== is.size) return [[at, a, b]]
  return was.flatMap(([key, value]) => differences(value, is.get(key), `${at}/${key}`))
}

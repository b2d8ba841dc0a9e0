import t from 'tap'
import { declaredRoutes } from '#api/declared-routes.ts'
import { isOfAccessRecord } from '#domain/access/access-record.ts'
import { type ApiAnswer, type Method, testApi } from '#test/support/api.ts'
import { callerWith, logIn, person } from '#test/support/people.ts'
import { dig, owner, pick, stranger, type TestCaller } from '#test/support/server.ts'
import { makeBusiness } from './a-business.ts'
import { nameOf, readsOf, type Step } from './a-walk.ts'
import { commandsOf, unknownCommands } from './commands-naming-things.ts'
import { nobodysCursor, type Pairs, pairsOf, replaced, told, toldAtAnyPlace } from './strangers.ts'

/**
 * What belongs to another organisation does not exist: every route of the app is walked by `other` with
 * everything that `main` has, and answers as for what nobody has, byte for byte but for ids and times.
 */

const api = await testApi(t)
const routes = declaredRoutes(api.app).filter(({ url }) => !url.startsWith('/api/docs'))
const ofBooks = routes.filter(({ permission }) =>
  ['read', 'readLedger', 'readLog', 'audit', 'administer', 'erase', 'disclose'].includes(
    permission,
  ),
)
const walked = new Set<string>()
let requests = 0

async function go(
  { route, method, path, body, headers = {} }: Step,
  caller: TestCaller,
): Promise<ApiAnswer> {
  walked.add(nameOf(route))
  requests += 1
  return api.call(method as Method, path, { caller, headers, ...(body !== undefined && { body }) })
}

/** The same step with names that nobody has. */
function nobodysStep(step: Step, pairs: Pairs): Step {
  const body = step.body && (JSON.parse(replaced(JSON.stringify(step.body), pairs)) as object)
  return { ...step, path: replaced(step.path, pairs), ...(body && { body }) }
}
/** The whole of something, of which the queries ask for a part. */
function isPlain({ about, method }: Step): boolean {
  return about === 'path' && method === 'GET'
}
const placeOf = ({ path }: Step): string => path.split('?', 1)[0] ?? ''
const textOf = ({ path, body }: Step): string => path + JSON.stringify(body ?? '')

const own = await makeBusiness(api, stranger, 'yank', {
  sale: '51.03',
  topUp: '62.04',
  moreSales: 1,
})
const before = await ownAnswers()
const theirs = await makeBusiness(api, owner, 'zulu', {
  sale: '7391.17',
  topUp: '8462.29',
  moreSales: 9,
})
await api.daybook.processes.stop()
await api.caughtUp()
const reads = readsOf(ofBooks, theirs)
const secrets = await secretsOf()

/** What `other` is answered about its own, by request. */
async function ownAnswers(): Promise<ReadonlyMap<string, ApiAnswer>> {
  const answers = new Map<string, ApiAnswer>()
  for (const step of readsOf(ofBooks, own).filter(({ about }) => about === 'path')) {
    answers.set(`${step.method} ${step.path}`, await go(step, stranger))
  }
  return answers
}

/** Ids, texts and amounts that only `main` has. */
async function secretsOf(): Promise<readonly string[]> {
  const events = await api.get('/api/events/export')
  const ids = String(events.body).match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? []
  return [...new Set(ids), 'zulu', 'olga', '"7391.17"', '"8462.29"', '-main.', '"main"']
}
/** The last event of any organisation's books: looks are still on their way into the log. */
async function lastOfBooks(): Promise<string | undefined> {
  for await (const page of api.daybook.log.readAll({ direction: 'backwards' })) {
    const last = page.find(({ stream }) => !isOfAccessRecord(stream))
    if (last !== undefined) return last.id
  }
  return undefined
}
const leaksIn = (answer: ApiAnswer): readonly string[] =>
  secrets.filter((secret) => JSON.stringify([answer.headers, answer.body]).includes(secret))

t.test(
  'lists and figures are what they were before the other organisation was there',
  async (t) => {
    t.ok(secrets.length > 40)
    const growing = /\/(accesses|completeness|refusals|receivers|persons\/[^/]+\/export)$/
    for (const [request, answer] of await ownAnswers()) {
      t.same(leaksIn(answer), [], request)
      const was = before.get(request)
      const [, path = ''] = /^\S+ ([^?]*)/.exec(request) ?? []
      if (was === undefined || growing.test(path)) continue
      t.equal(toldAtAnyPlace(answer), toldAtAnyPlace(was), request)
    }
  },
)

t.test('whatever is asked for is answered as what nobody has', async (t) => {
  let compared = 0
  for (const step of reads) {
    const pairs = pairsOf(textOf(step), theirs)
    const unknown = nobodysStep(step, pairs)
    if (textOf(unknown) === textOf(step)) continue
    compared += 1
    const name = `${step.method} ${step.path}`
    const answer = await go(step, stranger)
    const nobodys = toldAtAnyPlace(await go(unknown, stranger))
    t.equal(replaced(toldAtAnyPlace(answer), pairs), nobodys, name)
    const isOfOne = placeOf(unknown) !== placeOf(step) && !/correlations/.test(step.path)
    t.equal(answer.status, isOfOne ? 404 : 200, name)
  }
  t.comment(`${compared} requests for what is another’s`)
  t.ok(compared > 100)
})

t.test('for whom it belongs to, each of these names is one', async (t) => {
  const meant = new Map<string, boolean>()
  for (const step of reads.filter(({ method }) => method === 'GET')) {
    const pairs = pairsOf(textOf(step), theirs)
    const unknown = nobodysStep(step, pairs)
    if (textOf(unknown) === textOf(step)) continue
    const name = `${nameOf(step.route)} ${step.about}`
    const answer = await go(step, owner)
    t.equal(answer.status, 200, `${step.path} ${JSON.stringify(answer.body)}`)
    const differs = replaced(told(answer), pairs) !== told(await go(unknown, owner))
    meant.set(name, differs || meant.get(name) === true)
  }
  for (const [name, differs] of meant) t.ok(differs, `${name} finds something`)
})

t.test('a cursor of another organisation leads nowhere', async (t) => {
  let tried = 0
  for (const { route, path } of reads.filter(isPlain)) {
    const page = `${path}${path.includes('?') ? '&' : '?'}limit=1`
    const { body } = await api.get(page)
    const cursor = (body as { meta?: { nextCursor?: string } }).meta?.nextCursor
    if (typeof cursor !== 'string') continue
    const at = (place: string): Step => ({
      route,
      method: 'GET',
      path: `${page}&cursor=${place}`,
      about: 'cursor',
    })
    const names = Buffer.from(cursor, 'base64url').toString() + path
    const pairs = pairsOf(names, theirs)
    const nobodys = nobodysCursor(cursor, pairs)
    const answer = await go(at(cursor), stranger)
    const unknown = await go(nobodysStep(at(nobodys), pairs), stranger)
    const both = [...pairs, [cursor, nobodys]] as const
    t.equal(replaced(toldAtAnyPlace(answer), both), toldAtAnyPlace(unknown), path)
    tried += 1
  }
  t.ok(tried > 10, `${tried} lists`)
})

const naming = commandsOf(routes, theirs, 'naming')

t.test(
  'commands on what is another’s are refused as on what nobody has, and change nothing',
  async (t) => {
    t.same(unknownCommands(routes), [], 'every command is walked')
    const before = await lastOfBooks()
    for (const step of naming) {
      const pairs = pairsOf(textOf(step), theirs)
      const unknown = nobodysStep(step, pairs)
      t.not(textOf(unknown), textOf(step), step.about)
      const answer = await go(step, stranger)
      t.equal(replaced(told(answer), pairs), told(await go(unknown, stranger)), step.about)
    }
    t.equal(await lastOfBooks(), before, 'nothing was appended')
  },
)

t.test('so they are in bulk', async (t) => {
  const before = await lastOfBooks()
  const pairs = pairsOf(naming.map(textOf).join(' '), theirs)
  const send = async (steps: readonly Step[]) => {
    const commands = steps.map(({ method, path, body }, i) => ({
      method,
      path,
      body,
      idempotencyKey: `bulk-${i}`,
    }))
    return go({ ...bulk, body: { commands: commands } }, stranger)
  }
  const route = routes.find(({ isBulk }) => isBulk)
  if (route === undefined) throw new Error('There is no bulk')
  const bulk: Step = { route, method: 'POST', path: route.url, about: 'bulk' }
  const answer = await send(naming)
  const unknown = await send(naming.map((step) => nobodysStep(step, pairs)))
  t.equal(replaced(told(answer), pairs), told(unknown))
  t.equal((dig(answer, 'data') as readonly unknown[]).length, naming.length)
  t.equal(await lastOfBooks(), before, 'nothing was appended')
})

t.test('what all share tells nothing of anybody', async (t) => {
  const shared = routes.filter(
    ({ permission, method }) =>
      ['public', 'watch', 'verify'].includes(permission) ||
      (permission === 'operate' && method !== 'HEAD'),
  )
  for (const route of shared) {
    const path = route.url.replace(':name', 'ledger').replace(':code', 'SALE_UNKNOWN')
    const answer = await go({ route, method: route.method, path, about: 'path' }, stranger)
    t.same(leaksIn(answer), [], nameOf(route))
    t.equal(answer.status === 403, route.permission === 'operate', nameOf(route))
  }
})

t.test('names that each organisation gives itself are free in every other', async (t) => {
  const mine = new Map<string, string>()
  const plain = reads.filter(isPlain)
  for (const step of plain) mine.set(step.path, toldAtAnyPlace(await go(step, owner)))
  for (const step of commandsOf(routes, theirs, 'making')) {
    const answer = await go(step, stranger)
    t.ok(answer.status < 300, `${step.about} ${JSON.stringify(answer.body)}`)
  }
  const key = `${theirs.mark}-key`
  const same = await api.post('/api/crm/customers', { name: 'B' }, { caller: stranger, key })
  t.equal(same.headers['idempotency-replayed'], undefined, 'a key is of its organisation')
  const correlation = { 'x-correlation-id': theirs.correlations[0] ?? '' }
  await api.post('/api/crm/customers', { name: 'C' }, { caller: stranger, headers: correlation })
  await api.caughtUp()
  for (const step of plain) {
    if (/accesses|refusals|receivers|persons/.test(step.path)) continue
    t.equal(toldAtAnyPlace(await go(step, owner)), mine.get(step.path), step.path)
  }
})

t.test('what was refused to others is done for whom it belongs to', async (t) => {
  for (const step of naming) {
    const pairs = pairsOf(textOf(step), theirs)
    const answer = await go(step, owner)
    t.not(answer.status, 404, `${step.about} ${JSON.stringify(answer.body)}`)
    const unknown = told(await go(nobodysStep(step, pairs), owner))
    t.not(replaced(told(answer), pairs), unknown, step.about)
  }
})

t.test('what is one’s own is nobody else’s', async (t) => {
  const ann = await person(api, 'Ann', { main: 'owner' })
  const bob = await person(api, 'Bob', { other: 'owner' })
  const anns = callerWith(await logIn(api, ann))
  const session = pick(await api.get('/api/auth/sessions', { caller: anns }), 'data', 0, 'id')
  const bodies: Readonly<Record<string, object>> = {
    'POST /api/auth/switch': { organisation: 'main' },
    'POST /api/auth/password': { password: ann.password, newPassword: 'eight owls on a tram' },
    'PATCH /api/auth/me': { language: 'fa' },
    'POST /api/auth/email': { password: ann.password, email: 'ann.b@example.com' },
  }
  const pairs: Pairs = [...pairsOf(session, theirs), ['"main"', '"nobodys"']]
  for (const route of routes.filter(({ permission }) => permission === 'own')) {
    const { method, url } = route
    const body = bodies[nameOf(route)]
    const path = url.replace(':id', session)
    const asked: Step = { route, method, path, about: nameOf(route), ...(body && { body }) }
    const [caller, again] = [callerWith(await logIn(api, bob)), callerWith(await logIn(api, bob))]
    const answer = await go(asked, caller)
    for (const secret of [...secrets, ann.userId, ann.email]) {
      t.notOk(JSON.stringify([answer.headers, answer.body]).includes(secret), asked.about)
    }
    const unknown = nobodysStep(asked, pairs)
    if (textOf(unknown) === textOf(asked)) continue
    t.equal(replaced(told(answer), pairs), told(await go(unknown, again)), asked.about)
  }
  t.equal((await api.get('/api/auth/me', { caller: anns })).status, 200, 'hers goes on')
})

t.test('every route was walked', async (t) => {
  t.same(
    routes.map(nameOf).filter((name) => !walked.has(name)),
    [],
  )
  t.equal(walked.size, routes.length)
  t.comment(`${routes.length} routes, ${requests} requests, 0 leaks`)
})

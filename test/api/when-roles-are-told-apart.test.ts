import { readFileSync } from 'node:fs'
import t from 'tap'
import { type DeclaredRoute, declaredRoutes } from '#api/declared-routes.ts'
import { mayRole } from '#api/permissions.ts'
import { routesByRole } from '#api/routes-by-role.ts'
import { type Role, roles } from '#domain/identity/roles.ts'
import { type ApiAnswer, callers, type Method, testApi } from '#test/support/api.ts'
import { routesOfRouter } from '#test/support/routes-of-router.ts'
import { dig, pick } from '#test/support/server.ts'

/** Who may do what stands in `src/api/routes-by-role.md`; here it is what the app says and does. */

const api = await testApi(t)
const routes = declaredRoutes(api.app)

const isAllowed = (role: Role, { permission }: DeclaredRoute): boolean =>
  permission === 'public' || mayRole(role, permission)

const nobody = { token: 'a-token-of-nobody-000000', organisation: '', actor: '', role: '' }

/** A request that gets as far as its route, which may well find it wanting. */
function ask(
  { method, url }: DeclaredRoute,
  caller = nobody,
  headers: Record<string, string> = {},
): Promise<ApiAnswer> {
  const path = url.replaceAll(/:\w+|\*/g, 'x')
  const writes = !['GET', 'HEAD', 'OPTIONS'].includes(method)
  return api.call(method as Method, path, { caller, headers, ...(writes && { body: {} }) })
}

const nameOf = ({ method, url }: DeclaredRoute): string => `${method} ${url}`
/** What is not made by the plugin of the documentation, which has ways of its own. */
const isOurs = (name: string): boolean => !name.includes(' /api/docs')
const isTurnedAway = (status: number): boolean => status === 401 || status === 403

/** Status and code; an answer to HEAD has no code to tell. */
const verdict = (answer: ApiAnswer): string =>
  isTurnedAway(answer.status) && answer.body !== ''
    ? `${answer.status} ${pick(answer, 'code')}`
    : `${answer.status}`

t.test('the committed table is what the app declares', async (t) => {
  const committed = readFileSync('src/api/routes-by-role.md', 'utf8')
  t.equal(committed, routesByRole(routes), 'if this is meant, `npm run routes` writes it anew')
})

t.test('every route of the app is one of the table', async (t) => {
  const known = routes.map(nameOf).filter(isOurs)
  t.same(routesOfRouter(api.app).filter(isOurs).toSorted(), known.toSorted())
  t.ok(known.length > 100)
})

t.test('HEAD asks for what GET asks', async (t) => {
  const ours = routes.filter((route) => isOurs(nameOf(route)))
  for (const { url, permission } of ours.filter(({ method }) => method === 'HEAD')) {
    const get = ours.find((one) => one.method === 'GET' && one.url === url)
    t.equal(get?.permission, permission, url)
  }
})

t.test('without a token nothing is answered but what is public', async (t) => {
  for (const route of routes) {
    const unknown = await ask(route)
    const unsigned = await ask(route, nobody, { authorization: '' })
    if (route.permission === 'public') {
      for (const { status } of [unknown, unsigned]) t.notOk(isTurnedAway(status), nameOf(route))
    } else {
      const isHead = route.method === 'HEAD'
      t.equal(verdict(unknown), isHead ? '401' : '401 TOKEN_UNKNOWN', nameOf(route))
      t.equal(verdict(unsigned), isHead ? '401' : '401 UNAUTHENTICATED', nameOf(route))
    }
  }
})

const asked = routes.filter(
  ({ method, permission }) => method !== 'HEAD' && permission !== 'public',
)
for (const role of roles) {
  t.test(`the role ${role} may do what the table says, and nothing else`, async (t) => {
    const refused: string[] = []
    for (const route of asked) {
      const answer = await ask(route, callers[role])
      const isRefused = verdict(answer) === '403 FORBIDDEN'
      if (isRefused) refused.push(nameOf(route))
      t.equal(isTurnedAway(answer.status), isRefused, `${nameOf(route)}: ${answer.status}`)
    }
    const forbidden = asked.filter((route) => !isAllowed(role, route))
    t.same(refused, forbidden.map(nameOf))
    t.comment(`${role}: ${asked.length - refused.length} of ${asked.length} routes`)
  })
}

t.test('a command of a bulk needs the permission of its own address', async (t) => {
  const commands = routes.filter(
    ({ permission, isBulk, method }) =>
      ['write', 'administer', 'erase'].includes(permission) &&
      !isBulk &&
      !['GET', 'HEAD'].includes(method),
  )
  t.ok(commands.length > 30)
  for (const role of roles.filter((one) => mayRole(one, 'write'))) {
    const sent = commands.map(({ method, url }, i) => ({
      method,
      path: url.replaceAll(/:\w+/g, 'x'),
      idempotencyKey: `${role}-${i}`,
    }))
    const answer = await api.post('/api/bulk', { commands: sent }, { caller: callers[role] })
    const outcomes = dig(answer, 'data') as readonly { readonly status: number }[]
    for (const [i, { status }] of outcomes.entries()) {
      const command = commands[i] as DeclaredRoute
      t.equal(status === 403, !isAllowed(role, command), `${role}: ${command.url} ${status}`)
    }
  }
})

t.test(
  'the analyst is told figures, the auditor everything, whoever runs it no books',
  async (t) => {
    const may = (role: Role, method: string, url: string): boolean => {
      const route = routes.find((one) => one.method === method && one.url === url)
      if (route === undefined) throw new Error(`There is no ${method} ${url}`)
      return isAllowed(role, route)
    }
    t.same(
      roles.filter((role) => may(role, 'GET', '/api/events')),
      ['owner', 'accountant', 'auditor'],
    )
    t.same(
      roles.filter((role) => may(role, 'GET', '/api/accesses')),
      ['owner', 'auditor'],
    )
    t.same(
      roles.filter((role) => may(role, 'POST', '/api/projections/rebuild')),
      ['installation'],
    )
    const books = routes.filter(({ url }) => /crm|finance|wallets|ledger|events|streams/.test(url))
    t.notOk(books.some((route) => isAllowed('installation', route)))
    const written = routes.filter(
      ({ method, permission }) =>
        !['GET', 'HEAD'].includes(method) && !['verify', 'own', 'public'].includes(permission),
    )
    for (const role of ['analyst', 'accountant', 'auditor'] as const) {
      t.notOk(
        written.some((route) => isAllowed(role, route)),
        `${role} reads`,
      )
    }
  },
)

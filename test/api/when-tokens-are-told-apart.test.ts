import { setImmediate as soon } from 'node:timers/promises'
import Fastify from 'fastify'
import t from 'tap'
import type { App } from '#api/app-type.ts'
import {
  bearerTokens,
  type Caller,
  callerOf,
  configuredTokens,
  requirePermissions,
  type TokenResolvers,
} from '#api/authentication.ts'
import { handleErrors } from '#api/error-handling.ts'
import { ApiError } from '#api/errors.ts'
import { may } from '#api/permissions.ts'
import type { CommandHandler } from '#commands/handler.ts'

const configured = configuredTokens([
  { token: 'owner-of-main-0000', organisation: 'main', actor: 'olga', role: 'owner' },
  { token: 'machine-of-main-00', organisation: 'main', actor: 'till', role: 'service' },
  { token: 'runs-everything-00', organisation: '', actor: 'ines', role: 'installation' },
])
const una: Caller = {
  kind: 'person',
  organisation: 'main',
  actor: 'una',
  role: 'owner',
  userId: 'user-1',
  sessionId: 'session-1',
  language: 'fa',
}
const till: Caller = {
  kind: 'machine',
  organisation: 'main',
  actor: 'till-2',
  role: 'service',
  scopes: ['read'],
}

/** Routes that say who calls, over callers as given; messages of the organisation are in Arabic. */
function appWith(resolvers: Omit<TokenResolvers, 'configured'>): App {
  const app: App = Fastify()
  const load = async () => ({ state: { language: 'ar' }, revision: 0 })
  handleErrors(app, {
    handler: { load } as unknown as CommandHandler,
    limits: { bodyBytes: 1000 },
    refused: () => undefined,
  })
  requirePermissions(app, bearerTokens({ configured, ...resolvers }))
  app.get('/things', may('read'), async (request) => callerOf(request))
  app.post('/things', may('write'), async (request) => callerOf(request))
  app.get('/runs', may('watch'), async (request) => callerOf(request))
  app.get('/me', may('own'), async (request) => callerOf(request))
  return app
}

async function ask(app: App, token: string, method: 'GET' | 'POST' = 'GET', url = '/things') {
  const answer = await app.inject({ method, url, headers: { authorization: `Bearer ${token}` } })
  return { status: answer.statusCode, headers: answer.headers, body: answer.json<object>() }
}

t.test('each kind of token is shown to whoever knows that kind, whole', async (t) => {
  const shown: string[] = []
  const app = appWith({
    accessToken: async (token) => {
      shown.push(`access token ${token}`)
      await soon()
      return una
    },
    apiKey: (token) => {
      shown.push(`API key ${token}`)
      return till
    },
  })
  t.strictSame((await ask(app, 'dba_1')).body, una)
  t.strictSame((await ask(app, 'dbk_2')).body, till)
  t.match((await ask(app, 'owner-of-main-0000')).body, { actor: 'olga' })
  t.same(shown, ['access token dba_1', 'API key dbk_2'])
})

t.test('a caller of the configuration is known at once, and what it is', async (t) => {
  const app = appWith({})
  const kindOf = async (token: string) => (await ask(app, token, 'GET', '/runs')).body
  t.match(await kindOf('owner-of-main-0000'), { kind: 'person', organisation: 'main' })
  t.match(await kindOf('machine-of-main-00'), { kind: 'machine', role: 'service' })
  t.match(await kindOf('runs-everything-00'), { kind: 'installation', organisation: '' })
  t.notOk(configured('owner-of-main-0000') instanceof Promise)
})

t.test('a token that nobody has is not known, at once or after a look', async (t) => {
  const unknown = { status: 401, body: { code: 'TOKEN_UNKNOWN' } }
  const nobody = appWith({})
  for (const token of ['dbk_1', 'made-up']) t.match(await ask(nobody, token), unknown)
  const looks = appWith({ apiKey: () => undefined })
  t.match(await ask(looks, 'dbk_1'), unknown)
})

t.test(
  'an access token that nobody has may have been one, and how to get another is said',
  async (t) => {
    const ended = { status: 401, body: { code: 'ACCESS_TOKEN_ENDED', detail: /auth\/refresh/ } }
    t.match(await ask(appWith({}), 'dba_1'), ended)
    t.match(await ask(appWith({ accessToken: async () => undefined }), 'dba_1'), ended)
  },
)

t.test('what whoever knows a kind says against a token is answered', async (t) => {
  const refuse = (): never => {
    throw new ApiError('UNAUTHENTICATED')
  }
  const app = appWith({ accessToken: async () => refuse(), apiKey: refuse })
  for (const token of ['dba_1', 'dbk_1']) {
    t.match(await ask(app, token), { status: 401, body: { code: 'UNAUTHENTICATED' } })
  }
})

t.test('when those who know a kind fail, that is no fault of the token', async (t) => {
  const app = appWith({ apiKey: () => Promise.reject(new Error('no connection')) })
  t.match(await ask(app, 'dbk_1'), { status: 500, body: { code: 'INTERNAL_ERROR' } })
})

t.test('of a role counts what the scopes name, and of the scopes what the role has', async (t) => {
  const app = appWith({ apiKey: () => ({ ...till, scopes: ['read', 'audit'] }) })
  t.equal((await ask(app, 'dbk_1')).status, 200)
  const missing = { status: 403, body: { code: 'SCOPE_MISSING' } }
  t.match(await ask(app, 'dbk_1', 'POST'), missing)
  t.match(await ask(app, 'dbk_1', 'GET', '/runs'), missing)
  const analyst = appWith({ apiKey: () => ({ ...till, role: 'analyst', scopes: ['write'] }) })
  t.match(await ask(analyst, 'dbk_1', 'POST'), { status: 403, body: { code: 'FORBIDDEN' } })
})

t.test('of what no key can be given, a key is told that it is for people', async (t) => {
  const app = appWith({ apiKey: () => till, accessToken: () => una })
  const forPeople = { status: 409, body: { code: 'SIGN_IN_REQUIRED', detail: /auth\/login/ } }
  t.match(await ask(app, 'dbk_1', 'GET', '/me'), forPeople)
  t.equal((await ask(app, 'dba_1', 'GET', '/me')).status, 200)
})

t.test('a person is answered in the language that they chose, whatever is accepted', async (t) => {
  const app = appWith({ accessToken: () => ({ ...una, role: 'analyst' }) })
  const answer = await app.inject({
    method: 'POST',
    url: '/things',
    headers: { authorization: 'Bearer dba_1', 'accept-language': 'en' },
  })
  t.match(answer, { statusCode: 403, headers: { 'content-language': 'fa' } })
  t.match(await ask(app, 'made-up'), { headers: { 'content-language': 'en' } })
})

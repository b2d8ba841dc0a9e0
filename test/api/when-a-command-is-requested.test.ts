import Fastify from 'fastify'
import t from 'tap'
import type { App } from '#api/app-type.ts'
import { bearerTokens, configuredTokens, requirePermissions } from '#api/authentication.ts'
import { type AnsweredCommand, commandRequests } from '#api/command-requests.ts'
import { handleErrors } from '#api/error-handling.ts'
import { acceptJson } from '#api/json-requests.ts'
import { may } from '#api/permissions.ts'
import { validatorCompiler } from '#api/validation.ts'
import type { CommandContext, CommandHandler, HandleOptions } from '#commands/handler.ts'
import { Rejection } from '#domain/rejection.ts'
import type { Position } from '#log/event-store.ts'

interface Asked {
  readonly context: CommandContext
  readonly options: HandleOptions
}

const tokens = [
  { token: 'owner-of-main-0000', organisation: 'main', actor: 'olga', role: 'owner' },
  { token: 'auditor-of-main-00', organisation: 'main', actor: 'alma', role: 'auditor' },
  { token: 'nobody-of-main-000', organisation: 'main', actor: 'nina', role: 'unheard-of' },
]
const asks = (key?: string, token = 'owner-of-main-0000') => ({
  authorization: `Bearer ${token}`,
  ...(key === undefined ? {} : { 'idempotency-key': key }),
})

/** One route that asks an operation, and all that was asked of it. */
function appWith(operate: (asked: Asked) => Promise<AnsweredCommand>): {
  readonly app: App
  readonly asked: Asked[]
} {
  const asked: Asked[] = []
  const app: App = Fastify()
  const load = async () => ({ state: { language: 'ar' }, revision: 0 })
  app.setValidatorCompiler(validatorCompiler)
  acceptJson(app)
  handleErrors(app, {
    handler: { load } as unknown as CommandHandler,
    limits: { bodyBytes: 1000 },
    refused: () => undefined,
  })
  requirePermissions(app, bearerTokens({ configured: configuredTokens(tokens) }))
  const run = commandRequests(app, {
    keyedHash: (purpose, ...parts) => `${purpose}(${parts.join(' ')})`,
    clock: () => '2026-11-21T10:00:00.000Z',
    commandsWaiting: 2,
  })
  app.post('/things', may('write'), async (request, reply) => {
    await run(
      request,
      reply,
      async (context, options) => {
        asked.push({ context, options })
        return operate({ context, options })
      },
      { amount: 'saleAmount' },
    )
    return { ok: true }
  })
  return { app, asked }
}

const accepted: AnsweredCommand = { revision: 4, position: '17' as Position, replayed: false }

t.test('a command knows who asks, when, and under which key', async (t) => {
  const { app, asked } = appWith(async () => accepted)
  const answer = await app.inject({
    method: 'POST',
    url: '/things?x=1',
    headers: { ...asks('k1'), 'if-match': '"3"' },
    payload: { b: 1, a: [500000] },
  })
  t.equal(answer.statusCode, 200)
  t.match(answer.headers, { 'daybook-position': '17', etag: '"4"' })
  t.notOk(answer.headers['idempotency-replayed'])
  t.match(asked[0], {
    context: { organisation: 'main', actor: 'olga', now: '2026-11-21T10:00:00.000Z' },
    options: { ifRevision: 3 },
  })
  t.match(asked[0]?.context.bodyHash, /^bodyHash\(main POST \/things /)
})

t.test(
  'the same key gives the same command; spaces and order of fields do not matter',
  async (t) => {
    const { app, asked } = appWith(async () => accepted)
    const send = (payload: string, key: string, extra: object = {}) =>
      app.inject({
        method: 'POST',
        url: '/things',
        headers: { ...asks(key), 'content-type': 'application/json', ...extra },
        payload,
      })
    await send('{"a": 1, "b": [{"c": "x"}]}', 'k')
    await send('{ "b": [{"c": "x"}], "a": 1 }', 'k')
    await send('{"a": 1.0, "b": [{"c": "x"}]}', 'k')
    await send('{"a": 1, "b": [{"c": "x"}]}', 'other')
    const [first, second, third, fourth] = asked.map(({ context }) => context)
    t.equal(second?.commandId, first?.commandId)
    t.equal(second?.bodyHash, first?.bodyHash)
    t.equal(third?.commandId, first?.commandId)
    t.not(third?.bodyHash, first?.bodyHash, 'digits are told apart')
    t.not(fourth?.commandId, first?.commandId)
  },
)

t.test('without a key every request is a command of its own', async (t) => {
  const { app, asked } = appWith(async () => accepted)
  const request = { method: 'POST', url: '/things', headers: asks() } as const
  await app.inject(request)
  await app.inject(request)
  t.not(asked[0]?.context.commandId, asked[1]?.context.commandId)
  t.equal(asked[0]?.context.bodyHash, undefined)
})

t.test('a replayed outcome says so', async (t) => {
  const { app } = appWith(async () => ({ ...accepted, replayed: true }))
  const answer = await app.inject({ method: 'POST', url: '/things', headers: asks('k') })
  t.equal(answer.headers['idempotency-replayed'], 'true')
})

t.test('a repeat waits outside while the first is at work', async (t) => {
  const gate = Promise.withResolvers<AnsweredCommand>()
  const { app, asked } = appWith(() => gate.promise)
  await app.ready()
  const send = (key: string, payload: object = {}) =>
    app.inject({ method: 'POST', url: '/things', headers: asks(key), payload })
  const first = send('k')
  while (asked.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.match((await send('k')).json(), { status: 409, code: 'IDEMPOTENCY_IN_FLIGHT' })
  t.match((await send('k', { x: 1 })).json(), { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' })
  const second = send('l')
  while (asked.length === 1) await new Promise((resolve) => setImmediate(resolve))
  const busy = await send('m')
  t.match(busy.json(), { status: 503, code: 'TOO_BUSY' })
  t.equal(busy.headers['retry-after'], '1')
  gate.resolve(accepted)
  t.equal((await first).statusCode, 200)
  t.equal((await second).statusCode, 200)
  t.equal((await send('k')).statusCode, 200, 'and comes in afterwards')
})

t.test(
  'a refusal names the field as the request does, in the language of the organisation',
  async (t) => {
    const { app } = appWith(async () => {
      throw new Rejection('AMOUNT_ZERO', {}, 'amount')
    })
    const answer = await app.inject({ method: 'POST', url: '/things', headers: asks('k') })
    t.equal(answer.headers['content-type'], 'application/problem+json')
    t.equal(answer.headers['content-language'], 'ar')
    t.match(answer.json(), {
      success: false,
      code: 'AMOUNT_ZERO',
      errors: [{ in: 'body', pointer: '/saleAmount' }],
    })
    const persian = await app.inject({
      method: 'POST',
      url: '/things',
      headers: { ...asks('k'), 'accept-language': 'fa' },
    })
    t.equal(persian.headers['content-language'], 'fa')
  },
)

t.test('bad headers and unknown callers are refused', async (t) => {
  const { app, asked } = appWith(async () => accepted)
  const code = async (headers: Record<string, string>) => {
    const answer = await app.inject({ method: 'POST', url: '/things', headers })
    const { status, code } = answer.json<{ status: number; code: string }>()
    return `${status} ${code}`
  }
  t.equal(await code({}), '401 UNAUTHENTICATED')
  t.equal(await code({ authorization: 'Basic b2xnYTp4' }), '401 UNAUTHENTICATED')
  t.equal(await code(asks('k', 'made-up')), '401 TOKEN_UNKNOWN')
  t.equal(await code(asks('k', 'auditor-of-main-00')), '403 FORBIDDEN')
  t.equal(await code(asks('k', 'nobody-of-main-000')), '403 FORBIDDEN')
  t.equal(await code({ ...asks(), 'idempotency-key': 'a b' }), '400 IDEMPOTENCY_KEY_INVALID')
  t.equal(await code(asks('k'.repeat(256))), '400 IDEMPOTENCY_KEY_INVALID')
  t.equal(await code({ ...asks('k'), 'if-match': 'W/"3"' }), '400 IF_MATCH_INVALID')
  t.equal(await code({ ...asks('k'), 'if-match': '"a"' }), '400 IF_MATCH_INVALID')
  t.equal(asked.length, 0)
})

t.test('a fault of ours tells nothing of itself', async (t) => {
  const { app } = appWith(async () => {
    throw new Error('secret of the stack')
  })
  const answer = await app.inject({ method: 'POST', url: '/things', headers: asks('k') })
  t.match(answer.json(), { status: 500, code: 'INTERNAL_ERROR' })
  t.notMatch(answer.body, 'secret')
})

t.test('a route without a permission cannot be registered', async (t) => {
  const { app } = appWith(async () => accepted)
  t.throws(() => app.get('/open', () => 'everything'), /declares no permission/)
})

import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CommandHandler } from '#commands/handler.ts'
import type { Limits, ServerRole } from '#config'
import type { App } from './app-type.ts'
import { pathOf } from './command-requests.ts'
import { asksIfAlive } from './declared-routes.ts'
import { ApiError, httpStatus } from './errors.ts'
import { problemOf, type Refusal, refusalOf } from './problem.ts'
import { languageOf, wishedLanguage } from './request-language.ts'

export interface ErrorDeps {
  readonly handler: CommandHandler
  readonly limits: Pick<Limits, 'bodyBytes'>
  /** Told of every refusal before it is answered. */
  readonly refused: (request: FastifyRequest, refusal: Refusal) => void
  readonly role?: ServerRole
}

/** How long requests in hand may take once the server is asked to end; longer than any command or query. */
const DRAIN_DEADLINE_MS = 16_000

/**
 * Once the server is asked to end, it finishes what it accepted and takes nothing more. It listens until
 * then, so that new requests are told to come back rather than find nobody. So are those beyond
 * `atOnce` in hand, but for the question whether it lives.
 *
 * @returns whether it was asked to end, for what does many things in one request.
 */
export function refuseWhileClosing(app: App, atOnce: number): () => boolean {
  const inHand = new Set<FastifyRequest>()
  let closing = false
  let drained: (() => void) | undefined
  const answered = (request: FastifyRequest): void => {
    if (inHand.delete(request) && inHand.size === 0) drained?.()
  }
  app.addHook('preClose', async () => {
    closing = true
    if (inHand.size === 0) return
    const ended = new AbortController()
    const all = new Promise<void>((resolve) => (drained = resolve))
    const deadline = sleep(DRAIN_DEADLINE_MS, undefined, { signal: ended.signal })
    await Promise.race([all, deadline.catch(() => undefined)])
    ended.abort()
  })
  app.addHook('onRequest', async (request, reply) => {
    if (closing) throw new ApiError('SHUTTING_DOWN')
    if (inHand.size >= atOnce && !asksIfAlive(request)) throw new ApiError('TOO_BUSY')
    inHand.add(request)
    // Also when its caller has gone.
    reply.raw.once('close', () => answered(request))
  })
  app.addHook('onResponse', async (request) => answered(request))
  // Or else callers would hold their connections open, and the server with them.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
  return () => closing
}

/** Every error leaves as a problem document, in the language of whoever asked. */
export function handleErrors(app: App, deps: ErrorDeps): void {
  app.setNotFoundHandler(async (request) => {
    const code = deps.role === 'projector' ? 'SERVED_ELSEWHERE' : 'ROUTE_UNKNOWN'
    throw new ApiError(code, { method: request.method, path: pathOf(request) })
  })
  const answer = problemAnswerer(deps)
  app.setErrorHandler((error, request, reply) => answer(error, request, reply))
}

/** Answers anything thrown with its problem document. */
export function problemAnswerer({ handler, limits, refused }: ErrorDeps) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const refusal = withLimit(refusalOf(error, request), request, limits.bodyBytes)
    const status = httpStatus[refusal.code]
    refused(request, refusal)
    if (status === 500) request.log.error({ err: error }, 'a fault of ours')
    else if (status === 503 && !isOfLoad(refusal)) request.log.warn({ err: error }, 'not available')
    // When log or database do not answer, or there is too much to do, they are not asked for a language either.
    const language =
      status === 503 || status === 429
        ? (wishedLanguage(request) ?? 'en')
        : await languageOf(request, handler)
    const setting = { language, requestId: request.id, instance: pathOf(request) }
    if (refusal.retryAfterSeconds !== undefined) {
      reply.header('retry-after', Math.ceil(refusal.retryAfterSeconds))
    }
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    reply.header('content-language', language)
    // Where no route was looked for no hook puts it there.
    reply.header('x-request-id', request.id)
    return reply
      .code(status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problemOf(refusal, setting))
  }
}

/** Nothing is wrong, and to write of each would make things worse. */
function isOfLoad({ code }: Refusal): boolean {
  return code === 'TOO_BUSY' || code === 'SHUTTING_DOWN'
}

function withLimit(refusal: Refusal, request: FastifyRequest, bodyBytes: number): Refusal {
  if (refusal.code !== 'BODY_TOO_LARGE') return refusal
  const limit = request.routeOptions.bodyLimit ?? bodyBytes
  return { ...refusal, facts: { limit, ...refusal.facts } }
}

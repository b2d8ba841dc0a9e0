import type { FastifyReply, FastifyRequest } from 'fastify'
import type { CommandHandler } from '#commands/handler.ts'
import type { Limits } from '#config'
import type { App } from './app-type.ts'
import { pathOf } from './command-requests.ts'
import { ApiError, httpStatus } from './errors.ts'
import { acceptedLanguage } from './languages.ts'
import { problemOf, type Refusal, refusalOf } from './problem.ts'
import { languageOf } from './request-language.ts'

export interface ErrorDeps {
  readonly handler: CommandHandler
  readonly limits: Pick<Limits, 'bodyBytes'>
  /** Told of every refusal before it is answered. */
  readonly refused: (request: FastifyRequest, refusal: Refusal) => void
}

/** Once the server is asked to end, it finishes what it accepted and takes nothing more. */
export function refuseWhileClosing(app: App): void {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onRequest', async () => {
    if (closing) throw new ApiError('SHUTTING_DOWN')
  })
  // Or else callers would hold their connections open, and the server with them.
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close')
  })
}

/** Every error leaves as a problem document, in the language of whoever asked. */
export function handleErrors(app: App, deps: ErrorDeps): void {
  app.setNotFoundHandler(async (request) => {
    throw new ApiError('ROUTE_UNKNOWN', { method: request.method, path: pathOf(request) })
  })
  const answer = problemAnswerer(deps)
  app.setErrorHandler((error, request, reply) => answer(error, request, reply))
}

/** Answers anything thrown with its problem document. */
export function problemAnswerer({ handler, limits, refused }: ErrorDeps) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const refusal = withLimit(refusalOf(error), request, limits.bodyBytes)
    const status = httpStatus[refusal.code]
    refused(request, refusal)
    if (status === 500) request.log.error({ err: error }, 'a fault of ours')
    else if (status === 503) request.log.warn({ err: error }, 'not available')
    // When log or database do not answer, they are not asked for a language either.
    const language =
      status === 503
        ? (acceptedLanguage(request.headers) ?? 'en')
        : await languageOf(request, handler)
    const setting = { language, requestId: request.id, instance: pathOf(request) }
    if (refusal.retryAfterSeconds !== undefined) {
      reply.header('retry-after', Math.ceil(refusal.retryAfterSeconds))
    }
    if (status === 401) reply.header('www-authenticate', 'Bearer')
    reply.header('content-language', language)
    return reply
      .code(status)
      .type('application/problem+json')
      .serializer(JSON.stringify)
      .send(problemOf(refusal, setting))
  }
}

function withLimit(refusal: Refusal, request: FastifyRequest, bodyBytes: number): Refusal {
  if (refusal.code !== 'BODY_TOO_LARGE') return refusal
  const limit = request.routeOptions.bodyLimit ?? bodyBytes
  return { ...refusal, facts: { limit, ...refusal.facts } }
}

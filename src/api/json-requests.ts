import type { FastifyRequest } from 'fastify'
import type { App } from './app-type.ts'
import { ApiError, type FieldError } from './errors.ts'
import { findUnstorableText, parseJsonBody } from './json-body.ts'
import type { RouteConfig } from './permissions.ts'

/** Documents of ours are nested four deep; nothing honest comes near this. */
const MAX_DEPTH = 32

/** Bodies are JSON and nothing else, with exact numbers; no body at all is an empty object. */
export function acceptJson(app: App): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (_request: FastifyRequest, body: Buffer) => parseJsonBody(body, MAX_DEPTH),
  )
  app.addHook('preValidation', async (request) => {
    if (request.body === undefined && request.method !== 'GET') request.body = {}
    if (!isBulk(request)) refuseUnstorableText('body', request.body)
    refuseUnstorableText('query', request.query)
    refuseUnstorableText('path', request.params)
  })
}

/** One command with such a text does not keep the others of its bulk back. */
function isBulk({ routeOptions }: FastifyRequest): boolean {
  return (routeOptions.config as Partial<RouteConfig>).isBulk === true
}

/** @throws ApiError REQUEST_INVALID naming the first text that cannot be stored. */
export function refuseUnstorableText(place: FieldError['in'], value: unknown): void {
  const pointer = findUnstorableText(value)
  if (pointer === undefined) return
  const facts = { field: pointer.slice(1).replaceAll('/', '.') }
  const field: FieldError = { in: place, pointer, code: 'TEXT_UNSTORABLE', facts }
  throw new ApiError('REQUEST_INVALID', {}, [field])
}

import cors from '@fastify/cors'
import type { Network } from '#config'
import type { App } from './app-type.ts'

/**
 * Lets pages of the named origins call the API from a browser; without any, browsers refuse all but our own.
 * Callers prove who they are by a header that a page must set itself: cookies mean nothing here, but for
 * who is on the way back from a provider, and that one is of no other origin's pages.
 * Before authentication, since browsers ask first whether they may, and without a token.
 */
export async function allowOrigins(app: App, { corsOrigins }: Network): Promise<void> {
  if (corsOrigins.length === 0) return
  await app.register(cors, {
    origin: [...corsOrigins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'accept-language',
      'authorization',
      'content-type',
      'idempotency-key',
      'if-match',
      'x-correlation-id',
    ],
    exposedHeaders: [
      'content-disposition',
      'content-language',
      'daybook-position',
      'etag',
      'idempotency-replayed',
      'link',
      'retry-after',
      'x-request-id',
    ],
    maxAge: 600,
    // What is no question of a browser gets an answer all the same, and no error of another shape.
    strictPreflight: false,
  })
}

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FastifyRequest } from 'fastify'
import helmet, { type HelmetOptions } from 'helmet'

/** What only ever answers data runs nothing, loads nothing and is shown in no frame. */
const ofData: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
}
/** The page that describes the API loads its own scripts, and styles that it writes itself. */
const ofPages: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      scriptSrcAttr: ["'none'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      objectSrc: ["'none'"],
      baseUri: ["'self'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
}
/** The page on which a password is set loads a script and a style of ours, and speaks with the API. */
const ofSetup: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
}

const headers = {
  // What is in the books is kept in no cache.
  data: { ...headersOf(ofData), 'cache-control': 'no-store' },
  pages: headersOf(ofPages),
  setup: { ...headersOf(ofSetup), 'cache-control': 'no-store' },
}

/** What every answer tells browsers that they must not do with it. */
export function securityHeaders({ url }: Pick<FastifyRequest, 'url'>) {
  if (url.startsWith('/api/docs')) return headers.pages
  return /^\/setup(?:[/?]|$)/.test(url) ? headers.setup : headers.data
}

/** They are the same for every answer: helmet is asked once. */
function headersOf(options: HelmetOptions): Readonly<Record<string, string>> {
  const request = new IncomingMessage(new Socket())
  const response = new ServerResponse(request)
  helmet(options)(request, response, (error) => {
    if (error !== undefined) throw error
  })
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  )
}

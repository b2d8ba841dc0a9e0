import type { FastifyInstance, RouteHandlerMethod, RouteOptions } from 'fastify'
import { createSerializerCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import type { Asked } from '../command-order.ts'
import { ApiError } from '../errors.ts'
import type { RouteConfig } from '../permissions.ts'
import { parsed } from '../validation.ts'

/** A route as a bulk has it done. */
export interface Route extends RouteConfig {
  readonly method: string
  readonly url: string
  readonly handler: RouteHandlerMethod
  /** @throws ApiError REQUEST_INVALID */
  readonly parse: (part: 'params' | 'body', sent: unknown) => Asked['body']
  /** The JSON text of an answer of this status. */
  readonly write: (status: number, payload: unknown) => string
}

interface FoundRoute {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

interface Known {
  readonly route: Route
  readonly segments: readonly string[]
}

/** The routes of the app, as they are added from here on. */
export class RouteTable {
  /** By method and number of segments. */
  readonly #known = new Map<string, Known[]>()

  constructor(app: FastifyInstance) {
    app.addHook('onRoute', (options) => {
      for (const method of [options.method].flat()) this.#add(method, options)
    })
  }

  #add(method: string, options: RouteOptions): void {
    const segments = options.url.split('/')
    const key = `${method} ${segments.length}`
    const { url, handler } = options
    const config = (options.config ?? { permission: 'public' }) as RouteConfig
    const route = { ...config, ...readerAndWriter(method, options), method, url, handler }
    const alike = this.#known.get(key)
    // Of `/sales/:id` and `/sales/summary`, the one that says more is found first.
    const all = [...(alike ?? []), { route, segments }]
    this.#known.set(
      key,
      all.toSorted((a, b) => parameters(a) - parameters(b)),
    )
  }

  /** @throws ApiError REQUEST_MALFORMED when the path is not rightly encoded. */
  find(method: string, path: string): FoundRoute | undefined {
    const segments = path.split('/')
    const alike = this.#known.get(`${method} ${segments.length}`) ?? []
    const best = alike.find((known) =>
      known.segments.every((segment, i) => segment === segments[i] || segment.startsWith(':')),
    )
    if (best === undefined) return undefined
    const params: Record<string, string> = {}
    for (const [i, segment] of best.segments.entries()) {
      if (segment.startsWith(':')) params[segment.slice(1)] = decoded(segments[i] ?? '', path)
    }
    return { route: best.route, params }
  }
}

function parameters({ segments }: Known): number {
  return segments.filter((segment) => segment.startsWith(':')).length
}

function decoded(segment: string, path: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new ApiError('REQUEST_MALFORMED', { reason: `${path} is not rightly encoded` })
  }
}

type Schemas = Readonly<Record<string, z.ZodType | undefined>>

/** Parses and writes by the route's own schemas, as the app does for a request of its own. */
function readerAndWriter(
  method: string,
  { schema = {}, url }: RouteOptions,
): Pick<Route, 'parse' | 'write'> {
  const compileWriter = createSerializerCompiler()
  const answers = (schema.response ?? {}) as Schemas
  const writers = new Map<number, (payload: unknown) => string>()
  return {
    parse(part, sent) {
      const partSchema = (schema as Schemas)[part]
      if (partSchema === undefined) return sent as Asked['body']
      const found = parsed(partSchema, part === 'params' ? 'path' : 'body', sent)
      if ('error' in found) throw found.error
      return found.value as Asked['body']
    },
    write(status, payload) {
      const found = writers.get(status)
      if (found !== undefined) return found(payload)
      const answer = answers[status]
      if (answer === undefined) throw new Error(`${method} ${url} declares no answer ${status}`)
      const write = compileWriter({ schema: answer, method, url, httpStatus: String(status) })
      writers.set(status, write)
      return write(payload)
    },
  }
}

import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify'
import type { Permission, RouteConfig } from './permissions.ts'

/** A route as it was declared: what it asks of its caller, and of the request. */
export interface DeclaredRoute {
  readonly method: string
  /** The pattern: `/api/wallets/:id/debits`. */
  readonly url: string
  readonly permission: Permission
  readonly isBulk: boolean
  readonly schema: FastifySchema
}

const declared = new WeakMap<FastifyInstance, DeclaredRoute[]>()

/** The routes of an app in the order in which they were added, the documentation's own among them. */
export function declaredRoutes(app: FastifyInstance): readonly DeclaredRoute[] {
  return declared.get(app) ?? []
}

/** Makes every route that is added from here on declare its permission, or fail. */
export function declareRoutes(app: FastifyInstance): void {
  const routes: DeclaredRoute[] = []
  declared.set(app, routes)
  app.addHook('onRoute', ({ method, url, config, schema = {} }) => {
    const permission = isDocumentation(url) ? 'public' : permissionIn(config)
    if (permission === undefined) throw new Error(`${url} declares no permission`)
    const isBulk = config !== undefined && 'isBulk' in config
    for (const one of [method].flat()) {
      routes.push({ method: one, url, permission, isBulk, schema })
    }
  })
}

/** Its routes are made by a plugin, which cannot say `may(…)`: what the API looks like is no secret. */
function isDocumentation(url: string): boolean {
  return url === '/api/docs' || url.startsWith('/api/docs/')
}

/** What a route declared; undefined for one of the documentation. */
export function permissionIn(config: object | undefined): Permission | undefined {
  return config !== undefined && 'permission' in config
    ? (config as RouteConfig).permission
    : undefined
}

/** Whether this process lives is answered whatever else there is to do: whoever asks may restart it. */
export const LIVENESS = '/health'

export function asksIfAlive({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === LIVENESS
}

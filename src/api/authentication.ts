import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { declareRoutes, permissionIn } from './declared-routes.ts'
import { ApiError } from './errors.ts'
import { mayRole, type Permission } from './permissions.ts'
import type { RateLimits } from './rate-limits.ts'

/** Who calls. */
export interface Caller {
  /** Empty for the installation's operator, who is of none. */
  readonly organisation: string
  readonly actor: string
  readonly role: string
}

/** A caller known from the configuration: whoever presents the token is this actor. */
export interface CallerToken extends Caller {
  readonly token: string
}

/** Finds out who calls. The one place that knows how callers prove who they are. */
export type Authenticate = (request: FastifyRequest) => Caller

/**
 * Callers by bearer token. Tokens are looked up by their hash, so that the time a lookup takes tells
 * nothing about them.
 */
export function bearerTokens(tokens: readonly CallerToken[]): Authenticate {
  const byToken = new Map(
    tokens.map(({ token, organisation, actor, role }) => [
      hashed(token),
      { organisation, actor, role },
    ]),
  )
  return (request) => {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) throw new ApiError('UNAUTHENTICATED')
    const caller = byToken.get(hashed(token))
    if (caller === undefined) throw new ApiError('TOKEN_UNKNOWN')
    return caller
  }
}

const CALLER = Symbol('caller')

/**
 * Lets nobody through to a route without its permission, which each route declares by `may(…)`; a route
 * that declares none cannot be registered. Requests count for their caller, or else, with those whose
 * token nobody has, for their address.
 */
export function requirePermissions(
  app: FastifyInstance,
  authenticate: Authenticate,
  rates?: RateLimits,
): void {
  declareRoutes(app)
  app.decorateRequest(CALLER, undefined)
  app.addHook('onRequest', async (request) => {
    const permission = permissionIn(request.routeOptions.config)
    if (request.is404 || permission === undefined || permission === 'public') {
      if (request.routeOptions.url !== '/health') await rates?.ofAddress(request)
      return
    }
    let caller: Caller
    try {
      caller = authenticate(request)
    } catch (error) {
      await rates?.ofAddress(request)
      throw error
    }
    const called: Called = request
    called[CALLER] = caller
    // What is not allowed counts as well.
    await rates?.ofCaller(request)
    admit(request, caller, permission)
  })
}

/** What has a caller: a request, or a command of a bulk. */
interface Called extends Pick<FastifyRequest, 'url'> {
  [CALLER]?: Caller | undefined
}

/** @throws ApiError FORBIDDEN when the caller's role has no such permission. */
export function admit(request: Called, caller: Caller, permission: Permission): void {
  request[CALLER] = caller
  if (!mayRole(caller.role, permission)) {
    throw new ApiError('FORBIDDEN', { role: caller.role, permission })
  }
}

/** The caller of a request that has passed authentication. */
export function callerOf(request: Called): Caller {
  const caller = knownCaller(request)
  if (caller === undefined) throw new Error(`${request.url} is public and has no caller`)
  return caller
}

/** The caller, where one is known already: an error may be answered before. */
export function knownCaller(request: Called): Caller | undefined {
  return request[CALLER]
}

function hashed(token: string): string {
  return hash('sha256', token, 'base64')
}

import { hash } from 'node:crypto'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { tokenPrefixes } from '#config'
import { asksIfAlive, declareRoutes, permissionIn } from './declared-routes.ts'
import { ApiError } from './errors.ts'
import type { Language } from './languages.ts'
import { mayRole, type Permission } from './permissions.ts'
import type { RateLimits } from './rate-limits.ts'

/** Who calls. */
export interface Caller {
  /** A person, a program that works for an organisation, or who runs the installation. */
  readonly kind: 'person' | 'machine' | 'installation'
  /** Empty for the installation's operator, who is of none. */
  readonly organisation: string
  readonly actor: string
  readonly role: string
  /** Of a person who is a user. */
  readonly userId?: string
  /** Of a person who signed in. */
  readonly sessionId?: string
  /** What the person chose to be answered in. */
  readonly language?: Language
  /** The only permissions of the role that count; without it all of them do. */
  readonly scopes?: readonly Permission[]
}

/** As whom somebody acts. */
export type CallerName = Pick<Caller, 'organisation' | 'actor'>

/** A caller known from the configuration: whoever presents the token is this actor. */
export interface CallerToken extends CallerName, Pick<Caller, 'role'> {
  readonly token: string
}

/**
 * Finds out who calls; at once where that is in memory, as it mostly is.
 *
 * @throws ApiError UNAUTHENTICATED, TOKEN_UNKNOWN, ACCESS_TOKEN_ENDED
 */
export type Authenticate = (request: FastifyRequest) => Caller | Promise<Caller>

/** Finds whose a token of one kind is; undefined when it is nobody's. @throws ApiError with status 401 */
export type ResolveToken = (token: string) => Caller | undefined | Promise<Caller | undefined>

/** Who knows the tokens of each kind, which are told apart by how they begin. */
export interface TokenResolvers {
  /** `dba_…`: of users who signed in. */
  readonly accessToken?: ResolveToken
  /** `dbk_…`: of programs. */
  readonly apiKey?: ResolveToken
  /** Any other: of the configuration. */
  readonly configured: ResolveToken
}

const nobodys: ResolveToken = () => undefined

/** Callers by bearer token. The one place that knows how callers prove who they are. */
export function bearerTokens(resolvers: TokenResolvers): Authenticate {
  const { accessToken = nobodys, apiKey = nobodys, configured } = resolvers
  const resolverOf = (token: string): ResolveToken => {
    if (token.startsWith(tokenPrefixes.accessToken)) return accessToken
    return token.startsWith(tokenPrefixes.apiKey) ? apiKey : configured
  }
  return (request) => {
    const token = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
    if (token === undefined) throw new ApiError('UNAUTHENTICATED')
    const found = resolverOf(token)(token)
    const known = (caller: Caller | undefined): Caller => caller ?? refuseUnknown(token)
    return found instanceof Promise ? found.then(known) : known(found)
  }
}

/** One that ended and one that never was are told alike. */
function refuseUnknown(token: string): never {
  const isOfSession = token.startsWith(tokenPrefixes.accessToken)
  throw new ApiError(isOfSession ? 'ACCESS_TOKEN_ENDED' : 'TOKEN_UNKNOWN')
}

/**
 * Callers of the configuration. Tokens are looked up by their hash, so that the time a lookup takes
 * tells nothing about them.
 */
export function configuredTokens(tokens: readonly CallerToken[]): ResolveToken {
  const byToken = new Map(
    tokens.map(({ token, organisation, actor, role }) => [
      hashed(token),
      { kind: kindOf(role), organisation, actor, role },
    ]),
  )
  return (token) => byToken.get(hashed(token))
}

function kindOf(role: string): Caller['kind'] {
  if (role === 'installation') return role
  return role === 'service' ? 'machine' : 'person'
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
      if (!asksIfAlive(request)) await rates?.ofAddress(request)
      return
    }
    let caller: Caller
    try {
      const found = authenticate(request)
      // To wait for what is there already would cost a turn of each request.
      caller = found instanceof Promise ? await found : found
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

/** @throws ApiError FORBIDDEN or SCOPE_MISSING when the caller's role or scopes have no such permission. */
export function admit(request: Called, caller: Caller, permission: Permission): void {
  request[CALLER] = caller
  refuseWithout(caller, permission)
}

/**
 * @throws ApiError FORBIDDEN or SCOPE_MISSING when the caller's role or scopes have no such permission;
 * SIGN_IN_REQUIRED where no key can have it.
 */
export function refuseWithout({ role, scopes }: Caller, permission: Permission): void {
  if (!mayRole(role, permission)) throw new ApiError('FORBIDDEN', { role, permission })
  if (scopes === undefined || scopes.includes(permission)) return
  if (permission === 'own') throw new ApiError('SIGN_IN_REQUIRED')
  throw new ApiError('SCOPE_MISSING', { permission })
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

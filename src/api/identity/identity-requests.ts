import { randomUUID } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'
import type { CommandContext } from '#commands/handler.ts'
import type { IdentityDeps } from '#commands/identity/identity-deps.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import { callerOf } from '../authentication.ts'
import { ApiError } from '../errors.ts'

export interface IdentityRouteDeps {
  readonly identity: IdentityDeps
  /** UTC instant. */
  readonly clock: () => string
}

/** A command of somebody on what is theirs. A token is never told twice, so that none of these can be repeated. */
export function contextOf(
  request: FastifyRequest,
  actor: string,
  { clock }: Pick<IdentityRouteDeps, 'clock'>,
): CommandContext {
  return {
    organisation: INSTALLATION,
    actor,
    commandId: randomUUID(),
    correlationId: request.id,
    now: clock(),
  }
}

export interface SignedInCaller {
  readonly userId: string
  readonly sessionId: string
}

/** @throws ApiError SIGN_IN_REQUIRED for callers of the configuration, and for programs. */
export function signedIn(request: FastifyRequest): SignedInCaller {
  const { userId, sessionId } = callerOf(request)
  if (userId === undefined || sessionId === undefined) throw new ApiError('SIGN_IN_REQUIRED')
  return { userId, sessionId }
}

/** The network that a request came from: of IPv6 one /64, which is given out as one. */
export function networkOf({ ip }: Pick<FastifyRequest, 'ip'>): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(ip)) return ip
  const [before = '', after = ''] = ip.split('%', 1)[0]?.split('::') ?? []
  const head = before.split(':').filter((part) => part !== '')
  const tail = after.split(':').filter((part) => part !== '')
  const gap = ip.includes('::') ? Array<string>(8 - head.length - tail.length).fill('0') : []
  const first = [...head, ...gap, ...tail].slice(0, 4)
  return `${first.map((part) => Number.parseInt(part, 16).toString(16)).join(':')}::/64`
}

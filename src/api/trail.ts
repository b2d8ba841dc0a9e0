import type { FastifyRequest } from 'fastify'
import type { AuditTrail, RefusedField, TrailEntry } from '#commands/audit-trail.ts'
import { commandIdOf } from '#commands/command-id.ts'
import type { RejectionFacts } from '#domain/rejection.ts'
import type { KeyedHash } from '#log/key-ring.ts'
import { type Caller, knownCaller } from './authentication.ts'
import { pathOf } from './command-requests.ts'
import { httpStatus } from './errors.ts'
import type { Refusal } from './problem.ts'

export interface TrailDeps {
  readonly auditTrail: Pick<AuditTrail, 'refused'>
  readonly keyedHash: KeyedHash
  /** UTC instant. */
  readonly clock: () => string
}

/** A command that was refused, as far as a request does not say it. */
export interface RefusedCommand {
  /** Method and pattern, where it is not the request's own: each command of several in one request. */
  readonly method?: string | undefined
  readonly route?: string | undefined
  /** What the caller sent as `Idempotency-Key`, and with which path its command's id is made. */
  readonly key?: string | undefined
  readonly path?: string
}

/**
 * Puts a refusal on record when it is one of a command or of a caller: 4xx of whatever writes, and
 * 401 and 403 of everything. What failed (5xx) was not refused, what came too often (429) was not looked
 * at, and what was only looked for and not found is neither.
 */
export function recordRefusal(
  { auditTrail, keyedHash, clock }: TrailDeps,
  request: FastifyRequest,
  refusal: Refusal,
  command: RefusedCommand = {},
): void {
  const status = httpStatus[refusal.code]
  const writes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
  const isOfCaller = status === 401 || status === 403
  if (request.is404 || status === 429 || status >= 500 || !(writes || isOfCaller)) return
  const caller = knownCaller(request)
  const entry = { ...entryOf(request, caller, status, clock()), ...attempted.get(request) }
  const { method = entry.method, route = entry.route } = command
  auditTrail.refused({
    ...entry,
    method,
    route,
    code: refusal.code,
    ...keyOf(request, caller, method, command, keyedHash),
    facts: shownFacts(refusal.facts),
    fields: refusal.fields.map(shownField),
  })
}

/** Who somebody tried to be who failed to sign in, and whose record tells of it. */
export interface Attempted {
  readonly organisation: string
  readonly actor: string
}

const attempted = new WeakMap<FastifyRequest, Attempted>()

/** Says whom the refusal of this request is on record for. */
export function attemptedBy(request: FastifyRequest, who: Attempted): void {
  attempted.set(request, who)
}

/** Who asked for what, and how it was answered. */
export function entryOf(
  request: FastifyRequest,
  caller: Caller | undefined,
  status: number,
  at: string,
): TrailEntry {
  return {
    at,
    organisation: caller?.organisation ?? '',
    actor: caller?.actor ?? null,
    role: caller?.role ?? null,
    method: request.method,
    route: request.routeOptions.url ?? '*',
    status,
    request_id: request.id,
  }
}

const KEY = /^[\x21-\x7e]{1,255}$/

/** The hash by which refusals of an Idempotency-Key are found. */
export function refusedKeyHash(keyedHash: KeyedHash, organisation: string, key: string): string {
  return keyedHash('refusedKey', organisation, key)
}

function keyOf(
  request: FastifyRequest,
  caller: Caller | undefined,
  method: string,
  command: RefusedCommand,
  keyedHash: KeyedHash,
) {
  const key = command.key ?? request.headers['idempotency-key']
  if (caller === undefined || typeof key !== 'string' || !KEY.test(key)) {
    return { command_id: null, key_hash: null }
  }
  const { organisation, actor } = caller
  const route = `${method} ${command.path ?? pathOf(request)}`
  return {
    command_id: commandIdOf({ organisation, actor, route, key }),
    key_hash: refusedKeyHash(keyedHash, organisation, key),
  }
}

/** Facts that repeat what a caller sent, which may be anything. */
const ECHOES = new Set(['value', 'key', 'path', 'reason', 'timeZone', 'name'])
const PLAIN = /^[A-Za-z0-9_.:+-]{1,64}$/

function shownFacts(facts: RejectionFacts): RejectionFacts {
  const shown = Object.entries(facts).filter(
    ([name, value]) => !ECHOES.has(name) && (typeof value !== 'string' || PLAIN.test(value)),
  )
  return Object.fromEntries(shown)
}

const POINTER = /^(\/[A-Za-z0-9_-]{1,64})*$/

/** A field that is not known bears whatever name the caller gave it. */
function shownField({ in: place, pointer, code }: RefusedField): RefusedField {
  const isOurs = code !== 'FIELD_UNKNOWN' && POINTER.test(pointer)
  return { in: place, pointer: isOurs ? pointer : '', code }
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Access, AccessRecords } from '#commands/access/record-accesses.ts'
import type { AccessKind } from '#domain/access/access-record.ts'
import { callerOf, knownCaller } from '../authentication.ts'
import { ApiError } from '../errors.ts'
import { onRecordAs } from '../permissions.ts'
import { unmaskingsOf } from '../sight.ts'
import { entryOf } from '../trail.ts'
import { shownParameters } from './shown-parameters.ts'

export interface OnRecordDeps {
  readonly accessRecords: Pick<AccessRecords, 'looked' | 'record'>
  /** UTC instant. */
  readonly clock: () => string
}

/** Refused, which is on record as that, or not looked at: nothing was shown. */
const NOTHING_SHOWN = new Set([401, 403, 429])

/** What is known of a request that goes on record. */
interface OnRecord {
  rows?: number
  reason?: string | undefined
  isRecorded?: true
}
const known = new WeakMap<FastifyRequest, OnRecord>()

/**
 * Makes each use of a route that goes on record be recorded, once: behind its answer, unless the route
 * itself put it on record before. What may show personal data under a grant goes on record before it is
 * answered, whatever the route.
 */
export function recordAccesses(app: FastifyInstance, deps: OnRecordDeps): void {
  app.addHook('preValidation', async (request) => {
    if (onRecordAs(request.routeOptions.config) === undefined) return
    of(request).reason = reasonOf(request)
  })
  app.addHook('preSerialization', async (request, { statusCode }: FastifyReply) => {
    const { rows, isRecorded } = of(request)
    if (unmaskingsOf(request).length === 0 || statusCode >= 400 || isRecorded === true) return
    await recordBefore(deps, request, rows)
  })
  app.addHook('onResponse', async (request, { statusCode }: FastifyReply) => {
    const kind = kindOf(request)
    if (kind === undefined || knownCaller(request) === undefined) return
    if (NOTHING_SHOWN.has(statusCode) || of(request).isRecorded === true) return
    deps.accessRecords.looked(accessOf(request, kind, statusCode, deps.clock()))
  })
}

function kindOf(request: FastifyRequest): AccessKind | undefined {
  const kind = onRecordAs(request.routeOptions.config)
  return kind !== 'export' && unmaskingsOf(request).length > 0 ? 'unmask' : kind
}

/** Says how many rows a look was answered with. */
export function answeredRows(request: FastifyRequest, rows: number): void {
  of(request).rows = rows
}

/**
 * Puts a request on record before it is answered with so many rows: what leaves the installation, or was
 * hidden, is not had unless it is known who had it.
 *
 * @throws LogUnavailable when it cannot be put on record; it must then not be answered.
 */
export async function recordBefore(
  { accessRecords, clock }: OnRecordDeps,
  request: FastifyRequest,
  rows: number | undefined,
): Promise<void> {
  const kind = kindOf(request)
  if (kind === undefined) throw new Error(`${request.url} does not go on record`)
  if (rows !== undefined) answeredRows(request, rows)
  await accessRecords.record(accessOf(request, kind, 200, clock()))
  of(request).isRecorded = true
}

function accessOf(request: FastifyRequest, kind: AccessKind, status: number, at: string): Access {
  const caller = callerOf(request)
  const isAnswered = status < 400
  const { rows, reason } = of(request)
  return {
    ...entryOf(request, caller, status, at),
    kind,
    callerKind: caller.kind,
    sessionId: caller.sessionId,
    // What was asked is on record once it was understood: what is wrong with it could be anything.
    asked: isAnswered ? shownParameters(request) : undefined,
    rows: isAnswered ? rows : undefined,
    unmaskings: unmaskingsOf(request),
    // Nothing was shown: what it was for need not be known, and could be about anybody.
    reason: isAnswered ? reason : undefined,
  }
}

function of(request: FastifyRequest): OnRecord {
  const found = known.get(request) ?? {}
  known.set(request, found)
  return found
}

const MAX_REASON = 500
const PRINTABLE = /^[\x20-\x7e]*$/

/**
 * What `X-Reason` says: text, its UTF-8 percent-encoded where it is not ASCII.
 *
 * @throws ApiError REASON_INVALID
 */
function reasonOf({ headers }: FastifyRequest): string | undefined {
  const sent = headers['x-reason']
  if (sent === undefined) return undefined
  const reason =
    typeof sent === 'string' && PRINTABLE.test(sent) ? decoded(sent)?.trim() : undefined
  if (reason === undefined || reason === '' || reason.length > MAX_REASON) {
    throw new ApiError('REASON_INVALID', { limit: MAX_REASON })
  }
  return reason
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

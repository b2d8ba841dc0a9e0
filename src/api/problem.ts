import { isDatabaseUnavailable } from '#adapters/database/errors.ts'
import { ProviderUnavailable } from '#commands/identity/identity-provider.ts'
import { HashingBusy } from '#commands/identity/passwords.ts'
import { SequenceBroken } from '#commands/sequence.ts'
import { Rejection, type RejectionFacts } from '#domain/rejection.ts'
import { MAX_APPEND_BYTES } from '#log/check-append.ts'
import { UnreadableEvent } from '#log/codec.ts'
import { NotReadYet } from '#commands/privacy/documents-of-person.ts'
import { InvalidAppend, KeyUnavailable, LogMoved, LogUnavailable } from '#log/errors.ts'
import {
  NotBuilt,
  NothingKept,
  RebuildInProgress,
  RollbackRefused,
  UnknownProjection,
} from '#projections/engine/errors.ts'
import { ApiError, type FieldError, httpStatus, type ProblemCode } from './errors.ts'
import { type AskedParts, fieldAsked } from './field-asked.ts'
import type { Language } from './languages.ts'
import { messageOf, titleOf } from './messages/index.ts'

/** A problem document: RFC 9457, with our envelope's `success`. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly instance: string
  readonly success: false
  readonly code: ProblemCode
  readonly requestId: string
  readonly errors: readonly {
    readonly in: FieldError['in']
    readonly pointer: string
    readonly code: string
    readonly message: string
  }[]
}

/** Where and in which language a problem is told. */
export interface ProblemSetting {
  readonly language: Language
  readonly requestId: string
  /** The path of the request, without its query. */
  readonly instance: string
}

/** What a thrown error means to the caller. */
export interface Refusal {
  readonly code: ProblemCode
  readonly facts: RejectionFacts
  readonly fields: readonly FieldError[]
  readonly retryAfterSeconds?: number
}

/**
 * Anything thrown while a request was served, as a refusal; what is not foreseen is a fault of ours.
 *
 * @param asked what the request asked, as far as it was parsed: there stands the field that a rule of the domain names
 */
export function refusalOf(error: unknown, asked: AskedParts = {}): Refusal {
  if (error instanceof ApiError) {
    if (![429, 503].includes(httpStatus[error.code])) return error
    return retry(error.code, error.facts, Number(error.facts['seconds'] ?? 1))
  }
  if (error instanceof Rejection) return rejected(error, asked)
  if (error instanceof LogUnavailable) return retry('LOG_UNAVAILABLE', {}, error.retryAfterSeconds)
  if (error instanceof HashingBusy) return retry('TOO_BUSY', {}, 1)
  if (error instanceof ProviderUnavailable) return retry('IDENTITY_PROVIDER_UNAVAILABLE', {}, 10)
  if (error instanceof SequenceBroken) return retry('BULK_INTERRUPTED', {}, 1)
  if (error instanceof LogMoved) {
    const { state, place, retryAfterSeconds } = error
    return retry(state === 'moving' ? 'LOG_MOVING' : 'LOG_MOVED', { place }, retryAfterSeconds)
  }
  if (isDatabaseUnavailable(error)) return retry('DATABASE_UNAVAILABLE', {}, retryAfter(error))
  if (error instanceof KeyUnavailable) return retry('KEY_UNAVAILABLE', {}, 5)
  if (error instanceof InvalidAppend && error.code === 'APPEND_TOO_LARGE') {
    return refusal('DOCUMENT_TOO_LARGE', { limit: MAX_APPEND_BYTES })
  }
  if (error instanceof UnreadableEvent) {
    return refusal('EVENT_UNREADABLE', { eventId: error.event.id })
  }
  return ofProjections(error) ?? ofFastify(error) ?? refusal('INTERNAL_ERROR')
}

/** The problem document of a refusal, in the caller's language. */
export function problemOf(refusal: Refusal, setting: ProblemSetting): Problem {
  const { language, requestId, instance } = setting
  const facts = { ...refusal.facts, requestId }
  const status = httpStatus[refusal.code]
  return {
    type: `/api/problems/${refusal.code}`,
    title: titleOf(language, status),
    status,
    detail: messageOf(language, refusal.code, facts),
    instance,
    success: false,
    code: refusal.code,
    requestId,
    errors: refusal.fields.map(({ in: place, pointer, code, facts }) => ({
      in: place,
      pointer,
      code,
      message: messageOf(language, code, facts),
    })),
  }
}

function refusal(code: ProblemCode, facts: RejectionFacts = {}): Refusal {
  return { code, facts, fields: [] }
}

function retry(code: ProblemCode, facts: RejectionFacts, seconds: number): Refusal {
  return { ...refusal(code, { ...facts, seconds }), retryAfterSeconds: seconds }
}

function retryAfter(error: unknown): number {
  return error instanceof Error && 'retryAfterSeconds' in error
    ? Number(error.retryAfterSeconds)
    : 2
}

/** The domain names fields with dots: `lines.3.quantity`. */
function rejected({ code, facts, field }: Rejection, asked: AskedParts): Refusal {
  if (httpStatus[code] === 429) return retry(code, facts, Number(facts['seconds'] ?? 1))
  if (field === undefined) return refusal(code, facts)
  const found = fieldAsked(field, facts, asked)
  const named = { field: found.field, ...facts }
  const { pointer } = found
  return { code, facts: named, fields: [{ in: found.in, pointer, code, facts: named }] }
}

function ofProjections(error: unknown): Refusal | undefined {
  if (error instanceof NotReadYet) {
    return retry('READ_MODEL_BEHIND', { projection: error.projection }, 2)
  }
  if (error instanceof UnknownProjection) {
    return refusal('PROJECTION_UNKNOWN', { projection: error.projection })
  }
  if (error instanceof RebuildInProgress) {
    return refusal('REBUILD_IN_PROGRESS', { projection: error.projection })
  }
  if (error instanceof NotBuilt) {
    return refusal('PROJECTION_NOT_BUILT', { projection: error.projection })
  }
  if (error instanceof NothingKept) {
    return refusal('NOTHING_KEPT', { projection: error.projection })
  }
  if (error instanceof RollbackRefused) return refusal(error.code, { ...error.facts })
  return undefined
}

/** What Fastify itself refuses before a route is reached. */
function ofFastify(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return undefined
  const status = Number(error.statusCode)
  if (status === 413) return refusal('BODY_TOO_LARGE')
  if (status === 415) return refusal('MEDIA_TYPE_NOT_SUPPORTED')
  if (status === 503) return retry('SHUTTING_DOWN', {}, 2)
  // Its message repeats the whole address, with what was searched for.
  const reason = error.code === 'FST_ERR_BAD_URL' ? 'percent-encoding' : error.message
  if (status >= 400 && status < 500) return refusal('REQUEST_MALFORMED', { reason })
  return undefined
}

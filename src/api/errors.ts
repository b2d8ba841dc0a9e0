import type { RejectionFacts } from '#domain/rejection.ts'
import type { RejectionCode } from '#domain/rejection-codes.ts'

/** What the API refuses beside what the domain's own catalogue holds. */
export type ApiCode =
  | 'REQUEST_MALFORMED'
  | 'BODY_TOO_DEEP'
  | 'BODY_KEY_FORBIDDEN'
  | 'RANGE_INVALID'
  | 'POSITION_INVALID'
  | 'KNOWN_AT_NOT_HONOURED'
  | 'KNOWN_AT_AFTER_HEAD'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'IF_MATCH_INVALID'
  | 'TOKEN_UNKNOWN'
  | 'READ_MODEL_MISSING'
  | 'COMMAND_EXPECTED'
  | 'BULK_INTERRUPTED'
  | 'SERVED_ELSEWHERE'
  | 'TOO_BUSY'
  | 'SHUTTING_DOWN'
  | 'LOG_UNAVAILABLE'
  | 'LOG_MOVING'
  | 'LOG_MOVED'
  | 'DATABASE_UNAVAILABLE'
  | 'ENTRY_UNKNOWN'
  | 'REVISION_UNKNOWN'
  | 'REBUILD_IN_PROGRESS'
  | 'PROJECTION_NOT_BUILT'
  | 'ROLLBACK_IMPOSSIBLE'
  | 'EVENT_UNREADABLE'
  | 'INTERNAL_ERROR'

/** What may be wrong with one field only; stands in `errors[]` of a problem, never alone. */
export type FieldCode =
  | 'TYPE_WRONG'
  | 'TEXT_TOO_SHORT'
  | 'TEXT_TOO_LONG'
  | 'TEXT_UNSTORABLE'
  | 'VALUE_NOT_ALLOWED'
  | 'FORMAT_WRONG'
  | 'NUMBER_TOO_SMALL'
  | 'NUMBER_TOO_LARGE'
  | 'NUMBER_NOT_WHOLE'
  | 'LIST_TOO_SHORT'
  | 'LIST_TOO_LONG'
  | 'INSTANT_INVALID'
  | 'MONEY_INVALID'
  | 'EMAIL_INVALID'

/** The code of a whole problem. */
export type ProblemCode = ApiCode | RejectionCode
/** Everything that has a message. */
export type MessageCode = ProblemCode | FieldCode

/**
 * The one table from code to HTTP status; a code without a number does not compile. 400: the request
 * is not what its description says. 404: there is no such thing for this organisation. 409: what is
 * there stands against it. 422: it is understood, and a rule refuses it.
 */
export const httpStatus: Readonly<Record<ProblemCode, number>> = {
  REQUEST_MALFORMED: 400,
  REQUEST_INVALID: 400,
  BODY_NOT_JSON: 400,
  BODY_TOO_DEEP: 400,
  BODY_KEY_FORBIDDEN: 400,
  CURSOR_INVALID: 400,
  POSITION_INVALID: 400,
  KNOWN_AT_NOT_HONOURED: 400,
  IDEMPOTENCY_KEY_INVALID: 400,
  IF_MATCH_INVALID: 400,
  FIELD_UNKNOWN: 400,
  FIELD_REQUIRED: 400,
  FIELD_INVALID: 400,
  NUMBER_NOT_EXACT: 400,
  RANGE_INVALID: 400,

  UNAUTHENTICATED: 401,
  TOKEN_UNKNOWN: 401,
  FORBIDDEN: 403,

  ROUTE_UNKNOWN: 404,
  CUSTOMER_UNKNOWN: 404,
  SALE_UNKNOWN: 404,
  PAYMENT_UNKNOWN: 404,
  CREDIT_NOTE_UNKNOWN: 404,
  BAD_DEBT_UNKNOWN: 404,
  ALLOCATION_UNKNOWN: 404,
  WALLET_UNKNOWN: 404,
  MOVEMENT_UNKNOWN: 404,
  HOLD_UNKNOWN: 404,
  TIER_UNKNOWN: 404,
  EVENT_UNKNOWN: 404,
  STREAM_UNKNOWN: 404,
  REVISION_UNKNOWN: 404,
  ACCOUNT_UNKNOWN: 404,
  ENTRY_UNKNOWN: 404,
  PROJECTION_UNKNOWN: 404,

  CUSTOMER_NUMBER_TAKEN: 409,
  CUSTOMER_REGISTRATION_ABANDONED: 409,
  TIER_IN_USE: 409,
  SALE_ALREADY_CANCELLED: 409,
  SALE_WRITTEN_OFF: 409,
  PAYMENT_ALREADY_REVERSED: 409,
  ALLOCATION_RELEASED: 409,
  WALLET_SUSPENDED: 409,
  TOP_UP_ALREADY_CHARGED_BACK: 409,
  HOLD_ENDED: 409,
  DOCUMENT_DIFFERS: 409,
  REBUILD_IN_PROGRESS: 409,
  PROJECTION_NOT_BUILT: 409,
  ROLLBACK_IMPOSSIBLE: 409,
  IDEMPOTENCY_IN_FLIGHT: 409,
  REVISION_MISMATCH: 412,
  BODY_TOO_LARGE: 413,
  DOCUMENT_TOO_LARGE: 413,
  MEDIA_TYPE_NOT_SUPPORTED: 415,
  SERVED_ELSEWHERE: 421,

  IDEMPOTENCY_KEY_REUSED: 422,
  COMMAND_EXPECTED: 422,
  AMOUNT_INVALID: 422,
  AMOUNT_TOO_MANY_DECIMALS: 422,
  AMOUNT_OUT_OF_RANGE: 422,
  AMOUNT_NEGATIVE: 422,
  AMOUNT_ZERO: 422,
  CURRENCY_UNKNOWN: 422,
  CURRENCY_MISMATCH: 422,
  DECIMAL_INVALID: 422,
  RATE_INVALID: 422,
  DATE_INVALID: 422,
  DATE_IN_FUTURE: 422,
  DATE_TOO_EARLY: 422,
  TIME_ZONE_UNKNOWN: 422,
  DOCUMENT_EMPTY: 422,
  DOCUMENT_AMOUNT_AND_LINES: 422,
  DOCUMENT_TOO_MANY_LINES: 422,
  DOCUMENT_TOO_MANY_TAX_CODES: 422,
  TAX_CODE_UNKNOWN: 422,
  REFUND_METHOD_REQUIRED: 422,
  REFUND_METHOD_NOT_ALLOWED: 422,
  SALE_NOTHING_OWED: 422,
  AMOUNT_ABOVE_OWED: 422,
  SALE_BASIS_MISMATCH: 422,
  SALE_WITHOUT_CUSTOMER: 422,
  SALE_OF_OTHER_CUSTOMER: 422,
  PAYMENT_REQUIRED: 422,
  PAYMENT_KIND_NOT_ALLOWED: 422,
  COMMISSION_ABOVE_LEFT: 422,
  CLIENT_MONEY_NOT_ENOUGH: 422,
  CREDIT_ABOVE_SALE: 422,
  WRITE_OFF_ABOVE_LEFT: 422,
  CUSTOMER_CREDIT_NOT_ENOUGH: 422,
  WALLET_FUNDS_NOT_ENOUGH: 422,
  HOLD_EXPIRY_PAST: 422,
  HOLDS_TOO_MANY: 422,
  CAPTURE_ABOVE_HOLD: 422,
  REFUND_ABOVE_LEFT: 422,
  KNOWN_AT_AFTER_HEAD: 422,

  EVENT_UNREADABLE: 500,
  INTERNAL_ERROR: 500,
  READ_MODEL_MISSING: 503,
  BULK_INTERRUPTED: 503,
  TOO_BUSY: 503,
  SHUTTING_DOWN: 503,
  LOG_UNAVAILABLE: 503,
  LOG_MOVING: 503,
  LOG_MOVED: 503,
  DATABASE_UNAVAILABLE: 503,
}

/** One field that is wrong, before its message is written. */
export interface FieldError {
  readonly in: 'body' | 'query' | 'path' | 'header'
  /** JSON Pointer (RFC 6901) to the field. */
  readonly pointer: string
  readonly code: MessageCode
  readonly facts: RejectionFacts
}

/** A request that the API refuses. Becomes a problem document in `problem.ts`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ProblemCode
  readonly facts: RejectionFacts
  readonly fields: readonly FieldError[]

  constructor(code: ProblemCode, facts: RejectionFacts = {}, fields: readonly FieldError[] = []) {
    super(code)
    this.code = code
    this.facts = facts
    this.fields = fields
  }
}

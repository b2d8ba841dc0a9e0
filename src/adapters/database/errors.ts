/**
 * PostgreSQL cannot be worked with at the moment: it is gone, starting, full, or has no connection to
 * spare. What was being written is either wholly there or not at all. Callers are told to come back.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  readonly retryAfterSeconds: number

  constructor(message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, { cause: options.cause })
    this.retryAfterSeconds = options.retryAfterSeconds ?? 2
  }
}

const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
])

// Classes of SQLSTATE: 08 connection, 53 out of disk, memory or connections, 57P the operator or a
// crash ended the session, 58 the operating system failed; 57014 the statement met its deadline.
const UNAVAILABLE_STATE = /^(08|53|58)...$|^57P0[1-5]$|^57014$/
// The driver has no codes for these.
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|Client has encountered a connection error|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client was closed and is not queryable)/

/** True when the error says that the server is unavailable, whoever caught it. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true
  if (error instanceof AggregateError) return error.errors.some(isDatabaseUnavailable)
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  // A unix socket that is not there; files that are missing are another matter.
  if (code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect'
  return (
    SYSTEM_CODES.has(code) ||
    UNAVAILABLE_STATE.test(code) ||
    UNAVAILABLE_MESSAGE.test(error.message)
  )
}

/** The error as `DatabaseUnavailable` when that is what it means; any other error unchanged. */
export function asDatabaseError(error: unknown): unknown {
  if (error instanceof DatabaseUnavailable || !isDatabaseUnavailable(error)) return error
  const [message, retryAfterSeconds] = explanations[codeOf(error)] ?? [
    'The database cannot be reached at the moment',
    2,
  ]
  return new DatabaseUnavailable(message, { cause: error, retryAfterSeconds })
}

const explanations: Readonly<
  Record<string, readonly [message: string, retryAfterSeconds: number]>
> = {
  '53100': ['The disk of the database is full', 30],
  '53300': ['The database has no connection to spare', 5],
  '57014': ['The database took longer than it is allowed to', 5],
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : ''
}

/** The login may not do what the program needs; `sql` does it when run by someone who may. */
export class MissingPrivileges extends Error {
  override readonly name = 'MissingPrivileges'
  readonly sql: string

  constructor(message: string, sql: string, cause?: unknown) {
    super(`${message}. Have this run by someone who may, then start again:\n${sql}`, { cause })
    this.sql = sql
  }
}

/** The database was migrated by a newer Daybook than this one. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew'
  readonly unknown: readonly string[]

  constructor(unknown: readonly string[]) {
    super(
      `The database is of a newer Daybook: it has ${unknown.join(', ')}, which this version does not know. ` +
        'Nothing was changed. Start the newer version, or restore a copy of before its upgrade.',
    )
    this.unknown = unknown
  }
}

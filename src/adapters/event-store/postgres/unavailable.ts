import { asDatabaseError, DatabaseUnavailable } from '#adapters/database/errors.ts'
import { LogUnavailable } from '#log/errors.ts'

/** Says why, and when to come back, as far as PostgreSQL let it be known. */
export function logUnavailable(message: string, failure: unknown): LogUnavailable {
  const cause = asDatabaseError(failure)
  if (!(cause instanceof DatabaseUnavailable)) return new LogUnavailable(message, { cause })
  const { retryAfterSeconds } = cause
  return new LogUnavailable(`${message} (${cause.message})`, { cause, retryAfterSeconds })
}

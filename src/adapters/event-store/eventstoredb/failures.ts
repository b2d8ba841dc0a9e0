import { AccessDeniedError, NotLeaderError } from '@eventstore/db-client'

/** A call ended without the server's word on it: what it asked may have been done or not. */
export class NoVerdict extends Error {
  override readonly name = 'NoVerdict'
}

/** gRPC's CANCELLED, DEADLINE_EXCEEDED, ABORTED, INTERNAL (a connection that broke in mid-answer) and UNAVAILABLE. */
const PASSING_CODES: ReadonlySet<unknown> = new Set([1, 4, 10, 13, 14])
/** What has no code of its own: a server that starts, a cluster without a leader, a connection being replaced. */
const PASSING_MESSAGES = /not ready|failed to discover|channel has been shut down/i

/** Whether the same call may well succeed a little later: the server is starting, changing, or out of reach. */
export function isPassing(error: unknown): boolean {
  if (error instanceof NoVerdict || error instanceof NotLeaderError) return true
  if (!(error instanceof Error)) return false
  if ('code' in error && PASSING_CODES.has(error.code)) return true
  return PASSING_MESSAGES.test(error.message)
}

/** No repeat helps against a wrong user or password. */
export const isDenied = (error: unknown): boolean => error instanceof AccessDeniedError

import { AccessDeniedError, DeadlineExceededError, NotLeaderError } from '@eventstore/db-client'

/** A call ended without the server's word on it: what it asked may have been done or not. */
export class NoVerdict extends Error {
  override readonly name: string = 'NoVerdict'
}

/** Nothing was heard in time. */
export class Silence extends NoVerdict {
  override readonly name = 'Silence'
}

/** gRPC's CANCELLED, DEADLINE_EXCEEDED, ABORTED, INTERNAL (a connection that broke in mid-answer) and UNAVAILABLE. */
const PASSING_CODES: ReadonlySet<unknown> = new Set([1, 4, 10, 13, 14])
/** What has no code of its own: a server that starts, a cluster without a leader, a connection being replaced. */
const PASSING_MESSAGES =
  /not ready|no leader info|failed to discover|channel has been (shut down|closed)/i
/** A node that cannot serve and, cut off from the others, may not learn for a long time who can. */
const LEADERLESS = /not ready|no leader info/i

/** Whether the same call may well succeed a little later: the server is starting, changing, or out of reach. */
export function isPassing(error: unknown): boolean {
  if (error instanceof NoVerdict || error instanceof NotLeaderError) return true
  if (!(error instanceof Error)) return false
  if ('code' in error && PASSING_CODES.has(error.code)) return true
  return PASSING_MESSAGES.test(error.message)
}

/**
 * Whether to leave the client for a new one. The library itself connects anew when a node is unavailable or
 * names the leader; from a silent one, and from one without a leader, it does not go away.
 */
export const isNodeAtFault = (error: unknown): boolean =>
  error instanceof Silence ||
  error instanceof DeadlineExceededError ||
  (error instanceof Error && isPassing(error) && LEADERLESS.test(error.message))

/** No repeat helps against a wrong user or password. */
export const isDenied = (error: unknown): boolean => error instanceof AccessDeniedError

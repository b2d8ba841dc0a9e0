import { setTimeout as sleep } from 'node:timers/promises'
import { LogUnavailable } from '#log/errors.ts'
import { isDenied, isPassing } from './failures.ts'

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500
/** How long the first attempt waits for an answer, in milliseconds. A server gives up a write sooner. */
const FIRST_ATTEMPT_MS = 5000

/** Doubles with each failure; the random half keeps many callers from coming back at once. */
export function pauseAfter(failures: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
  return pause / 2 + (Math.random() * pause) / 2
}

export interface RepeatOptions {
  /** Instant, in milliseconds since 1970, after which the caller is told that the log is unavailable. */
  readonly deadline: number
  /** Ends the repeating. */
  readonly signal: AbortSignal
  /** Told of every failure after which the call may be repeated. */
  readonly onFailure?: (cause: unknown) => void
}

/**
 * Calls until there is a verdict, be it an error, or the deadline has passed.
 *
 * @param call - given how long it may wait for an answer, in milliseconds: longer each time, so that a server
 *   which is only slow is heard in the end.
 * @throws LogUnavailable when no call had a verdict in time, or access is denied.
 */
export async function repeatUntilVerdict<T>(
  { deadline, signal, onFailure }: RepeatOptions,
  call: (timeoutMs: number) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      signal.throwIfAborted()
      const leftMs = Math.max(deadline - Date.now(), 1)
      return await call(Math.min(leftMs, FIRST_ATTEMPT_MS * 2 ** failures))
    } catch (error) {
      if (isDenied(error)) {
        throw new LogUnavailable('EventStoreDB refused the user or password', { cause: error })
      }
      if (!signal.aborted && !isPassing(error)) throw error
      onFailure?.(error)
      const pause = pauseAfter(failures)
      if (signal.aborted || Date.now() + pause >= deadline) {
        const why = signal.aborted ? 'The log was closed' : 'EventStoreDB gave no answer in time'
        throw new LogUnavailable(why, { cause: error })
      }
      await sleep(pause)
    }
  }
}

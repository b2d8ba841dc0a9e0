import { setTimeout as sleep } from 'node:timers/promises'
import { LogUnavailable } from '#log/errors.ts'
import { isDenied, isPassing } from './failures.ts'

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 500

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
}

/**
 * Calls until there is a verdict, be it an error, or the deadline has passed.
 *
 * @param call - given the milliseconds that are left.
 * @throws LogUnavailable when no call had a verdict in time, or access is denied.
 */
export async function repeatUntilVerdict<T>(
  { deadline, signal }: RepeatOptions,
  call: (leftMs: number) => Promise<T>,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      signal.throwIfAborted()
      return await call(Math.max(deadline - Date.now(), 1))
    } catch (error) {
      if (isDenied(error)) {
        throw new LogUnavailable('EventStoreDB refused the user or password', { cause: error })
      }
      if (!signal.aborted && !isPassing(error)) throw error
      const pause = pauseAfter(failures)
      if (signal.aborted || Date.now() + pause >= deadline) {
        const why = signal.aborted ? 'The log was closed' : 'EventStoreDB gave no answer in time'
        throw new LogUnavailable(why, { cause: error })
      }
      await sleep(pause)
    }
  }
}

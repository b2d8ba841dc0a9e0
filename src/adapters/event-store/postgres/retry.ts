import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseUnavailable } from '#adapters/database/errors.ts'

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 1000

/** Doubles with each failure; the random half keeps many processes from coming back at once. */
export function pauseAfter(failures: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** failures, LONGEST_PAUSE_MS)
  return pause / 2 + (Math.random() * pause) / 2
}

export interface RetryOptions {
  /** Ends the waiting; the last failure is then thrown. */
  readonly signal: AbortSignal
  /** So does this many milliseconds of it. */
  readonly deadlineMs?: number
  /** Told of the first failure of a row. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

/** Repeats a call, which must be safe to repeat, for as long as PostgreSQL is unavailable. */
export async function retryWhileUnavailable<T>(
  { signal, deadlineMs = Number.POSITIVE_INFINITY, onFailure }: RetryOptions,
  call: () => Promise<T>,
): Promise<T> {
  const start = performance.now()
  for (let failures = 0; ; failures++) {
    try {
      return await call()
    } catch (error) {
      const isOver = signal.aborted || performance.now() - start > deadlineMs
      if (isOver || !isDatabaseUnavailable(error)) throw error
      if (failures === 0) onFailure?.(error)
      // Woken by the signal it tries once more, and then throws.
      await sleep(pauseAfter(failures), undefined, { signal }).catch(() => undefined)
    }
  }
}

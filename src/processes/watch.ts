import { setTimeout as sleep } from 'node:timers/promises'

export interface WatchDeps {
  /** Looks once; answers how many it did something about. */
  readonly look: (signal: AbortSignal) => Promise<number>
  readonly everyMs: number
  /** Said when a look fails, before the next. */
  readonly failure: string
  readonly warn: (message: string, cause: unknown) => void
}

/** Looks for something again and again, in whatever program runs processes: two that do it at once do no harm. */
export interface Watch {
  start(): void
  stop(): Promise<void>
  /** Looks once; answers how many were looked at. */
  look(): Promise<number>
}

export function createWatch({ look, everyMs, failure, warn }: WatchDeps): Watch {
  const stopping = new AbortController()
  const { signal } = stopping
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    while (!signal.aborted) {
      await look(signal).catch((error: unknown) => {
        if (!signal.aborted) warn(failure, error)
      })
      await sleep(everyMs, undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    look: () => look(signal),
    start() {
      running ??= run()
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}

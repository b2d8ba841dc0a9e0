import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import type { HeadWatch } from './head-watch.ts'
import { pauseAfter } from './retry.ts'

/**
 * Hears of what other processes append, over one connection for all subscriptions of this process; open
 * while there are any. Only wakes: what was appended is read from the log.
 */
export class HeadListener {
  readonly #connect: () => Promise<pg.Client>
  readonly #watch: HeadWatch
  #listeners = 0
  #running: Promise<unknown> | undefined
  #stop = new AbortController()

  constructor(connect: () => Promise<pg.Client>, watch: HeadWatch) {
    this.#connect = connect
    this.#watch = watch
  }

  /** Listens until the answer is called. */
  listen(): () => Promise<void> {
    this.#listeners += 1
    if (this.#listeners === 1) {
      this.#stop = new AbortController()
      this.#running = Promise.all([this.#running, this.#run(this.#stop.signal)])
    }
    return async () => {
      this.#listeners -= 1
      if (this.#listeners > 0) return
      this.#stop.abort()
      await this.#running
    }
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#hear(signal)
        failures = 0
      } catch {
        // Whoever waits looks for himself from time to time, and meets the cause there.
        failures += 1
      }
      await sleep(pauseAfter(failures), undefined, { signal }).catch(() => undefined)
    }
  }

  /** Until the connection ends. */
  async #hear(signal: AbortSignal): Promise<void> {
    const client = await this.#connect()
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    const end = (): void => void client.end().catch(() => undefined)
    signal.addEventListener('abort', end, { once: true })
    try {
      client.on('notification', ({ payload }) => this.#watch.moved(Number(payload)))
      await client.query('listen daybook_log')
      this.#watch.wake()
      if (signal.aborted) end()
      await ended
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }
}

import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'

const LONGEST_PAUSE_MS = 1000

export interface ChannelListenerOptions {
  /** Of NOTIFY. */
  readonly channel: string
  /** A connection of its own, whose session is a lease: it ends when one side hears nothing of the other. */
  readonly connect: () => Promise<pg.Client>
  readonly onTold: (payload: string) => void
  /** Something may have been missed before. */
  readonly onHearing: () => void
}

/**
 * Hears in this process of what any other takes away: keys, sessions. While it does not hear, nothing that
 * was remembered may be relied on.
 */
export class ChannelListener {
  readonly #options: ChannelListenerOptions
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #hears = false

  constructor(options: ChannelListenerOptions) {
    this.#options = options
  }

  get hears(): boolean {
    return this.#hears
  }

  /** Begins to listen, with the first that is to be remembered. */
  start(): void {
    if (!this.#stopping.signal.aborted) this.#running ??= this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      // Who cannot listen looks everything up, and meets the cause there.
      await this.#listen(signal, () => {
        failures = 0
      }).catch(() => undefined)
      this.#hears = false
      const pause = Math.min(20 * 2 ** failures, LONGEST_PAUSE_MS)
      await sleep(pause, undefined, { signal }).catch(() => undefined)
    }
  }

  /** Until the connection ends. */
  async #listen(signal: AbortSignal, onListening: () => void): Promise<void> {
    const client = await this.#options.connect()
    const ended = new Promise<void>((resolve) => client.once('end', resolve))
    client.once('end', () => {
      this.#hears = false
    })
    const end = (): void => void client.end().catch(() => undefined)
    signal.addEventListener('abort', end, { once: true })
    try {
      client.on('notification', ({ payload = '' }) => this.#options.onTold(payload))
      await client.query(`listen ${this.#options.channel}`)
      this.#options.onHearing()
      this.#hears = true
      onListening()
      if (signal.aborted) end()
      await ended
    } finally {
      signal.removeEventListener('abort', end)
      end()
    }
  }
}

import type pg from 'pg'
import { ChannelListener } from '#adapters/database/channel-listener.ts'
import { BoundedCache } from '#log/bounded-cache.ts'
import type { SubjectKey } from '#log/key-ring.ts'

/** Told with the subject whose key was destroyed. */
export const ERASED_CHANNEL = 'daybook_erased'

export interface KeyCacheOptions {
  /** Opened keys kept in memory. */
  readonly cachedKeys?: number | undefined
  /** Milliseconds after which a key is looked up again, whatever was heard meanwhile. */
  readonly cachedForMs?: number | undefined
  /**
   * Connects to where erasures are told, so that another process's is noticed here at once; opened with
   * the first key. Without it, it may take `cachedForMs`.
   */
  readonly connect?: (() => Promise<pg.Client>) | undefined
}

interface CachedKey {
  readonly key: SubjectKey
  readonly until: number
}

/** Keys that this process remembers, for as long as it would hear that one of them was destroyed. */
export class KeyCache {
  readonly #cachedKeys: number
  readonly #cachedForMs: number
  readonly #listener: ChannelListener | undefined
  #keys: BoundedCache<CachedKey>

  constructor({ cachedKeys = 20_000, cachedForMs = 60_000, connect }: KeyCacheOptions) {
    this.#cachedKeys = cachedKeys
    this.#cachedForMs = cachedForMs
    this.#keys = new BoundedCache(cachedKeys)
    this.#listener =
      connect &&
      new ChannelListener({
        channel: ERASED_CHANNEL,
        connect,
        onTold: (subject) => this.erased(subject),
        onHearing: () => {
          this.#keys = new BoundedCache(this.#cachedKeys)
        },
      })
  }

  get(subject: string): SubjectKey | undefined {
    if (this.#listener?.hears === false) return undefined
    const found = this.#keys.get(subject)
    return found !== undefined && found.until > performance.now() ? found.key : undefined
  }

  /** What was looked up; answers what holds, as an erasure may have been heard of meanwhile. */
  keep(subject: string, key: SubjectKey): SubjectKey {
    this.#listener?.start()
    if (this.#keys.get(subject)?.key === 'erased') return 'erased'
    this.#keys.set(subject, { key, until: performance.now() + this.#cachedForMs })
    return key
  }

  erased(subject: string): void {
    this.#keys.set(subject, { key: 'erased', until: Number.POSITIVE_INFINITY })
  }

  async close(): Promise<void> {
    await this.#listener?.stop()
  }
}

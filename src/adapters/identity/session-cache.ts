import type pg from 'pg'
import { ChannelListener } from '#adapters/database/channel-listener.ts'
import type { Session } from '#commands/identity/sessions.ts'

/** Told with the id of a session that ended, or of which something changed. */
export const SESSIONS_CHANNEL = 'daybook_sessions'

/** Of more, all are let go of and looked up again. */
const CACHED_TOKENS = 20_000
const CACHED_FOR_MS = 5000

interface Cached {
  readonly session: Session
  readonly until: number
}

/** Whose tokens were, for as long as this process would hear that a session of them ended. */
export class SessionCache {
  readonly #listener: ChannelListener
  readonly #cachedForMs: number
  /** By token's hash. */
  readonly #tokens = new Map<string, Cached>()
  /** Changes that were heard of so far. */
  #heard = 0

  /** @param cachedForMs For so long a token is not looked up again, whatever was heard meanwhile. */
  constructor(connect: () => Promise<pg.Client>, cachedForMs = CACHED_FOR_MS) {
    this.#cachedForMs = cachedForMs
    this.#listener = new ChannelListener({
      channel: SESSIONS_CHANNEL,
      connect,
      onTold: (sessionId) => this.changed(sessionId),
      onHearing: () => {
        this.#heard += 1
        this.#tokens.clear()
      },
    })
  }

  get(hash: string): Session | undefined {
    if (!this.#listener.hears) return undefined
    const found = this.#tokens.get(hash)
    return found !== undefined && found.until > performance.now() ? found.session : undefined
  }

  /** To be asked before something is looked up that is to be kept. */
  get heard(): number {
    return this.#heard
  }

  /**
   * Remembers what was looked up, unless something changed since then.
   *
   * @param leftMs how long the token is still good for.
   */
  keep(hash: string, session: Session, leftMs: number, heard: number): void {
    this.#listener.start()
    if (heard !== this.#heard || !this.#listener.hears) return
    if (this.#tokens.size >= CACHED_TOKENS) this.#tokens.clear()
    this.#tokens.set(hash, {
      session,
      until: performance.now() + Math.min(leftMs, this.#cachedForMs),
    })
  }

  changed(sessionId: string): void {
    this.#heard += 1
    for (const [hash, { session }] of this.#tokens) {
      if (session.sessionId === sessionId) this.#tokens.delete(hash)
    }
  }

  async close(): Promise<void> {
    await this.#listener.stop()
  }
}

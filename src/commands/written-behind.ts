import { setTimeout as sleep } from 'node:timers/promises'
import type { TrailEntry } from './audit-trail.ts'
import { type Counted, TrailBuffer } from './trail-buffer.ts'

/** An entry that was not written, and why. */
export interface Unwritten<Entry> {
  readonly entry: Counted<Entry>
  readonly error: unknown
}

export interface WrittenBehindDeps<Entry extends TrailEntry> {
  /** What is kept, as warnings name it. */
  readonly name: string
  /** Writes them; answers those that it could not. It may get one again that was written after all. */
  readonly write: (entries: readonly Counted<Entry>[]) => Promise<readonly Unwritten<Entry>[]>
  /** True when the same can be written later. */
  readonly isAway: (error: unknown) => boolean
  /** What of an entry says of which kind it is, without its particulars. */
  readonly kindOf: (entry: Entry) => Entry
  readonly warn: (message: string, cause: unknown) => void
}

/** How long an entry waits for others, and for a store that is away, in milliseconds. */
const GATHER_MS = 200
const RETRY_MS = 1000
const CLOSE_MS = 3000
const BATCH = 500

/** Writes entries behind the answers, one batch at a time. */
export class WrittenBehind<Entry extends TrailEntry> {
  readonly #deps: WrittenBehindDeps<Entry>
  readonly #buffer: TrailBuffer<Entry>
  readonly #closing = new AbortController()
  #writing: Promise<void> | undefined

  constructor(deps: WrittenBehindDeps<Entry>) {
    this.#deps = deps
    this.#buffer = new TrailBuffer(deps.kindOf)
  }

  add(entry: Entry): void {
    this.#buffer.add(entry)
    this.#begin()
  }

  /** Writes what waits, for a few seconds at most. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.race([this.#writing, sleep(CLOSE_MS, undefined, { ref: false })])
  }

  #begin(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
      // One may have come when all were written and nobody was told yet.
      if (!this.#buffer.isEmpty && !this.#closing.signal.aborted) this.#begin()
    })
  }

  async #writeAll(): Promise<void> {
    const { signal } = this.#closing
    let pause = GATHER_MS
    do {
      await sleep(pause, undefined, { ref: false, signal }).catch(() => undefined)
      const entries = this.#buffer.take(BATCH, signal.aborted)
      const done = entries.length === 0 || (await this.#write(entries))
      if (!done && signal.aborted) return
      pause = done ? GATHER_MS : RETRY_MS
    } while (!this.#buffer.isEmpty)
  }

  async #write(entries: readonly Counted<Entry>[]): Promise<boolean> {
    const { name, write, isAway, warn } = this.#deps
    const unwritten = await write(entries)
    const [away, refused] = [true, false].map((wanted) =>
      unwritten.filter(({ error }) => isAway(error) === wanted),
    ) as [Unwritten<Entry>[], Unwritten<Entry>[]]
    this.#buffer.putBack(away.map(({ entry }) => entry))
    // What cannot be written as it is must not hold up what comes after it.
    this.#buffer.countAll(refused.map(({ entry }) => entry))
    if (refused.length > 0) {
      warn(`entries of ${name} were not kept one by one`, refused[0]?.error)
    }
    return unwritten.length === 0
  }
}

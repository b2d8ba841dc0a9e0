import { UnreadableEvent } from '#log/codec.ts'
import type { Position, StoredEvent } from '#log/event-store.ts'
import type { Feed } from './feed.ts'
import { type FeedBatch, firstOf } from './feed-buffer.ts'
import { readEvents } from './read-events.ts'

/** How long a follower waits before it answers nothing, so that its loop can say that it is alive. */
const IDLE_MS = 1000

/** One projection's place in the log, served from the common buffer or, when behind it, by reading alone. */
export class Follower {
  /** Of what was taken last. */
  position: Position | undefined
  readonly #feed: Feed
  readonly #signal: AbortSignal | undefined
  #alone: AsyncGenerator<FeedBatch> | undefined
  /** The page after the one in hand, on its way while that one is folded. */
  #ahead: Promise<IteratorResult<FeedBatch>> | undefined
  #rest: FeedBatch | undefined

  constructor(feed: Feed, after: Position | undefined, signal?: AbortSignal) {
    this.#feed = feed
    this.#signal = signal
    this.position = after
  }

  /** True when there was nothing more to read. */
  get atHead(): boolean {
    const { buffer, caughtUp } = this.#feed
    return (
      caughtUp && !buffer.isBehind(this.position) && buffer.take(this.position, 1) === undefined
    )
  }

  /**
   * The next events, at most `limit`; none, with a later position, when that alone has moved; undefined
   * when nothing came for a second, or its signal says that nobody waits.
   */
  async next(limit: number): Promise<FeedBatch | undefined> {
    const end = performance.now() + IDLE_MS
    for (;;) {
      const counted = this.#feed.changes
      const batch = await this.#atHand(limit)
      if (batch !== undefined) {
        this.position = batch.position
        this.#feed.moved()
        return batch
      }
      const left = end - performance.now()
      if (left <= 0 || this.#signal?.aborted === true) return undefined
      await this.#feed.change(counted, left)
    }
  }

  async #atHand(limit: number): Promise<FeedBatch | undefined> {
    if (this.#rest === undefined) {
      const buffered = this.#feed.buffer.take(this.position, limit)
      if (buffered !== undefined) {
        await this.#stopReading()
        return this.#mended(buffered)
      }
      if (!this.#feed.buffer.isBehind(this.position)) return undefined
      this.#rest = await this.#page()
      if (this.#rest === undefined) return undefined
    }
    const batch = firstOf(this.#rest, limit)
    const left = this.#rest.stored.length - batch.stored.length
    this.#rest =
      left === 0
        ? undefined
        : {
            stored: this.#rest.stored.slice(-left),
            read: this.#rest.read.slice(-left),
            position: this.#rest.position,
          }
    return batch
  }

  /** What could not be read when the buffer was filled may be readable by now. */
  async #mended(batch: FeedBatch): Promise<FeedBatch> {
    if (!batch.read.some((event) => event instanceof UnreadableEvent)) return batch
    const { codec, isFolded } = this.#feed.options
    return { ...batch, ...(await readEvents(codec, batch.stored, isFolded)) }
  }

  async #page(): Promise<FeedBatch | undefined> {
    this.#alone ??= this.#readAlone()
    const page = await (this.#ahead ?? this.#alone.next())
    this.#ahead = undefined
    if (page.done === true) {
      this.#alone = undefined
      return undefined
    }
    this.#ahead = this.#alone.next()
    this.#ahead.catch(() => undefined)
    return page.value
  }

  async *#readAlone(): AsyncGenerator<FeedBatch, undefined> {
    const { store, codec, isFolded } = this.#feed.options
    const from = this.position
    for await (const page of store.readAll(from === undefined ? {} : { from })) {
      const last: StoredEvent | undefined = page.at(-1)
      if (last === undefined) continue
      yield { ...(await readEvents(codec, page, isFolded)), position: last.position }
    }
    return undefined
  }

  async #stopReading(): Promise<void> {
    if (this.#alone === undefined) return
    await this.#ahead?.catch(() => undefined)
    await this.#alone.return(undefined)
    this.#alone = undefined
    this.#ahead = undefined
  }

  /** The loop is done with it. */
  async close(): Promise<void> {
    this.#feed.leave(this)
    await this.#stopReading()
  }
}

import type { Position } from '#log/event-store.ts'
import type { ReadBatch } from './read-events.ts'

/** Events after one position, and how far the log was considered for them. */
export interface FeedBatch extends ReadBatch {
  readonly position: Position
}

interface Entry extends FeedBatch {
  readonly after: Position | undefined
}

/** The newest stretch of the log that was read, without gaps, for followers at different places in it. */
export class FeedBuffer {
  /** Everything up to here was read; undefined before the first. */
  tail: Position | undefined
  #entries: Entry[] = []
  #size = 0
  readonly #compare: (a: Position, b: Position) => number
  readonly #capacity: number

  constructor(compare: (a: Position, b: Position) => number, capacity: number) {
    this.#compare = compare
    this.#capacity = capacity
  }

  push(batch: ReadBatch, position: Position): void {
    // Batches that only moved the position, one after another, are one.
    const last = this.#entries.at(-1)
    if (batch.stored.length === 0 && last?.stored.length === 0) this.#entries.pop()
    const after = batch.stored.length === 0 && last?.stored.length === 0 ? last.after : this.tail
    this.#entries.push({ ...batch, after, position })
    this.#size += batch.stored.length
    this.tail = position
  }

  /** True when more is kept than should be; the newest batch is always kept. */
  isFull(): boolean {
    return this.#size > this.#capacity && this.#entries.length > 1
  }

  /** True when the follower stands where the oldest batch is what it takes next. */
  needsOldest(follower: { readonly position: Position | undefined }): boolean {
    const oldest = this.#entries[0]
    return (
      oldest !== undefined &&
      this.#isAfter(oldest.position, follower.position) &&
      !this.#isBefore(follower.position, oldest.after)
    )
  }

  dropOldest(): void {
    const oldest = this.#entries.shift()
    this.#size -= oldest?.stored.length ?? 0
  }

  /** True when what follows `position` is not kept any more: it has to be read again. */
  isBehind(position: Position | undefined): boolean {
    const start = this.#entries[0] === undefined ? this.tail : this.#entries[0].after
    return this.#isBefore(position, start)
  }

  /** Up to `limit` events after the position; undefined when there is nothing, or not here. */
  take(position: Position | undefined, limit: number): FeedBatch | undefined {
    if (this.isBehind(position)) return undefined
    let index = this.#firstAfter(position)
    const stored = []
    const read = []
    let reached = position
    for (; index < this.#entries.length && stored.length < limit; index += 1) {
      const part = this.#part(this.#entries[index] as Entry, position, limit - stored.length)
      for (const event of part.stored) stored.push(event)
      for (const event of part.read) read.push(event)
      reached = part.position
    }
    if (reached === undefined || reached === position) return undefined
    return { stored, read, position: reached }
  }

  #part(entry: Entry, after: Position | undefined, limit: number): FeedBatch {
    let from = 0
    if (this.#isAfter(after, entry.after)) {
      from = entry.stored.findIndex((event) => this.#isAfter(event.position, after))
      if (from < 0) from = entry.stored.length
    }
    return firstOf(
      { stored: entry.stored.slice(from), read: entry.read.slice(from), position: entry.position },
      limit,
    )
  }

  #firstAfter(position: Position | undefined): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#isAfter((this.#entries[middle] as Entry).position, position)) high = middle
      else low = middle + 1
    }
    return low
  }

  #isAfter(a: Position | undefined, b: Position | undefined): boolean {
    return a !== undefined && (b === undefined || this.#compare(a, b) > 0)
  }

  #isBefore(a: Position | undefined, b: Position | undefined): boolean {
    return this.#isAfter(b, a)
  }
}

/** The first events of a batch, at most `limit`; its position is then that of the last of them. */
export function firstOf(batch: FeedBatch, limit: number): FeedBatch {
  const last = batch.stored[limit - 1]
  if (last === undefined || batch.stored.length === limit) return batch
  return {
    stored: batch.stored.slice(0, limit),
    read: batch.read.slice(0, limit),
    position: last.position,
  }
}

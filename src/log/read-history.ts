import type { EventStore, Position, StoredEvent } from './event-store.ts'
import { exportedEvent, LOG_EXPORT } from './export.ts'
import { RunningSummary, type Summary } from './hashed-lines.ts'

/** Every so many events their position is remembered, so that any ordinal is found by a short read. */
const LANDMARK_EVERY = 1000

/**
 * What was read of one log, from its first event on: how many events, their hash as an export would have
 * it, and where they stand. Takes a few bytes for a thousand events.
 */
export class ReadHistory {
  readonly store: EventStore
  readonly #summary = new RunningSummary(LOG_EXPORT)
  /** Of the ordinals 1000, 2000, 3000 … */
  readonly #landmarks: Position[] = []
  #position: Position | undefined

  constructor(store: EventStore) {
    this.store = store
  }

  /** The ordinal of the last event read. */
  get count(): number {
    return this.#summary.count
  }

  get position(): Position | undefined {
    return this.#position
  }

  /** The log's next event. Answers its line of an export, which says everything but its position. */
  add(event: StoredEvent): string {
    const line = this.#summary.add(exportedEvent(event, this.count + 1))
    this.#position = event.position
    if (this.count % LANDMARK_EVERY === 0) this.#landmarks.push(event.position)
    return line
  }

  summary(): Summary {
    return this.#summary.summary()
  }

  /** Of the event with this ordinal, which must have been read; undefined for 0, before every event. */
  async positionAt(ordinal: number): Promise<Position | undefined> {
    if (ordinal === this.count) return this.#position
    const landmark = Math.floor(ordinal / LANDMARK_EVERY)
    const left = ordinal - landmark * LANDMARK_EVERY
    const from = this.#landmarks[landmark - 1]
    if (left === 0) return from
    const reading = { ...(from !== undefined && { from }), maxCount: left }
    let found: Position | undefined
    for await (const page of this.store.readAll(reading)) found = page.at(-1)?.position ?? found
    return found
  }

  /** How many of the events read stand at this position or before it. */
  async ordinalAt(position: Position): Promise<number> {
    const { store } = this
    const isUpTo = (other: Position): boolean => store.comparePositions(other, position) <= 0
    if (this.#position !== undefined && isUpTo(this.#position)) return this.count
    let low = 0
    for (let high = this.#landmarks.length; low < high; ) {
      const middle = (low + high) >> 1
      if (isUpTo(this.#landmarks[middle] as Position)) low = middle + 1
      else high = middle
    }
    const from = this.#landmarks[low - 1]
    let ordinal = low * LANDMARK_EVERY
    const reading = { ...(from !== undefined && { from }), maxCount: LANDMARK_EVERY }
    for await (const page of store.readAll(reading)) {
      ordinal += page.filter((event) => isUpTo(event.position)).length
    }
    return ordinal
  }
}

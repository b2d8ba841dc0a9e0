import { setImmediate } from 'node:timers/promises'
import {
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
  type EventStoreDBClient,
  excludeSystemEvents,
} from '@eventstore/db-client'
import type { LogFilter, Position, StoredEvent, SubscriptionBatch } from '#log/event-store.ts'
import { comparePositions, toReadPosition } from './position.ts'
import { isOurs, matcher, toStoredEvent } from './stored-event.ts'

/** Events in one batch, at most. */
const BATCH = 1000
/** Events that wait on each side of the client's stream; beyond it the reader makes the server wait. */
const BUFFER = 256
/** A node that looks through much that is not ours says by a checkpoint after so many events that it is at work. */
const CHECKPOINT_INTERVAL = 1000

/** One subscription of the client, from its opening to its drop, read in batches. */
export class Feed {
  readonly #subscription: AllStreamSubscription
  readonly #matches: (event: StoredEvent) => boolean
  #position: Position
  /** A node that has not come as far as the subscriber may send what it was given before. */
  #isNew = false
  /** Events taken out of the client's stream. To have caught up holds after those that it has buffered by then. */
  #taken = 0
  #caughtUpAfter = Number.POSITIVE_INFINITY
  #told: Omit<SubscriptionBatch, 'events'>
  #dropped: { readonly cause: unknown } | undefined
  #isStopped = false
  /** When anything came last, ours or not; in milliseconds of this process. */
  #heardAt = Number.NEGATIVE_INFINITY
  #wake: () => void = () => {}

  constructor(client: EventStoreDBClient, after: Position, filter: LogFilter) {
    this.#position = after
    this.#told = { position: after, caughtUp: false }
    this.#matches = matcher(filter)
    this.#subscription = client.subscribeToAll(
      {
        fromPosition: toReadPosition(after),
        // Positions are those of our events alone: the server's own may be scavenged, and no reader
        // can begin at one that is gone. What a filter leaves out comes too, so that positions move.
        filter: excludeSystemEvents({
          checkpointInterval: CHECKPOINT_INTERVAL,
          checkpointReached: () => {
            this.#heardAt = performance.now()
          },
        }),
      },
      { highWaterMark: BUFFER },
    )
    this.#subscription.on('readable', () => this.#wake())
    this.#subscription.on('error', (cause) => this.#drop(cause))
    this.#subscription.on('end', () => this.#drop(new Error('The subscription ended')))
    this.#subscription.on('caughtUp', () => {
      this.#caughtUpAfter = this.#taken + this.#subscription.readableLength
      this.#wake()
    })
    // Newer servers let a subscriber that lags catch up again instead of dropping it.
    this.#subscription.on('fellBehind', () => {
      this.#caughtUpAfter = Number.POSITIVE_INFINITY
    })
  }

  /**
   * The next batch, as soon as there is something to tell; undefined when nothing at all was heard for so long, in
   * milliseconds, or it was stopped.
   *
   * @throws why the subscription was dropped, after all that had arrived before.
   */
  async next(patienceMs: number): Promise<SubscriptionBatch | undefined> {
    const beganAt = performance.now()
    while (!this.#isStopped) {
      const batch = this.#take()
      if (batch) return batch
      if (this.#dropped) throw this.#dropped.cause
      const left = Math.max(beganAt, this.#heardAt) + patienceMs - performance.now()
      if (left <= 0) return undefined
      await this.#woken(left)
      await this.#settle()
    }
    return undefined
  }

  stop(): void {
    this.#isStopped = true
    this.#wake()
    this.#subscription.unsubscribe().catch(() => {})
  }

  async #woken(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wake = resolve
    const timer = setTimeout(resolve, withinMs)
    await promise
    clearTimeout(timer)
  }

  #drop(cause: unknown): void {
    this.#dropped ??= { cause }
    this.#wake()
  }

  /** Lets what arrives together become one batch. */
  async #settle(): Promise<void> {
    for (let before = -1; before < this.#subscription.readableLength; ) {
      before = this.#subscription.readableLength
      await setImmediate()
    }
  }

  #take(): SubscriptionBatch | undefined {
    const events: StoredEvent[] = []
    for (let i = 0; i < BATCH; i++) {
      const resolved: AllStreamResolvedEvent | null = this.#subscription.read()
      if (resolved === null) break
      this.#taken++
      this.#heardAt = performance.now()
      if (!resolved.event || !isOurs(resolved.event)) continue
      const event = toStoredEvent(resolved.event)
      this.#isNew ||= comparePositions(event.position, this.#position) > 0
      if (!this.#isNew) continue
      this.#position = event.position
      if (this.#matches(event)) events.push(event)
    }
    const position = this.#position
    const caughtUp = this.#caughtUpAfter <= this.#taken && this.#subscription.readableLength === 0
    const isNews = position !== this.#told.position || caughtUp !== this.#told.caughtUp
    if (!isNews && events.length === 0) return undefined
    this.#told = { position, caughtUp }
    return { events, position, caughtUp }
  }
}

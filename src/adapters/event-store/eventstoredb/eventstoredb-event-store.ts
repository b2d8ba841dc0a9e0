import { EventStoreDBClient } from '@eventstore/db-client'
import { checkAppend, isStreamName } from '#log/check-append.ts'
import type {
  Appended,
  EventReference,
  EventStore,
  ExpectedRevision,
  LogRead,
  NewEvent,
  Position,
  StoredEvent,
  StreamRead,
  Subscription,
  SubscriptionBatch,
} from '#log/event-store.ts'
import { AppendStream } from './append-stream.ts'
import { comparePositions, toPosition } from './position.ts'
import { readMany } from './read-many.ts'
import { readLogPage, readStreamPage, type StreamPage } from './reads.ts'
import { repeatUntilVerdict } from './repeat.ts'
import { isOurs, matcher, type ReadEvent, toStoredEvent } from './stored-event.ts'
import { subscribe } from './subscription.ts'

export interface EventStoreDbOptions {
  /** `esdb://…`, as EventStoreDB's clients take it. */
  readonly connectionString: string
  /** How long a call is repeated while it has no verdict, in milliseconds. */
  readonly deadlineMs?: number
}

const DEADLINE_MS = 15_000
/** After this long, in milliseconds, an append that has no answer is sent again. A server gives up a write sooner. */
const ATTEMPT_MS = 5000
/** Events in a page; the first pages of a read of the log are as small as what is wanted allows. */
const PAGE = 500
const SMALLEST_PAGE = 32

/** The log in EventStoreDB or KurrentDB. */
export class EventStoreDbEventStore implements EventStore {
  readonly kind = 'eventstoredb'
  readonly comparePositions = comparePositions
  readonly #client: EventStoreDBClient
  readonly #appends: AppendStream
  readonly #deadlineMs: number
  readonly #closing = new AbortController()

  constructor({ connectionString, deadlineMs = DEADLINE_MS }: EventStoreDbOptions) {
    this.#client = EventStoreDBClient.connectionString(connectionString)
    this.#appends = new AppendStream(this.#client)
    this.#deadlineMs = deadlineMs
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const append = { stream, events, expected, texts: checkAppend(stream, events) }
    return this.#repeat((leftMs) => this.#appends.append(append, Math.min(leftMs, ATTEMPT_MS)))
  }

  async *readStream(
    stream: string,
    { from, direction = 'forwards', maxCount = Number.POSITIVE_INFINITY }: StreamRead = {},
  ): AsyncGenerator<readonly StoredEvent[], void> {
    const step = direction === 'forwards' ? 1 : -1
    let next = from
    for (let left = maxCount; left > 0 && (next ?? 0) >= 0; ) {
      const count = Math.min(left, PAGE)
      const events = await this.#readStreamPage({ stream, from: next, direction, count })
      const last = events.at(-1)
      if (!last) return
      yield events.map(toStoredEvent)
      if (events.length < count) return
      left -= events.length
      next = Number(last.revision) + step
    }
  }

  async *readAll({
    from,
    direction = 'forwards',
    maxCount = Number.POSITIVE_INFINITY,
    filter,
  }: LogRead = {}): AsyncGenerator<readonly StoredEvent[], void> {
    const matches = matcher(filter)
    let next = from
    let left = maxCount
    let count = Math.min(Math.max(left, SMALLEST_PAGE), PAGE)
    let hasMore = left > 0
    while (hasMore && left > 0) {
      const page = await this.#read((leftMs) =>
        readLogPage(this.#client, { from: next, direction, count }, leftMs),
      )
      hasMore = page.hasMore
      const last = page.events.at(-1)
      if (last?.position) next = toPosition(last.position)
      const events = page.events.filter(isOurs).map(toStoredEvent).filter(matches).slice(0, left)
      if (events.length > 0) yield events
      left -= events.length
      count = Math.min(count * 2, PAGE)
    }
  }

  readMany(references: readonly EventReference[]): Promise<readonly StoredEvent[]> {
    return readMany(references, (page) => this.#readStreamPage(page))
  }

  subscribe(subscription: Subscription): AsyncIterable<SubscriptionBatch> {
    const signal = AbortSignal.any([subscription.signal, this.#closing.signal])
    return subscribe(this.#client, { ...subscription, signal })
  }

  async head(): Promise<Position | undefined> {
    for await (const [last] of this.readAll({ direction: 'backwards', maxCount: 1 })) {
      return last?.position
    }
    return undefined
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#client.dispose()
  }

  async #readStreamPage(page: StreamPage): Promise<readonly ReadEvent[]> {
    // Some names kill the client, others are the server's own streams.
    if (!isStreamName(page.stream)) return []
    return this.#read((leftMs) => readStreamPage(this.#client, page, leftMs))
  }

  #read<T>(call: (leftMs: number) => Promise<T>): Promise<T> {
    return this.#repeat(async (leftMs) => {
      const page = await call(leftMs)
      // A read that closing cut short looks like one that reached its end.
      this.#closing.signal.throwIfAborted()
      return page
    })
  }

  #repeat<T>(call: (leftMs: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.#deadlineMs
    return repeatUntilVerdict({ deadline, signal: this.#closing.signal }, call)
  }
}

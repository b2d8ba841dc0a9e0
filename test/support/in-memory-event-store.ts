import { setImmediate } from 'node:timers/promises'
import { checkAppend } from '#log/check-append.ts'
import { WrongExpectedRevision } from '#log/errors.ts'
import type {
  Appended,
  EventStore,
  ExpectedRevision,
  LogFilter,
  LogRead,
  NewEvent,
  Position,
  StoredEvent,
  StreamRead,
  Subscription,
  SubscriptionBatch,
} from '#log/event-store.ts'

export interface Append {
  readonly stream: string
  readonly events: readonly NewEvent[]
  readonly expected: ExpectedRevision
}

/** What a test may do around an append: wait, or throw before or after it was stored. */
export interface AppendHooks {
  before?: (append: Append) => Promise<void> | void
  after?: (append: Append) => Promise<void> | void
}

/** An event store in memory, with the port's promises except durability. Data goes through JSON, as in a real one. */
export class InMemoryEventStore implements EventStore {
  readonly kind = 'postgres'
  readonly appends: Append[] = []
  /** Streams read, for tests that count. */
  readonly reads: string[] = []
  hooks: AppendHooks = {}
  readonly #log: StoredEvent[] = []
  readonly #streams = new Map<string, StoredEvent[]>()
  readonly #pageSize: number
  #waiting: (() => void)[] = []

  constructor(pageSize = 500) {
    this.#pageSize = pageSize
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const texts = checkAppend(stream, events)
    const append = { stream, events, expected }
    this.appends.push(append)
    await this.hooks.before?.(append)
    await setImmediate()
    const appended = this.#store(append, texts)
    await this.hooks.after?.(append)
    return appended
  }

  #store({ stream, events, expected }: Append, texts: readonly string[]): Appended {
    const stored = this.#streams.get(stream) ?? []
    const base = expected === 'no_stream' ? -1 : expected
    const actual = stored.length - 1
    if (base !== actual) {
      const there = stored.slice(base + 1, base + 1 + events.length)
      const repeated =
        there.length === events.length && there.every(({ id }, i) => id === events[i]?.id)
      const last = there.at(-1)
      if (!repeated || last === undefined) throw new WrongExpectedRevision(stream, expected, actual)
      return { revision: last.revision, position: last.position }
    }
    for (const [i, event] of events.entries()) {
      const whole: StoredEvent = {
        ...structuredClone(event),
        data: JSON.parse(texts[i] ?? ''),
        stream,
        revision: stored.length,
        position: String(this.#log.length + 1) as Position,
      }
      stored.push(whole)
      this.#log.push(whole)
    }
    this.#streams.set(stream, stored)
    const woken = this.#waiting
    this.#waiting = []
    for (const wake of woken) wake()
    return { revision: stored.length - 1, position: String(this.#log.length) as Position }
  }

  async *readStream(stream: string, options: StreamRead = {}) {
    this.reads.push(stream)
    await setImmediate()
    const events = this.#streams.get(stream) ?? []
    const wanted =
      options.direction === 'backwards'
        ? events.slice(0, (options.from ?? events.length) + 1).toReversed()
        : events.slice(options.from ?? 0)
    yield* this.#pages(wanted.slice(0, options.maxCount))
  }

  async *readAll(options: LogRead = {}) {
    await setImmediate()
    const { from, filter, direction } = options
    const wanted =
      direction === 'backwards'
        ? this.#log.slice(0, from === undefined ? undefined : Number(from) - 1).toReversed()
        : this.#log.slice(Number(from ?? 0))
    yield* this.#pages(wanted.filter((event) => matches(event, filter)).slice(0, options.maxCount))
  }

  async *#pages(events: readonly StoredEvent[]) {
    for (let i = 0; i < events.length; i += this.#pageSize) {
      yield events.slice(i, i + this.#pageSize)
      await setImmediate()
    }
  }

  async readMany(references: Parameters<EventStore['readMany']>[0]) {
    await setImmediate()
    return references.flatMap(({ stream, revision }) => {
      const event = this.#streams.get(stream)?.[revision]
      return event === undefined ? [] : [event]
    })
  }

  async readBytes({ stream, revision }: Parameters<EventStore['readBytes']>[0]) {
    await setImmediate()
    const event = this.#streams.get(stream)?.[revision]
    if (event === undefined) return undefined
    const bytes = (value: object) => Buffer.from(JSON.stringify(value))
    return { data: bytes(event.data), metadata: bytes(event.metadata) }
  }

  async *subscribe({ after, filter, signal }: Subscription): AsyncIterable<SubscriptionBatch> {
    let next = Number(after ?? 0)
    const aborted = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
    while (!signal.aborted) {
      const batch = this.#log.slice(next, next + this.#pageSize)
      next += batch.length
      yield {
        events: batch.filter((event) => matches(event, filter)),
        position: String(next) as Position,
        caughtUp: next === this.#log.length,
      }
      if (next < this.#log.length) continue
      await Promise.race([aborted, new Promise<void>((resolve) => this.#waiting.push(resolve))])
    }
  }

  async head(): Promise<Position | undefined> {
    await setImmediate()
    return this.#log.at(-1)?.position
  }

  comparePositions(a: Position, b: Position): number {
    return Number(a) - Number(b)
  }

  countBetween(after: Position | undefined, upTo: Position): number {
    return Number(upTo) - Number(after ?? 0)
  }

  async close(): Promise<void> {}

  /** Everything stored, in log order. */
  get log(): readonly StoredEvent[] {
    return this.#log
  }
}

function matches(event: StoredEvent, filter: LogFilter | undefined): boolean {
  const category = event.stream.slice(0, event.stream.indexOf('-'))
  return (
    (filter?.types?.includes(event.type) ?? true) &&
    (filter?.categories?.includes(category) ?? true)
  )
}

import { PageSize } from '#adapters/event-store/page-size.ts'
import { checkAppend, isStreamName } from '#log/check-append.ts'
import { LogUnavailable } from '#log/errors.ts'
import type {
  Appended,
  EventReference,
  EventStore,
  ExpectedRevision,
  LogRead,
  NewEvent,
  Position,
  StoredBytes,
  StoredEvent,
  StreamRead,
  Subscription,
  SubscriptionBatch,
} from '#log/event-store.ts'
import { checkServer } from './check-server.ts'
import { readTlsFiles, type TlsFiles } from './client.ts'
import { Connection, type Link } from './connection.ts'
import { type ConnectionSettings, parseConnectionString } from './connection-string.ts'
import { streamDamaged } from './errors.ts'
import { isNodeAtFault, NoVerdict } from './failures.ts'
import { comparePositions, toPosition } from './position.ts'
import { readBytes } from './read-bytes.ts'
import { readMany } from './read-many.ts'
import { isWhole, readLogPage, readStreamPage, type StreamPage } from './reads.ts'
import { repeatUntilVerdict } from './repeat.ts'
import { charactersOf, isOurs, matcher, type ReadEvent, toStoredEvent } from './stored-event.ts'
import { subscribe } from './subscription.ts'

export interface EventStoreDbOptions {
  /** `esdb://…`, as EventStoreDB's clients take it. */
  readonly connectionString: string
  /** How long a call is repeated while it has no verdict, in milliseconds. */
  readonly deadlineMs?: number
  /** How long a subscription may hear nothing before it looks whether it should have, in milliseconds. */
  readonly lookAnywayMs?: number
  /** Asked each time before an append is sent; what it forbids is not sent. */
  readonly mayAppend?: () => boolean
}

const DEADLINE_MS = 15_000
const LOOK_ANYWAY_MS = 5000
/** Events in the first page of a read, and in any; those of the log are at first as small as what is wanted allows. */
const FIRST_PAGE = 100
const LARGEST_PAGE = 500
const SMALLEST_PAGE = 4

/** The log in EventStoreDB or KurrentDB, on one node or a cluster. */
export class EventStoreDbEventStore implements EventStore {
  readonly kind = 'eventstoredb'
  readonly comparePositions = comparePositions
  readonly #settings: ConnectionSettings
  readonly #files: TlsFiles
  /** To the leader: all that decides, and all that reads what was decided. */
  readonly #leader: Connection
  /** To a node of the kind that the connection string prefers: subscriptions, which may come a little later. */
  readonly #preferred: Connection
  readonly #deadlineMs: number
  readonly #lookAnywayMs: number
  readonly #mayAppend: () => boolean
  readonly #closing = new AbortController()

  /** @throws EventStoreDbUnusable when the connection string, or a file that it names, cannot be read. */
  constructor({
    connectionString,
    deadlineMs = DEADLINE_MS,
    lookAnywayMs = LOOK_ANYWAY_MS,
    mayAppend = () => true,
  }: EventStoreDbOptions) {
    this.#settings = parseConnectionString(connectionString)
    this.#files = readTlsFiles(this.#settings)
    this.#leader = new Connection(this.#settings, this.#files, 'leader')
    const { nodePreference } = this.#settings
    this.#preferred =
      nodePreference === 'leader'
        ? this.#leader
        : new Connection(this.#settings, this.#files, nodePreference)
    this.#deadlineMs = deadlineMs
    this.#lookAnywayMs = lookAnywayMs
    this.#mayAppend = mayAppend
  }

  /**
   * Returns once the log can be read.
   *
   * @throws EventStoreDbUnusable saying what to do: at once where waiting cannot help, else at the deadline.
   */
  async check(): Promise<void> {
    const readable = (timeoutMs: number) =>
      readLogPage(
        this.#leader.link.client,
        { from: undefined, direction: 'backwards', count: 1 },
        timeoutMs,
      )
    await checkServer(this.#settings, this.#files, this.#deadlineMs, readable)
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const append = { stream, events, expected, texts: checkAppend(stream, events) }
    return this.#repeat(({ appends }, timeoutMs) => {
      if (this.#mayAppend()) return appends.append(append, timeoutMs)
      throw new LogUnavailable(
        'Leave to write has run out; whether the events were stored is unknown',
      )
    })
  }

  async *readStream(
    stream: string,
    { from, direction = 'forwards', maxCount = Number.POSITIVE_INFINITY }: StreamRead = {},
  ): AsyncGenerator<readonly StoredEvent[], void> {
    const step = direction === 'forwards' ? 1 : -1
    const size = new PageSize(FIRST_PAGE, LARGEST_PAGE)
    let next = from
    for (let left = maxCount; left > 0 && (next ?? 0) >= 0; ) {
      const count = Math.min(left, size.events)
      const events = await this.#readStreamPage({ stream, from: next, direction, count })
      const last = events.at(-1)
      if (!last) return
      size.saw(events.map(charactersOf))
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
    const size = new PageSize(FIRST_PAGE, LARGEST_PAGE)
    let count = Math.min(Math.max(left, SMALLEST_PAGE), size.events)
    let hasMore = left > 0
    while (hasMore && left > 0) {
      const page = await this.#read(({ client }, timeoutMs) =>
        readLogPage(client, { from: next, direction, count }, timeoutMs),
      )
      hasMore = page.hasMore
      size.saw(page.events.map(charactersOf))
      const last = page.events.at(-1)
      if (last?.position) next = toPosition(last.position)
      const events = page.events.filter(isOurs).map(toStoredEvent).filter(matches).slice(0, left)
      if (events.length > 0) yield events
      left -= events.length
      // More than the event that it begins with, which is known.
      count = Math.max(SMALLEST_PAGE, Math.min(count * 2, size.events))
    }
  }

  readMany(references: readonly EventReference[]): Promise<readonly StoredEvent[]> {
    return readMany(references, (page) => this.#readStreamPage(page))
  }

  async readBytes(reference: EventReference): Promise<StoredBytes | undefined> {
    if (!isStreamName(reference.stream)) return undefined
    return this.#read(({ client }, timeoutMs) => readBytes(client, reference, timeoutMs))
  }

  subscribe(subscription: Subscription): AsyncIterable<SubscriptionBatch> {
    const signal = AbortSignal.any([subscription.signal, this.#closing.signal])
    const log = {
      connection: this.#preferred,
      head: () => this.head(),
      lookAnywayMs: this.#lookAnywayMs,
    }
    return subscribe(log, { ...subscription, signal })
  }

  async head(): Promise<Position | undefined> {
    for await (const [last] of this.readAll({ direction: 'backwards', maxCount: 1 })) {
      return last?.position
    }
    return undefined
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([this.#leader.close(), this.#preferred.close()])
  }

  /** @throws LogDamaged */
  async #readStreamPage(page: StreamPage): Promise<readonly ReadEvent[]> {
    // Some names kill the client, others are the server's own streams.
    if (!isStreamName(page.stream)) return []
    const events = await this.#read(({ client }, timeoutMs) =>
      readStreamPage(client, page, timeoutMs),
    )
    if (events !== undefined && !isWhole(page, events)) throw streamDamaged(page.stream)
    return events ?? []
  }

  #read<T>(call: (link: Link, timeoutMs: number) => Promise<T>): Promise<T> {
    return this.#repeat(async (link, timeoutMs) => {
      const page = await call(link, timeoutMs)
      // A read that was cut short, by closing or by leaving the client, looks like one that reached its end.
      this.#closing.signal.throwIfAborted()
      if (!this.#leader.isInUse(link)) throw new NoVerdict('The connection was left during a read')
      return page
    })
  }

  #repeat<T>(call: (link: Link, timeoutMs: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.#deadlineMs
    let link = this.#leader.link
    const onFailure = (cause: unknown): void => {
      if (isNodeAtFault(cause)) this.#leader.leave(link)
    }
    return repeatUntilVerdict(
      { deadline, signal: this.#closing.signal, onFailure },
      (timeoutMs) => {
        link = this.#leader.link
        return call(link, timeoutMs)
      },
    )
  }
}

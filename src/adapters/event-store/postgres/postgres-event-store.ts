import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'
import { isDatabaseUnavailable } from '#adapters/database/errors.ts'
import { checkAppend } from '#log/check-append.ts'
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
import type { Statement } from './append-statements.ts'
import { GroupCommitter } from './group-committer.ts'
import { HeadListener } from './head-listener.ts'
import { HeadWatch } from './head-watch.ts'
import { BEGINNING, parsePosition, toPosition } from './position.ts'
import { readBytes } from './read-bytes.ts'
import { readLog } from './read-log.ts'
import { readMany } from './read-many.ts'
import { readStream } from './read-stream.ts'
import { type Run, readHead } from './reading.ts'
import { retryWhileUnavailable } from './retry.ts'
import { subscribe } from './subscription.ts'
import { logUnavailable } from './unavailable.ts'

export interface PostgresEventStoreOptions {
  readonly database: Pick<Database, 'writer' | 'connect'>
  /** How long a call is repeated while PostgreSQL is unavailable, in milliseconds. */
  readonly deadlineMs?: number
}

const DEADLINE_MS = 15_000

/** The log in PostgreSQL (migrations/2026-11-21T0404-log.ts): positions are dense and in the order of commits. */
export class PostgresEventStore implements EventStore {
  readonly kind = 'postgres'
  readonly keepsCallOrder = true
  readonly #database: Pick<Database, 'writer' | 'connect'>
  readonly #deadlineMs: number
  readonly #watch = new HeadWatch()
  readonly #committer: GroupCommitter
  readonly #listener: HeadListener
  readonly #closing = new AbortController()

  constructor({ database, deadlineMs = DEADLINE_MS }: PostgresEventStoreOptions) {
    this.#database = database
    this.#deadlineMs = deadlineMs
    this.#committer = new GroupCommitter({
      connect: () => connectWriter(database),
      deadlineMs,
      onAppended: (position) => this.#watch.moved(position),
    })
    this.#listener = new HeadListener(
      () => database.connect('writer', { name: 'daybook log listener' }),
      this.#watch,
    )
  }

  async append(
    stream: string,
    events: readonly NewEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const data = checkAppend(stream, events)
    const metadata = events.map((event) => JSON.stringify(event.metadata))
    const revision = expected === 'no_stream' ? -1 : expected
    return this.#committer.append({ stream, events, expected: revision, data, metadata })
  }

  readStream(stream: string, options: StreamRead = {}): AsyncIterable<readonly StoredEvent[]> {
    return readStream(this.#read, stream, options)
  }

  async *readAll(options: LogRead = {}): AsyncIterable<readonly StoredEvent[]> {
    const { from, direction = 'forwards', filter } = options
    const backwards = direction === 'backwards'
    const head = await readHead(this.#read)
    let left = options.maxCount ?? Number.POSITIVE_INFINITY
    let after = BEGINNING
    let upTo = head
    if (from !== undefined && backwards) upTo = Math.min(head, parsePosition(from) - 1)
    else if (from !== undefined) after = parsePosition(from)
    if (filter === undefined && backwards) after = Math.max(after, upTo - left)
    else if (filter === undefined) upTo = Math.min(upTo, after + left)
    for await (const { events } of readLog(this.#read, { after, upTo }, backwards, filter)) {
      const wanted = events.slice(0, left)
      if (wanted.length > 0) yield wanted
      left -= wanted.length
      if (left === 0) return
    }
  }

  readMany(references: readonly EventReference[]): Promise<readonly StoredEvent[]> {
    return readMany(this.#read, references)
  }

  readBytes(reference: EventReference): Promise<StoredBytes | undefined> {
    return readBytes(this.#read, reference)
  }

  async *subscribe(subscription: Subscription): AsyncIterable<SubscriptionBatch> {
    const signal = AbortSignal.any([subscription.signal, this.#closing.signal])
    const { onReconnect: onFailure } = subscription
    const run: Run = (statement) =>
      retryWhileUnavailable({ signal, onFailure }, () => this.#query(statement))
    const stopListening = this.#listener.listen()
    try {
      yield* subscribe(run, this.#watch, { ...subscription, signal })
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      await stopListening()
    }
  }

  async head(): Promise<Position | undefined> {
    const head = await readHead(this.#read)
    return head === BEGINNING ? undefined : toPosition(head)
  }

  comparePositions(a: Position, b: Position): number {
    return parsePosition(a) - parsePosition(b)
  }

  countBetween(after: Position | undefined, upTo: Position): number {
    return parsePosition(upTo) - (after === undefined ? BEGINNING : parsePosition(after))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#committer.close()
  }

  /** @throws LogUnavailable when PostgreSQL stays unavailable. */
  readonly #read: Run = async (statement) => {
    const options = { signal: this.#closing.signal, deadlineMs: this.#deadlineMs }
    try {
      return await retryWhileUnavailable(options, () => this.#query(statement))
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error
      throw logUnavailable('The log cannot be read', error)
    }
  }

  readonly #query: Run = async (statement: Statement) => {
    const { rows } = await this.#database.writer.query<(string | null)[]>(statement)
    return rows
  }
}

/** Plans of the append functions do not depend on values; what is acknowledged must be on the disk. */
async function connectWriter(database: Pick<Database, 'connect'>): Promise<pg.Client> {
  const client = await database.connect('writer', { pipeline: true, name: 'daybook log writer' })
  await client.query(`
    set plan_cache_mode = force_generic_plan;
    set default_transaction_isolation = 'read committed';
    select set_config('synchronous_commit', 'on', false)
    where current_setting('synchronous_commit') in ('off', 'local')`)
  return client
}

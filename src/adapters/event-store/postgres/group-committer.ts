import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { isDatabaseUnavailable } from '#adapters/database/errors.ts'
import { BoundedCache } from '#log/bounded-cache.ts'
import { LogUnavailable, WrongExpectedRevision } from '#log/errors.ts'
import type { Appended } from '#log/event-store.ts'
import { appendBatch, type Verdict } from './append-batch.ts'
import { AppendQueue, type PendingAppend } from './append-queue.ts'
import type { AppendRequest } from './append-statements.ts'
import { asLogMoved } from './moved.ts'
import { toPosition } from './position.ts'
import { pauseAfter } from './retry.ts'
import { logUnavailable } from './unavailable.ts'

export interface GroupCommitterOptions {
  /** Opens a pipelined connection of the writer, ready for appends. */
  readonly connect: () => Promise<pg.Client>
  /** How long an append may be without a verdict, in milliseconds. */
  readonly deadlineMs: number
  /** Told of the furthest position that was just written. */
  readonly onAppended: (position: number) => void
}

/** One on its way to the disk, one on its way to the server. */
const MOST_BATCHES_IN_FLIGHT = 2
const REMEMBERED_HEADS = 50_000
const OVERDUE_CHECK_MS = 200

/**
 * Group commit: appends that arrive while others are on their way leave together in one transaction.
 * Each keeps its own expected revision and has its own verdict. What is undecided when the connection is
 * lost is sent again, with the same ids and revisions, until it is decided or overdue.
 */
export class GroupCommitter {
  readonly #options: GroupCommitterOptions
  readonly #queue = new AppendQueue()
  /** Last revisions of streams, as far as this connection knows. */
  #heads = new BoundedCache<number>(REMEMBERED_HEADS)
  #client: pg.Client | undefined
  #connecting: Promise<void> | undefined
  #batchesInFlight = 0
  /** Since anything last succeeded. */
  #failures = 0
  #lastFailure: unknown
  #flushPlanned = false
  #overdueCheck: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: GroupCommitterOptions) {
    this.#options = options
  }

  append(request: AppendRequest): Promise<Appended> {
    if (this.#closed) return Promise.reject(new LogUnavailable('The log is closed'))
    const appended = this.#queue.add(request, performance.now() + this.#options.deadlineMs)
    this.#overdueCheck ??= setTimeout(this.#checkOverdue, OVERDUE_CHECK_MS)
    this.#planFlush()
    return appended
  }

  /** Waits for the verdicts on what was appended, then lets go of the connection. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#queue.empty()
    clearTimeout(this.#overdueCheck)
    await this.#connecting
    await this.#client?.end()
  }

  /** After everything that is ready to run now: callers that were just answered may append again. */
  #planFlush(): void {
    if (this.#flushPlanned) return
    this.#flushPlanned = true
    process.nextTick(this.#flush)
  }

  readonly #flush = (): void => {
    this.#flushPlanned = false
    while (this.#queue.hasWaiting && this.#batchesInFlight < MOST_BATCHES_IN_FLIGHT) {
      if (this.#client === undefined) {
        this.#connecting ??= this.#connect()
        return
      }
      const batch = this.#queue.take()
      if (batch.length === 0) return
      void this.#send(this.#client, batch)
    }
  }

  async #send(client: pg.Client, batch: readonly PendingAppend[]): Promise<void> {
    this.#batchesInFlight += 1
    try {
      await this.#decide(client, batch)
      this.#failures = 0
      this.#lastFailure = undefined
    } catch (error) {
      this.#failures += 1
      this.#lastFailure = error
      this.#dropConnection(client)
    }
    this.#batchesInFlight -= 1
    this.#queue.release(batch)
    this.#planFlush()
  }

  /**
   * What PostgreSQL refuses to store is refused alone: its neighbours are then sent one by one.
   *
   * @throws when PostgreSQL is unavailable; the verdicts are not known then.
   */
  async #decide(client: pg.Client, batch: readonly PendingAppend[]): Promise<void> {
    try {
      this.#answer(batch, await appendBatch(client, this.#heads, batch))
    } catch (error) {
      if (isDatabaseUnavailable(error)) throw error
      const moved = asLogMoved(error)
      if (moved !== undefined) {
        for (const append of batch) this.#queue.reject(append, moved)
        return
      }
      const [first] = batch
      if (batch.length === 1 && first !== undefined) this.#queue.reject(first, error)
      else for (const append of batch) await this.#decide(client, [append])
    }
  }

  #answer(batch: readonly PendingAppend[], verdicts: readonly Verdict[]): void {
    let last = 0
    for (const [i, append] of batch.entries()) {
      const verdict = verdicts[i]
      if (verdict?.taken === true) {
        last = Math.max(last, verdict.position)
        const { revision, position } = verdict
        this.#queue.resolve(append, { revision, position: toPosition(position) })
      } else if (verdict !== undefined) {
        const expected = append.expected === -1 ? 'no_stream' : append.expected
        const error = new WrongExpectedRevision(append.stream, expected, verdict.actual)
        this.#queue.reject(append, error)
      }
    }
    if (last > 0) this.#options.onAppended(last)
  }

  async #connect(): Promise<void> {
    while (!this.#queue.isEmpty && this.#client === undefined) {
      if (this.#failures > 0) await sleep(pauseAfter(this.#failures))
      try {
        const client = await this.#options.connect()
        client.once('end', () => this.#dropConnection(client))
        this.#client = client
      } catch (error) {
        this.#failures += 1
        this.#lastFailure = error
        if (!isDatabaseUnavailable(error)) this.#queue.rejectAll(error)
      }
    }
    this.#connecting = undefined
    this.#planFlush()
  }

  /** Others may write meanwhile, so what was known of streams is forgotten with the connection. */
  #dropConnection(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    this.#heads = new BoundedCache<number>(REMEMBERED_HEADS)
    client.connection.stream.destroy()
  }

  readonly #checkOverdue = (): void => {
    this.#overdueCheck = undefined
    const { deadlineMs } = this.#options
    const anyOverdue = this.#queue.rejectOverdue(performance.now(), () =>
      logUnavailable(
        `The log gave no verdict within ${deadlineMs / 1000} s; whether the events were stored is unknown`,
        this.#lastFailure,
      ),
    )
    // A connection on which something is overdue may never be heard of again.
    if (anyOverdue && this.#client !== undefined) this.#dropConnection(this.#client)
    if (!this.#queue.isEmpty) this.#overdueCheck = setTimeout(this.#checkOverdue, OVERDUE_CHECK_MS)
  }
}

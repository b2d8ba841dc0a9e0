import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { asDatabaseError, isDatabaseUnavailable } from '#adapters/database/errors.ts'
import { LogMoved, LogUnavailable } from '#log/errors.ts'

/** For so long a lease lets a process append, from before it was asked for. */
const LEASE_MS = 2000
const RENEW_EVERY_MS = 500
const ASK_AGAIN_MS = 100
/** A lease that was not renewed for so long has run out, whatever became of its process. */
export const LEASE_OVER_MS = 3000

interface Answer {
  readonly holder: string | null
  readonly place: string | null
  readonly fenced: boolean
}

export interface WriteLeaseOptions {
  /** Connects as the writer. */
  readonly pool: pg.Pool
  /** How long an append waits for a lease while PostgreSQL is away, in milliseconds. */
  readonly deadlineMs: number
}

/**
 * Leave to append to a log whose store knows no fence. It holds for two seconds and is renewed while the
 * log stays where it is; before the log moves, whoever moves it waits until every lease was given back or
 * has run out. A process that hangs or loses PostgreSQL stops appending by its own clock.
 */
export class WriteLease {
  readonly #options: WriteLeaseOptions
  readonly #id = randomUUID()
  readonly #owner = `${hostname()}:${process.pid}`
  readonly #ended = new AbortController()
  /** By the clock that stands still while the machine sleeps, and by the one that may be set. */
  #until = { monotonic: 0, wall: 0 }
  #refusal: LogMoved | undefined
  #running: Promise<void> | undefined
  #asking: Promise<void> | undefined
  #atWork = 0

  constructor(options: WriteLeaseOptions) {
    this.#options = options
  }

  /**
   * Runs an append under the lease.
   *
   * @throws LogMoved when the log is being moved or was.
   * @throws LogUnavailable when no lease could be had in time.
   */
  async during<T>(append: () => Promise<T>): Promise<T> {
    this.#running ??= this.#keep()
    if (!this.isValid) await this.#obtain()
    this.#atWork += 1
    try {
      return await append()
    } finally {
      this.#atWork -= 1
    }
  }

  /** Asked each time before something is sent. */
  get isValid(): boolean {
    const { monotonic, wall } = this.#until
    return performance.now() < monotonic && Date.now() < wall
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await this.#running
  }

  async #obtain(): Promise<void> {
    const { deadlineMs } = this.#options
    for (const end = performance.now() + deadlineMs; !this.isValid; ) {
      try {
        await (this.#asking ??= this.#ask().finally(() => {
          this.#asking = undefined
        }))
      } catch (error) {
        const isOver = performance.now() > end || this.#ended.signal.aborted
        if (!isDatabaseUnavailable(error)) throw error
        if (isOver) {
          const cause = asDatabaseError(error)
          throw new LogUnavailable('No leave to write could be had from PostgreSQL', { cause })
        }
        await sleep(ASK_AGAIN_MS)
      }
      if (this.#refusal !== undefined) throw this.#refusal
    }
  }

  /** Whoever is sent for is told; the lease counts from before the question left. */
  async #ask(): Promise<void> {
    const asked = { monotonic: performance.now(), wall: Date.now() }
    const { rows } = await this.#options.pool.query<Answer>({
      name: 'log-renew-writer',
      text: 'select * from log.renew_writer($1, $2)',
      values: [this.#id, this.#owner],
    })
    const { holder = null, place = null, fenced = false } = rows[0] ?? {}
    if (holder !== null && holder !== 'eventstoredb') {
      this.#refusal = new LogMoved('moved', place ?? undefined)
    } else this.#refusal = fenced ? new LogMoved('moving') : undefined
    this.#until =
      this.#refusal === undefined
        ? { monotonic: asked.monotonic + LEASE_MS, wall: asked.wall + LEASE_MS }
        : { monotonic: 0, wall: 0 }
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ended
    const pause = (): Promise<unknown> =>
      sleep(RENEW_EVERY_MS, undefined, { signal }).catch(() => undefined)
    while (!signal.aborted) {
      await pause()
      if (signal.aborted) break
      // An unreachable PostgreSQL is met again by the next append; until then the lease runs out.
      await (this.#asking ??= this.#ask().finally(() => {
        this.#asking = undefined
      })).catch(() => undefined)
      if (this.#refusal !== undefined) await this.#giveBack()
    }
    await this.#giveBack()
  }

  /** Once nothing is on its way any more; until then the row says that something is. */
  async #giveBack(): Promise<void> {
    const { pool } = this.#options
    const values = [this.#id]
    while (this.#atWork > 0) {
      const text = 'update log.writer set renewed_at = clock_timestamp() where id = $1'
      await pool.query({ text, values }).catch(() => undefined)
      await sleep(20)
    }
    await pool
      .query({ text: 'delete from log.writer where id = $1', values })
      .catch(() => undefined)
  }
}

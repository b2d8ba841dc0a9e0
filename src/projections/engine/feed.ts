import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { EventCodec } from '#log/codec.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { paced } from '#log/paced.ts'
import { forLog } from './failure.ts'
import { FeedBuffer } from './feed-buffer.ts'
import { Follower } from './follower.ts'
import { readEvents } from './read-events.ts'
import { retryDelay } from './retry-delay.ts'

export interface FeedOptions {
  readonly store: EventStore
  readonly codec: EventCodec
  /** Whether any projection of this program folds events of the type. */
  readonly isFolded: (type: string) => boolean
  readonly logger: Logger
  /** Events kept for followers that are not at the front; the reader waits for them when full. */
  readonly capacity?: number
  /** How long a slow follower may hold the others up before it has to read by itself. */
  readonly patienceMs?: number
}

/** The log is read so often at most while nobody is behind: each read costs every projection a statement or two. */
const READ_EVERY_MS = 20

/**
 * The one reader of the log in a process: what it reads, and decrypts, and parses, serves every
 * projection that is near the front. Those further behind read by themselves until they come near.
 */
export class Feed {
  readonly options: FeedOptions
  readonly buffer: FeedBuffer
  /** Why nothing comes at the moment, while the log cannot be read. */
  trouble: string | undefined
  /** True when the reader had nothing more to read. */
  caughtUp = false
  readonly #patienceMs: number
  /** Those who are waited for. */
  readonly #followers = new Set<Follower>()
  readonly #ended = new AbortController()
  #running: Promise<void> | undefined
  #changed = Promise.withResolvers<void>()
  #changes = 0

  constructor(options: FeedOptions) {
    this.options = options
    this.buffer = new FeedBuffer(
      (a, b) => options.store.comparePositions(a, b),
      options.capacity ?? 5000,
    )
    this.#patienceMs = options.patienceMs ?? 1000
  }

  /**
   * A new follower, from a checkpoint on; the signal ends its waiting. One that is not waited for never
   * holds the others up: when it is slow, it reads by itself.
   */
  follow(
    after: Position | undefined,
    { signal, isWaitedFor = true }: { signal?: AbortSignal; isWaitedFor?: boolean } = {},
  ): Follower {
    const follower = new Follower(this, after, signal)
    if (isWaitedFor) this.#followers.add(follower)
    signal?.addEventListener('abort', () => this.#wake(), { once: true })
    return follower
  }

  /** For followers only. */
  leave(follower: Follower): void {
    this.#followers.delete(follower)
    this.#wake()
  }

  /** Starts reading after a position, once: where the foremost follower will stand, so that nobody waits. */
  begin(after: Position | undefined): void {
    if (this.#running !== undefined || this.#ended.signal.aborted) return
    this.buffer.tail = after
    this.#running = this.#run()
  }

  /** Counts what `change` waits for. */
  get changes(): number {
    return this.#changes
  }

  /** Resolves when there were other changes than those counted: a batch, a follower's progress; or after the time. */
  async change(counted: number, ms: number): Promise<void> {
    if (this.#changes !== counted) return
    const ended = new AbortController()
    const timeout = delay(ms, undefined, { signal: ended.signal }).catch(ignore)
    await Promise.race([this.#changed.promise, timeout])
    ended.abort()
  }

  /** For followers only: one of them moved, so that there may be room again. */
  moved(): void {
    if (this.buffer.isFull()) this.#wake()
  }

  async stop(): Promise<void> {
    this.#ended.abort()
    this.#wake()
    await this.#running
  }

  #wake(): void {
    this.#changes += 1
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  async #run(): Promise<void> {
    const { signal } = this.#ended
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.#read(() => {
          failures = 0
          this.trouble = undefined
        })
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        this.caughtUp = false
        this.trouble = `the log cannot be read: ${error instanceof Error ? error.message : String(error)}`
        this.options.logger.warn(
          { err: forLog(error), failures },
          'The log cannot be read; trying again',
        )
      }
      await delay(retryDelay(failures), undefined, { signal }).catch(ignore)
    }
  }

  async #read(onBatch: () => void): Promise<void> {
    const { store, codec, isFolded, logger } = this.options
    const { signal } = this.#ended
    const after = this.buffer.tail
    let isBroken = false
    const onReconnect = (cause: unknown): void => {
      if (isBroken) return
      isBroken = true
      logger.info({ err: forLog(cause) }, 'Reading the log broke off; it is tried until it goes on')
    }
    const from = after === undefined ? {} : { after }
    const subscription = store.subscribe({ ...from, signal, onReconnect })
    for await (const batch of paced(subscription, READ_EVERY_MS, signal)) {
      if (isBroken) logger.info('Reading the log goes on')
      isBroken = false
      const read = await readEvents(codec, batch.events, isFolded)
      onBatch()
      this.caughtUp = batch.caughtUp
      this.buffer.push(read, batch.position)
      this.#wake()
      await this.#makeRoom()
      if (signal.aborted) return
    }
  }

  async #makeRoom(): Promise<void> {
    const patient = Date.now() + this.#patienceMs
    while (this.buffer.isFull() && !this.#ended.signal.aborted) {
      const counted = this.#changes
      const needed = [...this.#followers].some((follower) => this.buffer.needsOldest(follower))
      const left = patient - Date.now()
      if (!needed || left <= 0) this.buffer.dropOldest()
      else await this.change(counted, left)
    }
  }
}

const ignore = (): void => undefined

import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '#log/event-store.ts'
import { isOfStatement, isRefusal } from './database-error.ts'
import { fingerprint } from './definition.ts'
import { eventIdOf, failureOf, forLog } from './failure.ts'
import type { Feed } from './feed.ts'
import type { FeedBatch } from './feed-buffer.ts'
import type { Follower } from './follower.ts'
import { followingConnection } from './following-connection.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { ProjectionFailure, Reached } from './projection-engine.ts'
import { raiseEpoch } from './registry.ts'
import { retryDelay } from './retry-delay.ts'
import type { FollowedSlot } from './schema-name.ts'
import { Fenced, TableWriter } from './table-writer.ts'
import { Waiters } from './waiters.ts'

const MOST_EVENTS = 5000
/** A position that moved without events is written down now and then. */
const MOVED_MS = 5000

/** Why a loop ended: told to stop; the tables are somebody else's or gone; or it cannot go on. */
export type LoopEnd = 'stopped' | 'replaced' | 'failed'

/**
 * Kept tables come after the live ones: they take what gathers in so many milliseconds at once, and
 * nobody waits for them.
 */
const KEPT_PAUSE_MS = 200

/** Follows the log with the tables of one projection until it is stopped, replaced or fails. */
export class Loop {
  readonly projection: Projection
  readonly slot: FollowedSlot
  state: 'live' | 'catching_up' = 'catching_up'
  /** When it last turned, whether or not there was anything to do. */
  heartbeat = new Date()
  waitsFor: string | undefined
  failure: ProjectionFailure | undefined
  /** Under which it writes; undefined until it has the tables. */
  epoch: string | undefined
  readonly ended: Promise<LoopEnd>
  isOver = false
  readonly #parts: EngineParts
  readonly #feed: Feed
  readonly #stopped = new AbortController()
  readonly #waiters: Waiters
  #writer: TableWriter | undefined
  #limit = MOST_EVENTS
  #movedAt = 0

  constructor(parts: EngineParts, feed: Feed, projection: Projection, slot: FollowedSlot) {
    this.projection = projection
    this.slot = slot
    this.#parts = parts
    this.#feed = feed
    this.#waiters = new Waiters((a, b) => parts.store.comparePositions(a, b))
    this.ended = this.#run().finally(() => {
      this.isOver = true
      this.#waiters.give(this.place)
    })
  }

  get place(): { position: Position | undefined; ordinal: number } {
    return { position: this.#writer?.position, ordinal: this.#writer?.ordinal ?? 0 }
  }

  /** Answers when it is there, at the deadline, or when the loop ends. */
  async waitFor(position: Position, deadlineMs: number): Promise<Reached> {
    const reached = await this.#waiters.wait(this.place, position, deadlineMs)
    return { reached, ...this.place }
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.ended
  }

  async #run(): Promise<LoopEnd> {
    const { signal } = this.#stopped
    for (let failures = 0; !signal.aborted; ) {
      try {
        const end = await this.#follow(() => {
          failures = 0
        })
        if (end !== 'again') return end
      } catch (error) {
        failures += 1
        this.waitsFor = `an error to pass: ${messageOf(error)}`
        this.#parts.logger.warn(
          { err: forLog(error), ...this.#named, failures },
          'A projection met an error that may pass; trying again',
        )
        await delay(retryDelay(failures), undefined, { signal }).catch(() => undefined)
      }
    }
    return 'stopped'
  }

  /** Takes the tables up and follows; `again` when it has to be begun anew from the checkpoint. */
  async #follow(onProgress: () => void): Promise<LoopEnd | 'again'> {
    const { projection, slot } = this
    const client = await followingConnection(this.#parts.database)
    try {
      const own = fingerprint(projection, this.#parts.store.kind)
      const checkpoint = await raiseEpoch(client, projection.name, slot, own)
      if (checkpoint === undefined) {
        // Somebody may be taking kept tables over, for as long as a rollback takes: no hurry to try again.
        if (slot === 'kept') await this.#pause()
        return 'replaced'
      }
      this.#writer = await TableWriter.open(client, projection, slot, checkpoint)
      // Not before there is a place to tell: until then readers ask the database.
      this.epoch = checkpoint.epoch
      this.#waiters.give(this.place, { reachedOnly: true })
      return await this.#turn(this.#writer, onProgress)
    } finally {
      await client.end().catch(() => undefined)
    }
  }

  async #turn(writer: TableWriter, onProgress: () => void): Promise<LoopEnd | 'again'> {
    const { signal } = this.#stopped
    const isKept = this.slot === 'kept'
    const follower = this.#feed.follow(writer.position, { signal, isWaitedFor: !isKept })
    try {
      while (!signal.aborted) {
        this.heartbeat = new Date()
        const batch = await follower.next(this.#limit)
        const end = await this.#take(batch, writer)
        if (end !== undefined) return end
        onProgress()
        this.#note(follower)
        if (isKept) await this.#pause()
      }
      return 'stopped'
    } finally {
      await follower.close()
    }
  }

  async #pause(): Promise<void> {
    const { signal } = this.#stopped
    await delay(KEPT_PAUSE_MS, undefined, { signal }).catch(() => undefined)
  }

  async #take(
    batch: FeedBatch | undefined,
    writer: TableWriter,
  ): Promise<LoopEnd | 'again' | undefined> {
    if (batch === undefined || batch.stored.length === 0) {
      if (batch !== undefined) writer.moveTo(batch.position)
      return this.#writeMoved(writer)
    }
    this.waitsFor = `the database to take ${batch.stored.length} events`
    this.heartbeat = new Date()
    try {
      await writer.apply(batch)
      this.#limit = Math.min(this.#limit * 2, MOST_EVENTS)
      return undefined
    } catch (error) {
      if (error instanceof Fenced || !(await writer.isOwner())) return 'replaced'
      return this.#judge(error, batch, writer)
    }
  }

  async #writeMoved(writer: TableWriter): Promise<'replaced' | undefined> {
    const { position } = writer
    const isTime = Date.now() - this.#movedAt >= MOVED_MS
    if (!writer.isAhead || position === undefined || !isTime) return undefined
    this.#movedAt = Date.now()
    try {
      await writer.apply({ stored: [], read: [], position })
      return undefined
    } catch (error) {
      if (error instanceof Fenced) return 'replaced'
      throw error
    }
  }

  /**
   * Nothing of the batch was written. When an event is to blame, those before it are folded first; when
   * PostgreSQL refused rows, the batch is halved until one event is left.
   */
  #judge(error: unknown, batch: FeedBatch, writer: TableWriter): LoopEnd | 'again' {
    const culprit = eventIdOf(error)
    if (culprit === undefined && !isRefusal(error)) throw error
    const count = batch.stored.length
    const good =
      culprit === undefined
        ? Math.floor(count / 2)
        : batch.stored.findIndex(({ id }) => id === culprit)
    if (good > 0 && !isOfStatement(error)) {
      this.#limit = good
      return 'again'
    }
    const event = isOfStatement(error) ? undefined : batch.stored[0]
    this.failure = failureOf(error, event && { event, ordinal: writer.ordinal + 1 })
    this.#parts.logger.error(
      { err: forLog(error), ...this.#named, event: this.failure.event },
      'A projection cannot go on',
    )
    return 'failed'
  }

  get #named() {
    return { projection: this.projection.name, version: this.projection.version, tables: this.slot }
  }

  #note(follower: Follower): void {
    this.state = follower.atHead ? 'live' : 'catching_up'
    this.waitsFor = this.#feed.trouble
    this.#waiters.give(this.place, { reachedOnly: true })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

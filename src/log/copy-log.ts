import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { appendInOrder } from './append-in-order.ts'
import { type CompareOptions, compareBeginning, tellDifference } from './compare-logs.ts'
import { WrongExpectedRevision } from './errors.ts'
import type { EventStore, Position, StoredEvent } from './event-store.ts'
import type { Summary } from './hashed-lines.ts'
import { ReadHistory } from './read-history.ts'

/** The log copied to cannot take this history. Nothing of what it held was changed. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused'
}

/** Appends that met something else in their place, one after the other without getting any further. */
const CONFLICTS = 3
const LOOK_MS = 5
const READ_BACK_EVENTS = 1000
/** How often it is looked whether somebody else wrote, in milliseconds. */
const IDLE_MS = 1000
/** A copy is near the end when it was there so short a time ago, or will be so soon. */
const NEAR_MS = 1000

/** The log copied to is not where this copy left it; comparing will say why. */
class Disturbed extends Error {
  override readonly name = 'Disturbed'
}

/**
 * Copies one log into another: the same events in the same order, each at its revision, so that ordinals are
 * the same on both sides. What is there already is compared first, so that a copy that was interrupted
 * anywhere goes on. Everything appended is read back, and the hashes of both sides held against each other.
 * Nothing else may write to the log copied to.
 */
export class LogCopy {
  readonly #source: EventStore
  readonly #target: EventStore
  #from: ReadHistory
  #to: ReadHistory
  #isAppending = false
  /** When there last was nothing more to copy. */
  #caughtUpAt = Number.NEGATIVE_INFINITY
  #isCaughtUp = false
  /** Events of the batch under way that were appended. */
  #underWay = 0
  /** Events copied in a millisecond, in the last batch. */
  #rate = 0
  #end: Position | undefined

  constructor(source: EventStore, target: EventStore) {
    this.#source = source
    this.#target = target
    this.#from = new ReadHistory(source)
    this.#to = new ReadHistory(target)
  }

  /** Of the log copied from, as far as it was copied. */
  get from(): ReadHistory {
    return this.#from
  }

  /** Of the log copied to, as far as it was read back. */
  get to(): ReadHistory {
    return this.#to
  }

  /** Events in the log copied to, as far as is known. */
  get count(): number {
    return this.#from.count + this.#underWay
  }

  /** What is left to copy and to read back takes a moment. */
  async isNear(): Promise<boolean> {
    const soon = Math.max(this.#rate * NEAR_MS, 100)
    if (this.#from.count - this.#to.count > soon) return false
    if (this.#isCaughtUp || performance.now() - this.#caughtUpAt < NEAR_MS) return true
    const head = await this.#source.head()
    const left = head && this.#source.countBetween?.(this.#from.position, head)
    return left !== undefined && left <= soon
  }

  /** Nothing beyond this position need be copied. */
  endAt(position: Position | undefined): void {
    this.#end = position
  }

  /**
   * Compares what the log copied to holds already; it must be the beginning of the other. Answers how many events.
   *
   * @throws CopyRefused naming the first event that differs; nothing was written.
   */
  async begin(options: CompareOptions = {}): Promise<number> {
    this.#isCaughtUp = false
    this.#from = new ReadHistory(this.#source)
    this.#to = new ReadHistory(this.#target)
    const difference = await compareBeginning(this.#from, this.#to, options)
    if (difference === undefined) return this.#to.count
    throw new CopyRefused(
      `The log copied to holds another history: ${tellDifference(difference)}. Copy into an empty log, or one that this log was copied to before`,
    )
  }

  /**
   * Copies what the log copied from holds and goes on with what is appended to it, until aborted.
   *
   * @throws CopyRefused when somebody else writes to the log copied to.
   */
  async follow(signal: AbortSignal): Promise<void> {
    let conflicts = 0
    for (let furthest = 0; !signal.aborted; ) {
      try {
        await this.#follow(signal)
      } catch (error) {
        if (!(error instanceof WrongExpectedRevision || error instanceof Disturbed)) throw error
        // An append of an earlier, killed copy may have arrived late: then it is there, and equal.
        conflicts = this.#from.count > furthest ? 1 : conflicts + 1
        furthest = Math.max(furthest, this.#from.count)
        if (conflicts > CONFLICTS) {
          throw new CopyRefused(`Somebody else writes to the log copied to: ${error.message}`, {
            cause: error,
          })
        }
        await this.begin({ signal }).catch((cause: unknown) => {
          if (!signal.aborted) throw cause
        })
      }
    }
  }

  /**
   * Waits until everything up to a position of the log copied from was copied and read back. Answers what
   * both sides then hold; undefined when aborted before.
   *
   * @throws CopyRefused when their hashes are not the same.
   */
  async proven(upTo: Position | undefined, signal: AbortSignal): Promise<Summary | undefined> {
    const isBehind = (): boolean => {
      const { position } = this.#from
      if (this.#isAppending || this.#to.count < this.#from.count) return true
      if (upTo === undefined) return false
      return position === undefined || this.#source.comparePositions(position, upTo) < 0
    }
    while (isBehind()) {
      if (signal.aborted) return undefined
      await sleep(LOOK_MS)
    }
    const [from, to] = [this.#from.summary(), this.#to.summary()]
    if (from.count === to.count && from.sha256 === to.sha256) return to
    throw new CopyRefused(
      `The two logs do not hold the same: ${from.count} events with SHA-256 ${from.sha256}, and ${to.count} with ${to.sha256} in the log copied to. \`daybook log compare\` names the first that differs`,
    )
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const ended = new AbortController()
    const until = AbortSignal.any([signal, ended.signal])
    const halves = [this.#append(until), this.#readBack(until)].map((half) =>
      half.finally(() => ended.abort()),
    )
    for (const result of await Promise.allSettled(halves)) {
      if (result.status === 'rejected') throw result.reason
    }
  }

  async #append(signal: AbortSignal): Promise<void> {
    const { position } = this.#from
    const after = position === undefined ? {} : { after: position }
    for await (const { events, caughtUp } of this.#source.subscribe({ ...after, signal })) {
      if (events.length > 0) await this.#appendBatch(events)
      this.#isCaughtUp = caughtUp
      if (caughtUp) this.#caughtUpAt = performance.now()
      this.#checkAlone()
      if (this.#isAtEnd) break
    }
    if (!signal.aborted) await once(signal, 'abort')
  }

  async #appendBatch(events: readonly StoredEvent[]): Promise<void> {
    const began = performance.now()
    this.#isAppending = true
    try {
      await appendInOrder(this.#target, events, (appended) => {
        this.#underWay = appended
      })
      for (const event of events) this.#from.add(event)
      this.#rate = events.length / (performance.now() - began)
    } finally {
      this.#underWay = 0
      this.#isAppending = false
    }
  }

  get #isAtEnd(): boolean {
    const { position } = this.#from
    if (this.#end === undefined || position === undefined) return false
    return this.#source.comparePositions(position, this.#end) >= 0
  }

  /** In pages: to be told of every event at once would cost the server more than to store it. */
  async #readBack(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { position } = this.#to
      const from = position === undefined ? {} : { from: position }
      for await (const page of this.#target.readAll(from)) {
        for (const event of page) this.#to.add(event)
        if (signal.aborted) return
      }
      this.#checkAlone()
      await this.#worthReadingBack(signal)
    }
  }

  /** Until there is a page of events to read, or all that is there to copy was appended; or a while. */
  async #worthReadingBack(signal: AbortSignal): Promise<void> {
    const end = performance.now() + IDLE_MS
    while (!signal.aborted && performance.now() < end) {
      const waiting = this.count - this.#to.count
      if (waiting >= READ_BACK_EVENTS || (waiting > 0 && !this.#isAppending)) return
      await sleep(LOOK_MS)
    }
  }

  /** While nothing is on its way, the log copied to cannot hold more than was copied. */
  #checkAlone(): void {
    if (this.#isAppending || this.#to.count <= this.#from.count) return
    throw new Disturbed(`it holds an event beyond the ${this.#from.count} that were copied`)
  }
}

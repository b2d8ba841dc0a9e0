import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { appendInOrder } from './append-in-order.ts'
import { type CompareOptions, compareBeginning, tellDifference } from './compare-logs.ts'
import { WrongExpectedRevision } from './errors.ts'
import type { EventStore, Position } from './event-store.ts'
import type { Summary } from './hashed-lines.ts'
import { ReadHistory } from './read-history.ts'

/** The log copied to cannot take this history. Nothing of what it held was changed. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused'
}

/** Appends that met something else in their place, one after the other without getting any further. */
const CONFLICTS = 3
const LOOK_MS = 5
/** A copy is near the end when it was there a moment ago, and little is left to be read back. */
const NEAR_MS = 1000
const NEAR_EVENTS = 2000

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

  /** Little is left to copy: what comes is copied as it comes. */
  get isNear(): boolean {
    const wasThere = this.#isCaughtUp || performance.now() - this.#caughtUpAt < NEAR_MS
    return wasThere && this.#from.count - this.#to.count < NEAR_EVENTS
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
      this.#isAppending = true
      try {
        if (events.length > 0) await appendInOrder(this.#target, events)
        for (const event of events) this.#from.add(event)
      } finally {
        this.#isAppending = false
      }
      this.#isCaughtUp = caughtUp
      if (caughtUp) this.#caughtUpAt = performance.now()
      this.#checkAlone()
      if (this.#isAtEnd) break
    }
    if (!signal.aborted) await once(signal, 'abort')
  }

  get #isAtEnd(): boolean {
    const { position } = this.#from
    if (this.#end === undefined || position === undefined) return false
    return this.#source.comparePositions(position, this.#end) >= 0
  }

  async #readBack(signal: AbortSignal): Promise<void> {
    const { position } = this.#to
    const after = position === undefined ? {} : { after: position }
    for await (const { events } of this.#target.subscribe({ ...after, signal })) {
      for (const event of events) this.#to.add(event)
      this.#checkAlone()
    }
  }

  /** While nothing is on its way, the log copied to cannot hold more than was copied. */
  #checkAlone(): void {
    if (this.#isAppending || this.#to.count <= this.#from.count) return
    throw new Disturbed(`it holds an event beyond the ${this.#from.count} that were copied`)
  }
}

import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '#log/event-store.ts'

interface Waiter {
  readonly position: Position
  readonly answer: (reached: boolean) => void
}

/** Those who wait for a projection to get somewhere. */
export class Waiters {
  #waiting: readonly Waiter[] = []
  readonly #compare: (a: Position, b: Position) => number

  constructor(compare: (a: Position, b: Position) => number) {
    this.#compare = compare
  }

  /** True once it is there, false at the deadline or when nobody will tell any more. */
  async wait(
    place: { readonly position: Position | undefined },
    position: Position,
    deadlineMs: number,
  ): Promise<boolean> {
    if (this.#isAt(place, position)) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const waiter = { position, answer: resolve }
    this.#waiting = [...this.#waiting, waiter]
    const ended = new AbortController()
    const deadline = delay(deadlineMs, false, { signal: ended.signal }).catch(() => false)
    const reached = await Promise.race([promise, deadline])
    ended.abort()
    this.#waiting = this.#waiting.filter((other) => other !== waiter)
    return reached
  }

  /** Answers those who wait for no more than this place; without `reachedOnly` also the others. */
  give(place: { readonly position: Position | undefined }, { reachedOnly = false } = {}): void {
    for (const { position, answer } of this.#waiting) {
      const reached = this.#isAt(place, position)
      if (reached || !reachedOnly) answer(reached)
    }
  }

  #isAt({ position: at }: { readonly position: Position | undefined }, wanted: Position): boolean {
    return at !== undefined && this.#compare(at, wanted) >= 0
  }
}

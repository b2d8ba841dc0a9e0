/** A command before this one has no known outcome, so this one was not begun. */
export class SequenceBroken extends Error {
  override readonly name = 'SequenceBroken'
}

/** The place of one command among others that are on their way at the same time. */
export interface Turn {
  /** A command before this one ended without a verdict. */
  readonly isBroken: boolean
  /**
   * Waits until the command before is in its stream's queue, or has ended.
   *
   * @throws SequenceBroken
   */
  come(): Promise<void>
  /** This one is in its stream's queue, or has ended: the next may follow. */
  taken(): void
  /** This one ended without a verdict: those after it must not happen before it. */
  break(): void
}

/**
 * Commands on one stream that are sent without waiting for each other, so that they leave in one
 * append, and that take effect in the order in which they were sent all the same.
 */
export class Sequence {
  #last: Promise<void> = Promise.resolve()
  #isBroken = false

  get isBroken(): boolean {
    return this.#isBroken
  }

  break(): void {
    this.#isBroken = true
  }

  next(): Turn {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    const isBroken = (): boolean => this.#isBroken
    return {
      get isBroken() {
        return isBroken()
      },
      async come() {
        await before
        if (isBroken()) throw new SequenceBroken()
      },
      taken: resolve,
      break: () => this.break(),
    }
  }
}

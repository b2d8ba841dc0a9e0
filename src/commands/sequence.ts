/** A command before this one has no known outcome, so this one was not begun. */
export class SequenceBroken extends Error {
  override readonly name = 'SequenceBroken'
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
    const turn = new Turn(this, this.#last)
    this.#last = turn.whenTaken
    return turn
  }
}

/** The place of one command in its sequence. */
export class Turn {
  readonly #sequence: Sequence
  readonly #before: Promise<void>
  readonly #taken = Promise.withResolvers<void>()
  /** This one and all before it are in their stream's queue, or have ended. */
  readonly whenTaken: Promise<void>

  constructor(sequence: Sequence, before: Promise<void>) {
    this.#sequence = sequence
    this.#before = before
    // One that ended without having come makes no way past those before it.
    this.whenTaken = before.then(() => this.#taken.promise)
  }

  /** A command before this one ended without a verdict. */
  get isBroken(): boolean {
    return this.#sequence.isBroken
  }

  /**
   * Waits until the commands before are in their stream's queue, or have ended.
   *
   * @throws SequenceBroken
   */
  async come(): Promise<void> {
    await this.#before
    if (this.isBroken) throw new SequenceBroken()
  }

  /** This one is in its stream's queue, or has ended: the next may follow. */
  taken(): void {
    this.#taken.resolve()
  }

  /** This one ended without a verdict: those after it must not happen before it. */
  break(): void {
    this.#sequence.break()
  }
}

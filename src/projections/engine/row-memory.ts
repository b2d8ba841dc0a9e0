/** A table that keeps rows in memory and can let go of those touched longest ago. */
export interface RowKeeper {
  /** Roughly what its rows take. */
  readonly bytes: number
  age(): void
}

/**
 * The memory that the rows of several tables share. When it is used up, the table that takes most lets
 * go first: tables that only grow, rather than those whose rows are touched again and again.
 */
export class RowMemory {
  readonly #limitBytes: number
  readonly #keepers: RowKeeper[] = []
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  join(keeper: RowKeeper): void {
    this.#keepers.push(keeper)
  }

  leave(keeper: RowKeeper): void {
    this.#bytes -= keeper.bytes
    this.#keepers.splice(this.#keepers.indexOf(keeper), 1)
  }

  add(bytes: number): void {
    this.#bytes += bytes
  }

  /** To be called where no keeper is between being asked for a row and being given it back. */
  relieve(): void {
    while (this.#bytes > this.#limitBytes) {
      const largest = this.#keepers.toSorted((a, b) => b.bytes - a.bytes)[0]
      if (largest === undefined || largest.bytes === 0) return
      // One that had a single generation lets go of it the next time.
      largest.age()
      this.#bytes = this.#keepers.reduce((sum, keeper) => sum + keeper.bytes, 0)
    }
  }
}

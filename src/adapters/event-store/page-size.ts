/** Characters of JSON that a page should hold at most. */
const PAGE_CHARACTERS = 4 * 1024 * 1024

/** How many events the next page may hold, so that large events do not fill the memory. */
export class PageSize {
  readonly #largest: number
  #events: number

  /** How many events the first page may hold, and any page. */
  constructor(first: number, largest: number) {
    this.#events = first
    this.#largest = largest
  }

  get events(): number {
    return this.#events
  }

  /** Learns from a page how large events are hereabouts: how many characters each of them takes. */
  saw(characters: readonly number[]): void {
    if (characters.length === 0) return
    const all = characters.reduce((sum, one) => sum + one, 0)
    const fitting = Math.ceil((PAGE_CHARACTERS * characters.length) / all)
    this.#events = Math.min(this.#largest, 2 * this.#events, fitting)
  }
}

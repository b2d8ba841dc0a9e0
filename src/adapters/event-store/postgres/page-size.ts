import type { StoredRow } from './rows.ts'

const FIRST_PAGE = 250
const LARGEST_PAGE = 1000
/** Characters of JSON that a page should hold at most. */
const PAGE_CHARACTERS = 4 * 1024 * 1024

/** How many events the next page may hold, so that large events do not fill the memory. */
export class PageSize {
  #events = FIRST_PAGE

  get events(): number {
    return this.#events
  }

  /** Learns from a page how large events are hereabouts. */
  saw(rows: readonly StoredRow[]): void {
    if (rows.length === 0) return
    let characters = 0
    for (const row of rows) characters += row[5].length + row[6].length
    const fitting = Math.ceil((PAGE_CHARACTERS * rows.length) / characters)
    this.#events = Math.min(LARGEST_PAGE, 2 * this.#events, fitting)
  }
}

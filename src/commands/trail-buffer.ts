import type { TrailEntry } from './audit-trail.ts'

/** An entry as it is kept; one that stands for several says how many. */
export type Counted<Entry> = Entry & { readonly count: number; readonly last_at: string }

export interface TrailLimits {
  /** Entries of one organisation that are kept one by one in a minute. */
  readonly perMinute: number
  /** Entries that wait to be written. */
  readonly waiting: number
  /** Kinds of entries that are counted apart at a time. */
  readonly kinds: number
}

/** Far more than a person does, and little enough for a disk. */
export const trailLimits: TrailLimits = { perMinute: 600, waiting: 10_000, kinds: 200 }

const MINUTE_MS = 60_000

/**
 * Entries on their way to where they are kept. Those beyond a limit, be it a flood or a store that is
 * away, are counted by kind instead of kept, so that neither memory nor disk can be filled and none
 * goes unmentioned.
 */
export class TrailBuffer<Entry extends TrailEntry> {
  readonly #limits: TrailLimits
  /** What of an entry says of which kind it is, without its particulars. */
  readonly #kindOf: (entry: Entry) => Entry
  readonly #clock: () => number
  #waiting: Counted<Entry>[] = []
  #counted = new Map<string, { entry: Entry; count: number; last_at: string }>()
  #minute = 0
  #thisMinute = new Map<string, number>()

  constructor(kindOf: (entry: Entry) => Entry, limits = trailLimits, clock = Date.now) {
    this.#kindOf = kindOf
    this.#limits = limits
    this.#clock = clock
  }

  add(entry: Entry): void {
    this.#turnMinute()
    const before = this.#thisMinute.get(entry.organisation) ?? 0
    this.#thisMinute.set(entry.organisation, before + 1)
    if (before < this.#limits.perMinute && this.#waiting.length < this.#limits.waiting) {
      this.#waiting.push({ ...entry, count: 1, last_at: entry.at })
    } else {
      this.#count(entry, 1, entry.at)
    }
  }

  /** What is to be written now, the oldest first. What is counted comes at the end of its minute, or of all. */
  take(most: number, ending = false): readonly Counted<Entry>[] {
    this.#turnMinute()
    if (ending) this.#endCounts()
    return this.#waiting.splice(0, most)
  }

  /** What could not be written, to be tried again. */
  putBack(entries: readonly Counted<Entry>[]): void {
    this.#waiting.unshift(...entries)
  }

  /** What will not be written one by one. */
  countAll(entries: readonly Counted<Entry>[]): void {
    for (const entry of entries) this.#count(entry, entry.count, entry.last_at)
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#counted.size === 0
  }

  #count(entry: Entry, count: number, last: string): void {
    const kind = this.#kindOf(entry)
    let key = keyOf(kind)
    let kept = kind
    if (!this.#counted.has(key) && this.#counted.size >= this.#limits.kinds) {
      kept = { ...kind, actor: null, role: null, method: '*', route: '*' }
      key = entry.organisation
    }
    const known = this.#counted.get(key)
    if (known === undefined) this.#counted.set(key, { entry: kept, count, last_at: last })
    else Object.assign(known, { count: known.count + count, last_at: last })
  }

  #turnMinute(): void {
    const minute = Math.floor(this.#clock() / MINUTE_MS)
    if (minute === this.#minute) return
    this.#minute = minute
    this.#thisMinute = new Map()
    this.#endCounts()
  }

  #endCounts(): void {
    if (this.#waiting.length >= this.#limits.waiting) return
    for (const { entry, count, last_at } of this.#counted.values()) {
      this.#waiting.push({ ...entry, count, last_at })
    }
    this.#counted = new Map()
  }
}

/** Everything but when. */
function keyOf(kind: TrailEntry): string {
  return JSON.stringify({ ...kind, at: '' })
}

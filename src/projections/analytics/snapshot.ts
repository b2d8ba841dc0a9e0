import { snapshotFields } from './contexts.ts'
import type { SnapshotField } from './measure.ts'

/** A count, or minor units by currency, in the order of currencies. */
export type Figure = number | ReadonlyMap<string, bigint>

/** What a user's figures were at the end of a day. */
export interface Snapshot {
  readonly user: string
  readonly day: string
  /** By the names of `snapshotFields`. */
  readonly figures: ReadonlyMap<string, Figure>
}

/** What the deltas of a day add up to. */
export interface DaySum {
  readonly measure: string
  readonly currency: string
  /** Null: all days before the first that is shown. */
  readonly day: string | null
  readonly count: string
  readonly amount: string
}

/** A user's snapshots on some days, the earliest first, from all sums of theirs until the last of them. */
export function* snapshotsOf(
  user: string,
  days: readonly string[],
  sums: readonly DaySum[],
): Generator<Snapshot> {
  const ordered = sums.toSorted((a, b) => ((a.day ?? '') < (b.day ?? '') ? -1 : 1))
  const total = new Sums()
  let next = 0
  for (const day of days) {
    const today = new Sums()
    for (let sum = ordered[next]; sum && (sum.day ?? '') <= day; sum = ordered[(next += 1)]) {
      total.add(sum)
      if (sum.day === day) today.add(sum)
    }
    const figures = [...snapshotFields].map(([name, field]) => {
      return [name, figureOf(field, total, field.span === 'total' ? total : today)] as const
    })
    yield { user, day, figures: new Map(figures) }
  }
}

/** Whatever was worth something before is shown, if only as zero. */
function figureOf({ of, shows }: SnapshotField, total: Sums, sums: Sums): Figure {
  const names = of.map(({ name }) => name)
  if (shows === 'count') return names.reduce((count, name) => count + sums.count(name), 0)
  const currencies = new Set(names.flatMap((name) => [...total.currencies(name)]))
  const amountIn = (currency: string): bigint =>
    names.reduce((amount, name) => amount + sums.amount(name, currency), 0n)
  return new Map([...currencies].toSorted().map((currency) => [currency, amountIn(currency)]))
}

/** Sums by measure. */
class Sums {
  readonly #counts = new Map<string, number>()
  readonly #amounts = new Map<string, Map<string, bigint>>()

  add({ measure, currency, count, amount }: DaySum): void {
    this.#counts.set(measure, this.count(measure) + Number(count))
    if (currency === '') return
    const amounts = this.#amounts.get(measure) ?? new Map<string, bigint>()
    amounts.set(currency, (amounts.get(currency) ?? 0n) + BigInt(amount))
    this.#amounts.set(measure, amounts)
  }

  count(measure: string): number {
    return this.#counts.get(measure) ?? 0
  }

  currencies(measure: string): Iterable<string> {
    return this.#amounts.get(measure)?.keys() ?? []
  }

  amount(measure: string, currency: string): bigint {
    return this.#amounts.get(measure)?.get(currency) ?? 0n
  }
}

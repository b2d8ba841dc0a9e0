import process from 'node:process'
import type { EventStore } from '#log/event-store.ts'
import { Progress } from '../progress.ts'

const LOOK_MS = 250
/** Rates are of the last so many looks. */
const LOOKS = 20
/** Where nobody sees a bar, a line tells now and then how far it is. */
const LINE_EVERY_MS = 10_000

/** Says how many events were copied, how quickly, and how many are left as far as that is known. */
export class CopyProgress {
  readonly #source: EventStore
  readonly #count: () => number
  readonly #bar = new Progress()
  readonly #timer: NodeJS.Timeout
  #goal: number | undefined
  #lineAt = performance.now()
  #looks: { readonly at: number; readonly count: number }[] = []

  constructor(source: EventStore, count: () => number) {
    this.#source = source
    this.#count = count
    this.#timer = setInterval(() => void this.#look(), LOOK_MS)
  }

  end(): void {
    clearInterval(this.#timer)
    this.#bar.end()
  }

  async #look(): Promise<void> {
    const head = await this.#source.head().catch(() => undefined)
    if (head !== undefined) this.#goal = this.#source.countBetween?.(undefined, head)
    const [at, count] = [performance.now(), this.#count()]
    this.#looks = [...this.#looks, { at, count }].slice(-LOOKS)
    const first = this.#looks[0] ?? { at, count }
    const rate = at > first.at ? ((count - first.count) / (at - first.at)) * 1000 : 0
    const left = this.#goal === undefined ? undefined : Math.max(0, this.#goal - count)
    const parts = [
      `${count.toLocaleString('en')} events`,
      `${Math.round(rate).toLocaleString('en')}/s`,
      ...(left === undefined ? [] : [`${left.toLocaleString('en')} left`]),
    ]
    this.#bar.update(this.#goal ? count / this.#goal : 0, parts.join(', '))
    if (process.stderr.isTTY || at - this.#lineAt < LINE_EVERY_MS) return
    this.#lineAt = at
    process.stderr.write(`${parts.join(', ')}\n`)
  }
}

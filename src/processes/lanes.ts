import type { Position } from '#log/event-store.ts'

interface Item {
  readonly position: Position
  /** UTC instant at which the event was recorded. */
  readonly recordedAt: string | undefined
  done: boolean
}

/**
 * Work on events of a log: in order within a lane, at the same time across lanes, so many at once. Knows
 * up to where everything is done.
 */
export class Lanes {
  readonly #atOnce: number
  readonly #lanes = new Map<string, Promise<void>>()
  /** In log order, from the first that is not done. */
  #items: Item[] = []
  #done: Position | undefined
  #failure: { readonly error: unknown } | undefined
  #onFailure: () => void
  #onProgress: (() => void) | undefined

  /** `onFailure` is told once, when a task fails; nothing more is begun then. */
  constructor(atOnce: number, onFailure: () => void) {
    this.#atOnce = atOnce
    this.#onFailure = onFailure
  }

  /** Everything up to here is done. */
  get done(): Position | undefined {
    return this.#done
  }

  /** When the oldest event that is not done was recorded. */
  get waitingSince(): string | undefined {
    return this.#items.find(({ recordedAt }) => recordedAt !== undefined)?.recordedAt
  }

  /** Returns when there is room for more. @throws what a task failed with. */
  async add(
    lane: string,
    event: Pick<Item, 'position' | 'recordedAt'>,
    task: () => Promise<void>,
  ): Promise<void> {
    const item = { ...event, done: false }
    this.#items.push(item)
    const running = (this.#lanes.get(lane) ?? Promise.resolve()).then(() => this.#run(item, task))
    this.#lanes.set(lane, running)
    void running.then(() => {
      if (this.#lanes.get(lane) === running) this.#lanes.delete(lane)
      return undefined
    })
    while (this.#items.length >= this.#atOnce && this.#failure === undefined) await this.#progress()
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** Nothing else matters up to here. */
  pass(position: Position): void {
    this.#items.push({ position, recordedAt: undefined, done: true })
    this.#advance()
  }

  /** Returns when all that was begun has ended. @throws what a task failed with. */
  async end(): Promise<void> {
    await Promise.all(this.#lanes.values())
    if (this.#failure !== undefined) throw this.#failure.error
  }

  async #run(item: Item, task: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return
    try {
      await task()
      item.done = true
      this.#advance()
    } catch (error) {
      this.#failure ??= { error }
      this.#onFailure()
      this.#onProgress?.()
    }
  }

  #advance(): void {
    const firstOpen = this.#items.findIndex(({ done }) => !done)
    const done = this.#items.splice(0, firstOpen === -1 ? this.#items.length : firstOpen)
    this.#done = done.at(-1)?.position ?? this.#done
    if (done.length > 0) this.#onProgress?.()
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => {
      this.#onProgress = resolve
    })
  }
}

/**
 * Keeps the entries that were used last, up to a number of them. Two generations: what was not used
 * while a whole generation filled up goes; using a young entry moves nothing.
 */
export class BoundedCache<Value> {
  readonly #generation: number
  readonly #mayGo: (value: Value) => boolean
  #young = new Map<string, Value>()
  #old = new Map<string, Value>()

  /** `mayGo` says whether an entry may be dropped now; one in use stays, above the limit if need be. */
  constructor(limit: number, mayGo: (value: Value) => boolean = () => true) {
    this.#generation = Math.ceil(limit / 2)
    this.#mayGo = mayGo
  }

  get size(): number {
    return this.#young.size + this.#old.size
  }

  get(key: string): Value | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: Value): void {
    this.#old.delete(key)
    this.#young.set(key, value)
    if (this.#young.size > this.#generation) this.#age()
  }

  delete(key: string): void {
    this.#young.delete(key)
    this.#old.delete(key)
  }

  *values(): IterableIterator<Value> {
    yield* this.#young.values()
    yield* this.#old.values()
  }

  #age(): void {
    const going = this.#old
    this.#old = this.#young
    this.#young = new Map()
    for (const [key, value] of going) {
      if (!this.#mayGo(value)) this.#young.set(key, value)
    }
  }
}

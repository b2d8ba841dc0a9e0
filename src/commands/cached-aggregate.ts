import type { Decider, DomainEvent } from '#domain/decider.ts'
import {
  type Aggregate,
  type AggregateReader,
  emptyAggregate,
  readAggregate,
  readTail,
} from './aggregate.ts'

/** A state is kept beside its stream after so many more events. */
const KEEP_EVERY = 100

export interface CachedAggregateDeps extends AggregateReader {
  /** Told of what failed in the background and harms nobody. */
  readonly warn: (message: string, cause: unknown) => void
}

/** What this process knows of one stream, and since when it knows it. */
export class CachedAggregate<State, Command, Event extends DomainEvent> {
  readonly #deps: CachedAggregateDeps
  readonly #decider: Decider<State, Command, Event>
  readonly #stream: string
  #current: Aggregate<State> | undefined
  /** When the log was last asked and had nothing beyond `current`; in milliseconds of this process. */
  #confirmedAt = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined
  #keeping: Promise<void> | undefined

  constructor(deps: CachedAggregateDeps, decider: Decider<State, Command, Event>, stream: string) {
    this.#deps = deps
    this.#decider = decider
    this.#stream = stream
  }

  /** Undefined while it is unknown. */
  get current(): Aggregate<State> | undefined {
    return this.#current
  }

  get confirmedAt(): number {
    return this.#confirmedAt
  }

  /** A state is being written: this must not be dropped yet. */
  get isKeeping(): boolean {
    return this.#keeping !== undefined
  }

  /** Spares reading a stream that was probably never written; an append will tell. */
  assumeEmpty(): void {
    if (this.#current !== undefined || this.#reading !== undefined) return
    this.#current = emptyAggregate(this.#decider.initial)
    // What was confirmed before was another state: nobody has looked at the log for this one.
    this.#confirmedAt = Number.NEGATIVE_INFINITY
  }

  /** Reads it unless it is known. */
  async ready(): Promise<Aggregate<State>> {
    while (this.#current === undefined) await (this.#reading ?? this.read())
    return this.#current
  }

  /** Reads all of it, or what came after `base`. It is unknown meanwhile. */
  read(base?: Aggregate<State>): Promise<void> {
    this.#current = undefined
    this.#reading ??= this.#readNow(base).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readNow(base: Aggregate<State> | undefined): Promise<void> {
    const askedAt = performance.now()
    this.#current =
      base === undefined || base.revision < 0
        ? await this.readApart()
        : await readTail(this.#deps, this.#decider, this.#stream, base)
    this.#confirmedAt = askedAt
  }

  /** As the log says now, without touching what is cached. */
  readApart(): Promise<Aggregate<State>> {
    return readAggregate(this.#deps, this.#decider, this.#stream)
  }

  forget(): void {
    this.#current = undefined
  }

  /** An append sent at that time made it this. */
  advance(state: State, revision: number, sentAt: number): void {
    if (this.#current === undefined) return
    this.#current = { ...this.#current, state, revision }
    this.#confirmedAt = sentAt
    if (revision - this.#current.kept >= KEEP_EVERY) void this.#keep(this.#current)
  }

  /** Keeps the state of a long stream for whoever reads it next. */
  async close(): Promise<void> {
    await this.#keeping
    const current = this.#current
    if (current === undefined || current.revision < KEEP_EVERY) return
    if (current.revision > current.kept) await this.#keep(current)
  }

  #keep(current: Aggregate<State>): Promise<void> {
    this.#keeping ??= this.#keepNow(current).finally(() => {
      this.#keeping = undefined
    })
    return this.#keeping
  }

  /** A cache: failing to keep a state costs time later and nothing else. */
  async #keepNow({ state, revision }: Aggregate<State>): Promise<void> {
    const { stateVersion } = this.#decider
    try {
      await this.#deps.keptStates.keep({ stream: this.#stream, revision, stateVersion, state })
      if (this.#current !== undefined) this.#current = { ...this.#current, kept: revision }
    } catch (error) {
      this.#deps.warn(`The state of ${this.#stream} was not kept`, error)
    }
  }
}

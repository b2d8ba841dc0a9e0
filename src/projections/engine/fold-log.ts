import { setImmediate } from 'node:timers/promises'
import { type EventCodec, UnreadableEvent } from '#log/codec.ts'
import type { EventStore, Position, StoredEvent } from '#log/event-store.ts'
import { Ordinals, type OrganisationPlace } from './ordinals.ts'
import type { Projection, Table } from './projection.ts'
import { isKnownType, type ReadBatch, readEvents } from './read-events.ts'
import { foldEvent, type Route, type Routes, type Rows, routesOf } from './routing.ts'

/** The longest that folding keeps the process from everything else, in milliseconds. */
const SLICE_MS = 8
/** Events folded between two looks at the clock. */
const SLICE_EVENTS = 32

/** The tables of one projection, empty at first. */
export interface FoldTarget {
  readonly projection: Projection
  rowsOf(table: Table): Rows
  /** Returns when more rows may be set. */
  room(): Promise<void>
}

export interface FoldLogOptions {
  readonly store: EventStore
  readonly codec: EventCodec
  readonly signal: AbortSignal
  /** The last event to fold; absent: the log's last at that moment. */
  readonly until?: Position
  readonly onProgress?: (progress: FoldedLog) => void
  /** A projection that could not go on, and why; the others do. Absent: the error is thrown. */
  readonly onFailure?: (
    target: FoldTarget,
    cause: unknown,
    met: { readonly event: StoredEvent; readonly ordinal: number } | undefined,
  ) => void
}

/** How far the log was folded. */
export interface FoldedLog {
  readonly position: Position | undefined
  readonly ordinal: number
  readonly recordedAt: string | undefined
}

/** Folds the log from its beginning into one or more projections, reading each event once. */
export async function foldLog(
  targets: readonly FoldTarget[],
  options: FoldLogOptions,
): Promise<FoldedLog & { readonly organisations: readonly OrganisationPlace[] }> {
  const folding = new LogFolding(targets, options)
  for await (const batch of ahead(pages(options, (type) => folding.isFolded(type)))) {
    await folding.fold(batch)
    options.onProgress?.(folding)
  }
  const { position, ordinal, recordedAt } = folding
  return { position, ordinal, recordedAt, organisations: folding.organisations() }
}

class LogFolding implements FoldedLog {
  position: Position | undefined
  recordedAt: string | undefined
  #targets: readonly FoldTarget[]
  #routes: Routes
  readonly #allTypes: ReadonlySet<string>
  readonly #ordinals = new Ordinals()
  readonly #rows = new Map<Table, Rows>()
  readonly #options: FoldLogOptions

  constructor(targets: readonly FoldTarget[], options: FoldLogOptions) {
    this.#targets = targets
    this.#options = options
    this.#routes = routesOf(targets.map((target) => target.projection))
    this.#allTypes = new Set(this.#routes.keys())
    for (const target of targets) {
      for (const table of target.projection.tables) this.#rows.set(table, target.rowsOf(table))
    }
  }

  get ordinal(): number {
    return this.#ordinals.ordinal
  }

  /** Pages are read ahead, so that this never changes while the log is folded. */
  isFolded(type: string): boolean {
    return this.#allTypes.has(type)
  }

  organisations(): readonly OrganisationPlace[] {
    return this.#ordinals.takeTouched()
  }

  async fold({ stored, read }: ReadBatch): Promise<void> {
    let started = performance.now()
    for (let at = 0; at < stored.length; at += 1) {
      this.#foldOne(stored[at] as StoredEvent, read[at])
      if (at % SLICE_EVENTS !== 0 || performance.now() - started < SLICE_MS) continue
      await this.#pause()
      started = performance.now()
    }
    await this.#pause()
    const last = stored.at(-1)
    this.position = last?.position ?? this.position
    this.recordedAt = last?.metadata.recordedAt ?? this.recordedAt
  }

  async #pause(): Promise<void> {
    await setImmediate()
    this.#options.signal.throwIfAborted()
    for (const target of this.#targets) {
      try {
        await target.room()
      } catch (error) {
        this.#fail(target, error, undefined)
      }
    }
  }

  #foldOne(original: StoredEvent, event: ReadBatch['read'][number]): void {
    if (event instanceof UnreadableEvent) {
      this.#ordinals.skip(original)
      this.#unreadable(original, event)
    } else if (event === undefined) {
      this.#ordinals.skip(original)
    } else {
      const folded = this.#ordinals.mark(event)
      for (const route of this.#routes.get(folded.type) ?? []) {
        try {
          foldEvent(route, folded, this.#ordinals.context, this.#rowsOf(route.table))
        } catch (error) {
          this.#failRoute(route, error, original)
        }
      }
    }
  }

  #rowsOf(table: Table): Rows {
    const rows = this.#rows.get(table)
    if (rows === undefined) throw new Error(`${table.name} belongs to no projection that is folded`)
    return rows
  }

  /** Stops those who would have to fold it; all, when nobody knows what it is or the context needs it. */
  #unreadable(original: StoredEvent, failure: UnreadableEvent): void {
    const routes = this.#routes.get(original.type) ?? []
    const concernsAll =
      !isKnownType(original.type) || (this.#routes.has(original.type) && routes.length === 0)
    for (const target of this.#targets) {
      const concerned =
        concernsAll || routes.some((route) => route.projection === target.projection)
      if (concerned) this.#fail(target, failure, original)
    }
  }

  #failRoute(route: Route, cause: unknown, event: StoredEvent): void {
    const target = this.#targets.find(({ projection }) => projection === route.projection)
    if (target !== undefined) this.#fail(target, cause, event)
  }

  #fail(target: FoldTarget, cause: unknown, event: StoredEvent | undefined): void {
    if (!this.#targets.includes(target)) return
    if (this.#options.onFailure === undefined) throw cause
    this.#options.onFailure(target, cause, event && { event, ordinal: this.ordinal })
    this.#targets = this.#targets.filter((other) => other !== target)
    this.#routes = routesOf(this.#targets.map(({ projection }) => projection))
    if (this.#targets.length === 0) throw cause
  }
}

async function* pages(
  { store, codec, until }: FoldLogOptions,
  isFolded: (type: string) => boolean,
): AsyncGenerator<ReadBatch> {
  for await (const page of store.readAll()) {
    if (until === undefined) {
      yield readEvents(codec, page, isFolded)
      continue
    }
    const end = page.findIndex((event) => store.comparePositions(event.position, until) >= 0)
    const wanted = end < 0 ? page : page.slice(0, end + 1)
    const kept = wanted.filter((event) => store.comparePositions(event.position, until) <= 0)
    yield readEvents(codec, kept, isFolded)
    if (end >= 0) return
  }
}

/** The same, with the next already on its way while one is worked on. */
async function* ahead<T>(source: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = source.next()
  try {
    for (;;) {
      const { value, done } = await next
      if (done === true) return
      next = source.next()
      next.catch(() => undefined)
      yield value
    }
  } finally {
    await next.catch(() => undefined)
    await source.return(undefined)
  }
}

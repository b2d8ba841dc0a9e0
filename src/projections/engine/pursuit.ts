import type pg from 'pg'
import type { Position } from '#log/event-store.ts'
import { catchUp } from './catch-up.ts'
import { followingConnection } from './following-connection.ts'
import { placeInLog } from './log-place.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { Place } from './projection-engine.ts'
import type { Checkpoint } from './registry.ts'
import type { Slot } from './schema-name.ts'
import { oldReadersGone } from './swap.ts'
import { TableWriter } from './table-writer.ts'

/** Readers that began before the tables were filled may go on for so long. */
const OLD_READERS_MS = 60_000
/** Readers that began before the last few events were folded: a request takes a moment. */
const LATEST_READERS_MS = 250
/** A pass of catching up that found fewer events than these is as good as none. */
const FEW_EVENTS = 200

export interface PursuitOptions {
  readonly projection: Projection
  readonly slot: Slot
  /** Under whose epoch it writes. */
  readonly checkpoint: Checkpoint
  readonly signal: AbortSignal
  readonly onMoved?: (place: Place) => void
}

/** Tables on their way to where the live ones are, by reading the log alone. */
export class Pursuit {
  readonly projection: Projection
  readonly slot: Slot
  readonly epoch: string
  readonly signal: AbortSignal
  readonly #parts: EngineParts
  readonly #client: pg.Client
  readonly #writer: TableWriter
  readonly #onMoved: (place: Place) => void

  private constructor(
    parts: EngineParts,
    options: PursuitOptions,
    client: pg.Client,
    writer: TableWriter,
  ) {
    this.projection = options.projection
    this.slot = options.slot
    this.epoch = options.checkpoint.epoch
    this.signal = options.signal
    this.#parts = parts
    this.#client = client
    this.#writer = writer
    this.#onMoved = options.onMoved ?? (() => undefined)
  }

  /** The caller closes it. */
  static async open(parts: EngineParts, options: PursuitOptions): Promise<Pursuit> {
    const { projection, slot, checkpoint } = options
    const client = await followingConnection(parts.database)
    try {
      const writer = await TableWriter.open(client, projection, slot, checkpoint)
      return new Pursuit(parts, options, client, writer)
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined)
  }

  /** In the end the head is near, however much arrives meanwhile. @throws what folding throws */
  async untilNear(): Promise<void> {
    for (;;) {
      const { signal } = this
      const count = await catchUp(this.projection, this.#writer, { ...this.#parts, signal })
      this.#moved()
      if (count < FEW_EVENTS) return
    }
  }

  /** Brings the tables as far as the live ones are; nothing when those have nothing of this log. */
  async reach(live: Checkpoint | undefined): Promise<void> {
    const until = await placeInLog(this.#parts.store, live?.position)
    if (until === undefined) return
    const { signal } = this
    await catchUp(this.projection, this.#writer, { ...this.#parts, signal, until })
    // The live position may be past the last event: nothing of ours stands between.
    if (!this.isPast(until)) await this.#writer.apply({ stored: [], read: [], position: until })
    this.#moved()
  }

  /** Whether the tables are past a position. */
  isPast(position: Position): boolean {
    const own = this.#writer.position
    return own !== undefined && this.#parts.store.comparePositions(own, position) > 0
  }

  /**
   * Comes as near as can be while the live tables go on, then has them replaced: `swap` is given what
   * brings these tables to where those stand, to be called while they stand still.
   */
  async overtake(
    swap: (prepare: (live: Checkpoint | undefined) => Promise<void>) => Promise<void>,
  ): Promise<void> {
    await this.untilNear()
    if (!(await oldReadersGone(this.#parts, OLD_READERS_MS, this.signal))) {
      this.#parts.logger.warn(
        { projection: this.projection.name },
        'A transaction that began before the tables were filled is still open; it would see them empty or older',
      )
    }
    await this.untilNear()
    await swap(async (live) => {
      await this.reach(live)
      await oldReadersGone(this.#parts, LATEST_READERS_MS, this.signal)
      this.signal.throwIfAborted()
    })
  }

  #moved(): void {
    const { position, ordinal } = this.#writer
    this.#onMoved({ position, ordinal })
  }
}

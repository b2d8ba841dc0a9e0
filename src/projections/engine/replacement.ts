import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Position } from '#log/event-store.ts'
import { catchUp } from './catch-up.ts'
import { compareTables } from './compare.ts'
import { fingerprint } from './definition.ts'
import { followingConnection } from './following-connection.ts'
import { placeInLog } from './log-place.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { Comparison } from './projection-engine.ts'
import type { Progress } from './rebuild-progress.ts'
import { type Checkpoint, lockCheckpoint, readCheckpoint } from './registry.ts'
import { forSchema } from './schema.ts'
import { dropPrevious, oldReadersGone, swapIn } from './swap.ts'
import { TableWriter } from './table-writer.ts'

/** Findings that a rebuild keeps of how the tables it replaced differed. */
const MAX_FINDINGS = 100
/** How long a comparison waits for live tables that are behind the new ones. */
const PATIENCE_MS = 5000
/** Readers that began before the new tables were filled may go on for so long. */
const OLD_READERS_MS = 60_000
/** Readers that began before the last few events were folded: a request takes a moment. */
const LATEST_READERS_MS = 250
/** A pass of catching up that found fewer events than these is as good as none. */
const FEW_EVENTS = 200

/** The query that must answer no row answered some. */
export class InvariantBroken extends Error {
  override readonly name = 'InvariantBroken'

  constructor(projection: string, rows: readonly unknown[]) {
    super(
      `The rebuilt tables of ${projection} break its invariant: ${JSON.stringify(rows).slice(0, 2000)}`,
    )
  }
}

/** Next tables that are filled and indexed, on their way to being the live ones. */
export class Replacement {
  readonly #parts: EngineParts
  readonly #projection: Projection
  readonly #progress: Progress
  readonly #signal: AbortSignal
  readonly #client: pg.Client
  readonly #epoch: string
  readonly #writer: TableWriter

  private constructor(
    parts: EngineParts,
    progress: Progress,
    signal: AbortSignal,
    client: pg.Client,
    epoch: string,
    writer: TableWriter,
  ) {
    this.#parts = parts
    this.#projection = progress.projection
    this.#progress = progress
    this.#signal = signal
    this.#client = client
    this.#epoch = epoch
    this.#writer = writer
  }

  /** Catches up, checks and swaps. @throws InvariantBroken, Fenced, and what folding throws. */
  static async run(
    parts: EngineParts,
    progress: Progress,
    signal: AbortSignal,
    client: pg.Client,
    next: Checkpoint,
  ): Promise<void> {
    const writing = await followingConnection(parts.database)
    try {
      const writer = await TableWriter.open(writing, progress.projection, 'next', next)
      const replacement = new Replacement(parts, progress, signal, client, next.epoch, writer)
      await replacement.#run()
    } finally {
      await writing.end().catch(() => undefined)
    }
  }

  async #run(): Promise<void> {
    this.#progress.state = 'verifying'
    this.#progress.compared = await this.#compareWithLive()
    if (this.#progress.compared === undefined) await this.#checkInvariant(this.#client)
    this.#progress.state = 'tailing'
    await this.#catchUpWell()
    if (!(await oldReadersGone(this.#parts, OLD_READERS_MS, this.#signal))) {
      this.#parts.logger.warn(
        { projection: this.#projection.name },
        'A transaction that began before the rebuild was filled is still open; it would see the new tables empty',
      )
    }
    await this.#catchUpWell()
    this.#progress.state = 'swapping'
    let replacedAny = false
    await swapIn(this.#client, this.#projection, this.#epoch, async (live) => {
      replacedAny = live?.position !== undefined
      await this.#reach(live)
      await oldReadersGone(this.#parts, LATEST_READERS_MS, this.#signal)
      this.#signal.throwIfAborted()
    })
    // Tables that never held anything are no version to go back to.
    if (!replacedAny) await dropPrevious(this.#client, this.#projection)
  }

  /** In the end the head is near, however much arrives meanwhile. */
  async #catchUpWell(): Promise<void> {
    for (;;) {
      const count = await catchUp(this.#projection, this.#writer, {
        ...this.#parts,
        signal: this.#signal,
      })
      this.#noteProgress()
      if (count < FEW_EVENTS) return
    }
  }

  /** Brings the next tables as far as the live ones are; nothing when those have nothing. */
  async #reach(live: Checkpoint | undefined): Promise<void> {
    const until = await placeInLog(this.#parts.store, live?.position)
    if (until === undefined) return
    await catchUp(this.#projection, this.#writer, {
      ...this.#parts,
      signal: this.#signal,
      until,
    })
    // The live position may be past the last event: nothing of ours stands between.
    if (!this.#isPast(until)) await this.#writer.apply({ stored: [], read: [], position: until })
    this.#noteProgress()
  }

  #noteProgress(): void {
    const { position, ordinal } = this.#writer
    this.#progress.folded = { position, ordinal }
  }

  /** Whether the next tables are past a position. */
  #isPast(position: Position): boolean {
    const own = this.#writer.position
    return own !== undefined && this.#parts.store.comparePositions(own, position) > 0
  }

  /** Next and live tables side by side at one position; undefined when there is nothing comparable. */
  async #compareWithLive(): Promise<Comparison | undefined> {
    const own = fingerprint(this.#projection, this.#parts.store.kind)
    const snapshot = await this.#parts.database.connect('engine', {
      name: 'daybook engine compare',
    })
    try {
      const end = performance.now() + PATIENCE_MS
      for (;;) {
        const live = await readCheckpoint(this.#client, this.#projection.name, 'live')
        const place = await placeInLog(this.#parts.store, live?.position)
        if (place === undefined || live?.fingerprint !== own) return undefined
        await this.#reach(live)
        const pinned = await this.#pinBoth(snapshot)
        if (pinned !== undefined) {
          await this.#checkInvariant(snapshot)
          const sides = [
            { client: snapshot, slot: 'live' },
            { client: snapshot, slot: 'next' },
          ] as const
          const compared = await compareTables(this.#projection, ...sides, MAX_FINDINGS)
          return { ...compared, ...pinned }
        }
        if (performance.now() > end) return undefined
        await delay(50, undefined, { signal: this.#signal })
      }
    } finally {
      await snapshot.end().catch(() => undefined)
    }
  }

  /** Lets `snapshot` see both at the same position from here on; undefined when live is behind. */
  async #pinBoth(
    snapshot: pg.Client,
  ): Promise<Pick<Comparison, 'position' | 'ordinal'> | undefined> {
    await this.#client.query('begin')
    try {
      const live = await lockCheckpoint(this.#client, this.#projection.name, 'live')
      if (live?.position === undefined || this.#isPast(live.position)) return undefined
      await this.#reach(live)
      await snapshot.query('begin isolation level repeatable read read only')
      await snapshot.query('select 1')
      return { position: live.position, ordinal: live.ordinal }
    } finally {
      await this.#client.query('rollback')
    }
  }

  async #checkInvariant(client: pg.Client): Promise<void> {
    const { invariant } = this.#projection
    if (invariant === undefined) return
    const query = forSchema(invariant, this.#projection, 'next')
    const { rows } = await client.query(`select * from (${query}) as finding limit 10`)
    if (rows.length > 0) throw new InvariantBroken(this.#projection.name, rows)
  }
}

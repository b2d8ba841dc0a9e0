import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { tryLock } from './advisory-lock.ts'
import { fingerprint } from './definition.ts'
import { RebuildInProgress } from './errors.ts'
import { failureOf, forLog } from './failure.ts'
import { type FoldTarget, foldLog } from './fold-log.ts'
import { type By, record } from './history.ts'
import { inParallel } from './in-parallel.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { RebuildJob, RebuildReport } from './projection-engine.ts'
import { Progress, publishProgress } from './rebuild-progress.ts'
import { type Checkpoint, fillCheckpoint, forgetSchema, registerSchema } from './registry.ts'
import { replaceLive } from './replacement.ts'
import { RowMemory } from './row-memory.ts'
import { dropSchema, publishTables } from './schema.ts'
import { ShadowTables } from './shadow-tables.ts'
import { keepHeapSmall } from './small-heap.ts'

const PUBLISH_MS = 1000
/** Projections that are written out and indexed at the same time. */
const FINISHING = [1, 2]

export interface RebuildOptions {
  /** Who asked for it; nobody when the program does so by itself. */
  readonly by: By | undefined
  /** The live tables of a projection were replaced. */
  readonly onSwapped: (projection: string) => void
}

interface Building {
  readonly shadow: ShadowTables
  readonly progress: Progress
  readonly next: Checkpoint
}

/**
 * Begins to rebuild projections from one read of the log. The caller's session holds a lock on each.
 *
 * @throws RebuildInProgress
 */
export async function beginRebuild(
  parts: EngineParts,
  projections: readonly Projection[],
  options: RebuildOptions,
): Promise<RebuildJob> {
  const guard = await parts.database.connect('engine', { name: 'daybook engine rebuild guard' })
  try {
    for (const { name } of projections) {
      if (!(await tryLock(guard, 'rebuild', name))) throw new RebuildInProgress(name)
    }
    const rebuild = new Rebuild(parts, projections, options, guard)
    await publishProgress(guard, rebuild.progress, { first: true })
    return { done: rebuild.run(), cancel: () => rebuild.cancel() }
  } catch (error) {
    await guard.end().catch(ignore)
    throw error
  }
}

class Rebuild {
  readonly progress: readonly Progress[]
  readonly #parts: EngineParts
  readonly #options: RebuildOptions
  readonly #guard: pg.Client
  readonly #memory: RowMemory
  readonly #cancelled = new AbortController()
  readonly #published = new AbortController()

  constructor(
    parts: EngineParts,
    projections: readonly Projection[],
    options: RebuildOptions,
    guard: pg.Client,
  ) {
    this.#parts = parts
    this.#options = options
    this.#guard = guard
    this.#memory = new RowMemory(parts.memoryBytes)
    this.progress = projections.map((projection) => new Progress(projection))
  }

  cancel(): void {
    this.#cancelled.abort()
  }

  async run(): Promise<readonly RebuildReport[]> {
    const publishing = this.#publish()
    const letHeapGrow = keepHeapSmall()
    const opened: Building[] = []
    try {
      for (const progress of this.progress) {
        await this.#guarded(progress, async () => {
          opened.push(await this.#open(progress))
        })
      }
      this.#cancelled.signal.addEventListener('abort', () => this.#interrupt(opened))
      if (opened.length > 0) {
        const folded = await this.#fold(opened)
        await inParallel(FINISHING, opened, (_, one) => this.#replace(one, folded))
      }
    } catch (error) {
      for (const progress of this.progress) this.#fail(progress, error)
    } finally {
      await this.#cleanUp(opened)
      letHeapGrow()
      this.#published.abort()
      await publishing
      await publishProgress(this.#guard, this.progress).catch(ignore)
      // Before the end of the session, which PostgreSQL may notice later than the caller.
      await this.#guard.query('select pg_advisory_unlock_all()').catch(ignore)
      await this.#guard.end().catch(ignore)
    }
    return this.progress.map((progress) => progress.report())
  }

  async #open(progress: Progress): Promise<Building> {
    const { projection } = progress
    const { engine } = this.#parts.database
    this.#cancelled.signal.throwIfAborted()
    await forgetSchema(engine, projection.name, 'next')
    const shadow = await ShadowTables.open(projection, 'next', {
      ...this.#parts,
      memory: this.#memory,
      kept: true,
    })
    const made = {
      version: projection.version,
      fingerprint: fingerprint(projection, this.#parts.store.kind),
    }
    const next = await registerSchema(engine, projection.name, 'next', made)
    progress.goal = await this.#goal()
    return { shadow, progress, next }
  }

  /** How many events there are to read, as far as anybody knows. */
  async #goal(): Promise<number | undefined> {
    const { store, database } = this.#parts
    const head = await store.head()
    if (head === undefined) return 0
    if (store.countBetween !== undefined) return store.countBetween(undefined, head)
    const { rows } = await database.engine.query<{ most: string | null }>(
      'select max(ordinal) as most from daybook.projection',
    )
    return Number(rows[0]?.most ?? 0) || undefined
  }

  async #fold(opened: readonly Building[]): ReturnType<typeof foldLog> {
    const building = (target: FoldTarget) => opened.find(({ shadow }) => shadow === target)
    const targets = opened.map(({ shadow }) => shadow)
    const folded = await foldLog(targets, {
      ...this.#parts,
      signal: this.#cancelled.signal,
      onProgress: (place) => {
        for (const { progress } of opened) {
          if (!progress.isOver)
            progress.folded = { position: place.position, ordinal: place.ordinal }
        }
      },
      onFailure: (target, cause, met) => {
        building(target)?.progress.finish('failed', failureOf(cause, met))
      },
    })
    for (const { progress } of opened) progress.hasRead()
    return folded
  }

  async #replace(
    { shadow, progress, next }: Building,
    folded: Awaited<ReturnType<typeof foldLog>>,
  ): Promise<void> {
    if (progress.isOver) return
    await this.#guarded(progress, async () => {
      this.#cancelled.signal.throwIfAborted()
      progress.state = 'indexing'
      const client = await shadow.finish()
      this.#cancelled.signal.throwIfAborted()
      await publishTables(client, progress.projection, 'next')
      const filled = await fillCheckpoint(client, progress.projection.name, 'next', next, folded)
      await replaceLive(this.#parts, client, {
        progress,
        next: filled,
        by: this.#options.by,
        signal: this.#cancelled.signal,
        onSwapped: () => this.#options.onSwapped(progress.projection.name),
      })
      progress.finish('done')
    })
  }

  async #guarded(progress: Progress, run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (error) {
      this.#fail(progress, error)
    }
  }

  #fail(progress: Progress, error: unknown): void {
    if (progress.isOver) return
    if (this.#cancelled.signal.aborted) {
      progress.finish('cancelled')
      return
    }
    progress.finish('failed', failureOf(error))
    this.#parts.logger.error(
      { err: forLog(error), projection: progress.projection.name },
      'The rebuild of a projection failed; its live tables are as before',
    )
  }

  #interrupt(opened: readonly Building[]): void {
    for (const { shadow } of opened) {
      shadow.interrupt(this.#parts.database).catch((error: unknown) => {
        this.#parts.logger.warn({ err: forLog(error) }, 'A rebuild could not be interrupted')
      })
    }
  }

  /** What was not swapped in is thrown away; what cannot be now, is when it is next tried. */
  async #cleanUp(opened: readonly Building[]): Promise<void> {
    await Promise.all(opened.map(({ shadow }) => shadow.close()))
    for (const progress of this.progress) {
      const { projection, state } = progress
      if (state === 'done') continue
      try {
        await dropSchema(this.#guard, projection.name, 'next')
        await forgetSchema(this.#guard, projection.name, 'next')
        await this.#recordEnd(progress)
      } catch (error) {
        this.#parts.logger.warn(
          { err: forLog(error), projection: projection.name },
          'Left a schema behind, or its end unsaid',
        )
      }
    }
  }

  /** A rebuild that came to nothing is on record too. */
  async #recordEnd({ projection, state, folded, failure, compared }: Progress): Promise<void> {
    await record(this.#guard, {
      projection: projection.name,
      action: state === 'cancelled' ? 'cancelled' : 'failed',
      by: this.#options.by,
      fromVersion: undefined,
      toVersion: projection.version,
      ordinal: folded.ordinal,
      compared,
      reason: failure?.reason,
    })
  }

  /** Tells other processes every second, and hears from them. */
  async #publish(): Promise<void> {
    const { signal } = this.#published
    while (!signal.aborted) {
      await delay(PUBLISH_MS, undefined, { signal }).catch(ignore)
      if (signal.aborted) return
      const asked = await publishProgress(this.#parts.database.engine, this.progress).catch(ignore)
      if (asked === true) this.cancel()
    }
  }
}

const ignore = (): undefined => undefined

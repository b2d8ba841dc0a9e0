import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '#log/event-store.ts'
import { positionOf } from '#log/position-of.ts'
import { tryLock } from './advisory-lock.ts'
import { checkProjections, fingerprint } from './definition.ts'
import { NothingToRollBack, RebuildInProgress, UnknownProjection } from './errors.ts'
import { Keeper } from './keeper.ts'
import type { EngineParts } from './parts.ts'
import { Places } from './places.ts'
import type { Projection } from './projection.ts'
import type {
  Place,
  ProjectionEngine,
  ProjectionStatus,
  Reached,
  RebuildJob,
  VerifyOptions,
  VerifyReport,
} from './projection-engine.ts'
import { beginRebuild } from './rebuild.ts'
import { askToCancel } from './rebuild-progress.ts'
import { readCheckpoint } from './registry.ts'
import { introduce, writeStarted } from './states.ts'
import { readStatus } from './status.ts'
import { swapBack } from './swap.ts'
import { verifyProjection } from './verify.ts'

export interface EngineOptions
  extends Omit<EngineParts, 'memoryBytes' | 'spillDirectory'>,
    Partial<Pick<EngineParts, 'memoryBytes' | 'spillDirectory'>> {
  readonly projections: readonly Projection[]
}

const MEMORY_BYTES = 48 * 1024 * 1024
/** Between two looks at a projection that another process follows. */
const LONGEST_POLL_MS = 25

/** @throws Error when a projection breaks a rule of `checkProjections`. */
export function createEngine({ projections, ...options }: EngineOptions): ProjectionEngine {
  checkProjections(projections)
  const parts = { memoryBytes: MEMORY_BYTES, spillDirectory: tmpdir(), ...options }
  return new Engine(parts, projections)
}

class Engine implements ProjectionEngine {
  readonly #parts: EngineParts
  readonly #projections: ReadonlyMap<string, Projection>
  readonly #keeper: Keeper
  readonly #places: Places
  readonly #jobs = new Set<RebuildJob>()

  constructor(parts: EngineParts, projections: readonly Projection[]) {
    this.#parts = parts
    this.#projections = new Map(projections.map((projection) => [projection.name, projection]))
    this.#places = new Places(parts.database.engine)
    this.#keeper = new Keeper(parts, projections, (some) => this.#begin(some))
  }

  start(): Promise<void> {
    return this.#keeper.start()
  }

  async stop(): Promise<void> {
    for (const job of this.#jobs) job.cancel()
    await this.#keeper.stop()
    await Promise.all([...this.#jobs].map((job) => job.done))
  }

  status(): Promise<readonly ProjectionStatus[]> {
    return readStatus(this.#parts, [...this.#projections.values()], (name) =>
      this.#keeper.loop(name),
    )
  }

  async rebuild(names: readonly string[]): Promise<RebuildJob> {
    return this.#begin([...new Set(names)].map((name) => this.#find(name)))
  }

  cancelRebuild(name: string): Promise<boolean> {
    this.#find(name)
    return askToCancel(this.#parts.database.engine, name)
  }

  async rollback(name: string): Promise<void> {
    const projection = this.#find(name)
    const client = await this.#parts.database.connect('engine', { name: 'daybook engine rollback' })
    try {
      if (!(await tryLock(client, 'rebuild', name))) throw new RebuildInProgress(name)
      const previous = await readCheckpoint(client, name, 'previous')
      if (previous === undefined) throw new NothingToRollBack(name, 'nothing is kept')
      if (previous.fingerprint !== fingerprint(projection, this.#parts.store.kind)) {
        throw new NothingToRollBack(
          name,
          `what is kept is of version ${previous.version}, which this program cannot follow`,
        )
      }
      await swapBack(client, projection)
    } finally {
      await client.end().catch(() => undefined)
    }
    this.#keeper.kick()
  }

  async verify(name: string, options: VerifyOptions = {}): Promise<VerifyReport> {
    return verifyProjection(this.#parts, this.#find(name), options)
  }

  startProjection(name: string): Promise<void> {
    return this.#want(name, true)
  }

  stopProjection(name: string): Promise<void> {
    return this.#want(name, false)
  }

  async waitFor(name: string, position: Position, deadlineMs: number): Promise<Reached> {
    this.#find(name)
    const end = performance.now() + deadlineMs
    for (let pause = 2; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
      const loop = this.#keeper.loop(name)
      const followed = loop !== undefined && !loop.isOver && loop.epoch !== undefined
      const left = Math.max(0, end - performance.now())
      const there = followed ? await loop.waitFor(position, left) : await this.#look(name, position)
      if (there.reached || performance.now() >= end) return there
      await delay(Math.min(pause, Math.max(1, end - performance.now())))
    }
  }

  async reached(name: string): Promise<Place> {
    this.#find(name)
    const loop = this.#keeper.loop(name)
    if (loop?.epoch !== undefined && !loop.isOver) return loop.place
    return this.#places.look(name)
  }

  async #look(name: string, position: Position): Promise<Reached> {
    const place = await this.#places.look(name)
    const { store } = this.#parts
    const at = positionOf(store, place.position)
    const reached = at !== undefined && store.comparePositions(at, position) >= 0
    return { reached, ...place }
  }

  async #want(name: string, started: boolean): Promise<void> {
    this.#find(name)
    await introduce(this.#parts.database.engine, [name])
    await writeStarted(this.#parts.database.engine, name, started)
    this.#keeper.kick()
  }

  async #begin(projections: readonly Projection[]): Promise<RebuildJob> {
    const job = await beginRebuild(this.#parts, projections, {
      onSwapped: () => this.#keeper.kick(),
    })
    this.#jobs.add(job)
    job.done.then(
      () => this.#jobs.delete(job),
      () => this.#jobs.delete(job),
    )
    return job
  }

  #find(name: string): Projection {
    const projection = this.#projections.get(name)
    if (projection === undefined) throw new UnknownProjection(name)
    return projection
  }
}

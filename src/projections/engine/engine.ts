import { tmpdir } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '#log/event-store.ts'
import { positionOf } from '#log/position-of.ts'
import { checkProjections } from './definition.ts'
import { UnknownProjection } from './errors.ts'
import { type By, type HistoryEntry, readHistory } from './history.ts'
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
  Taken,
  VerifyOptions,
  VerifyReport,
  Versions,
} from './projection-engine.ts'
import { beginRebuild } from './rebuild.ts'
import { askToCancel } from './rebuild-progress.ts'
import { readCheckpoint } from './registry.ts'
import { introduce, readStates, writeStarted } from './states.ts'
import { readStatus } from './status.ts'
import { compareBeside, dropBeside, rollBack, type TakeBack } from './take-back.ts'
import { verifyProjection } from './verify.ts'
import { wantedVersion } from './versions.ts'

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
  readonly #stopped = new AbortController()

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
    this.#stopped.abort()
    for (const job of this.#jobs) job.cancel()
    await this.#keeper.stop()
    await Promise.all([...this.#jobs].map((job) => job.done))
  }

  status(): Promise<readonly ProjectionStatus[]> {
    return readStatus(this.#parts, [...this.#projections.values()], (name, slot) =>
      this.#keeper.loop(name, slot),
    )
  }

  async rebuild(names: readonly string[] | 'all', by?: By): Promise<RebuildJob> {
    if (names === 'all') return this.#begin(await this.#allWanted(), by)
    return this.#begin(
      [...new Set(names)].map((name) => this.#find(name)),
      by,
    )
  }

  /** What was rolled back stays so. */
  async #allWanted(): Promise<readonly Projection[]> {
    const states = await readStates(this.#parts.database.engine, [...this.#projections.keys()])
    return [...this.#projections.values()].flatMap((projection) => {
      const known = states.get(projection.name)
      return wantedVersion(projection, known?.rolledBackFrom, known?.live.checkpoint) ?? []
    })
  }

  cancelRebuild(name: string): Promise<boolean> {
    this.#find(name)
    return askToCancel(this.#parts.database.engine, name)
  }

  async rollback(name: string, by?: By): Promise<Taken> {
    const taken = await rollBack(this.#parts, this.#takeBack(name, by))
    this.#keeper.kick()
    return taken
  }

  async drop(name: string, by?: By): Promise<Taken> {
    const taken = await dropBeside(this.#parts, this.#takeBack(name, by))
    this.#keeper.kick()
    return taken
  }

  async compare(name: string): Promise<VerifyReport> {
    const report = await compareBeside(this.#parts, this.#takeBack(name))
    this.#keeper.kick()
    return report
  }

  async history(name: string | undefined, limit: number): Promise<readonly HistoryEntry[]> {
    if (name !== undefined) this.#find(name)
    return readHistory(this.#parts.database.engine, name, limit)
  }

  #takeBack(name: string, by?: By): TakeBack {
    return { family: this.#find(name), by, signal: this.#stopped.signal }
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

  async versions(name: string): Promise<Versions> {
    const { version: program } = this.#find(name)
    const live = await readCheckpoint(this.#parts.database.engine, name, 'live')
    return { tables: live?.version, program }
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
    this.#keeper.forgive(name)
  }

  async #begin(versions: readonly Projection[], by?: By): Promise<RebuildJob> {
    const job = await beginRebuild(this.#parts, versions, {
      by,
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

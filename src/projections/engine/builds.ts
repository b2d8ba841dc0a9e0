import { RebuildInProgress } from './errors.ts'
import { failureOf, forLog } from './failure.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { RebuildJob, RebuildReport } from './projection-engine.ts'
import { readStates, writeFailure } from './states.ts'
import { versionOf } from './versions.ts'

/** Begins a rebuild whose end the engine waits for when it stops. */
export type StartRebuild = (versions: readonly Projection[]) => Promise<RebuildJob>

export interface BuildsOptions {
  readonly parts: EngineParts
  /** The newest version of each projection. */
  readonly projections: readonly Projection[]
  readonly startRebuild: StartRebuild
  readonly onEnded: (done: readonly string[]) => void
  readonly signal: AbortSignal
}

/** The rebuilds that this process begins by itself, for want of tables of the wanted version. */
export class Builds {
  readonly #options: BuildsOptions
  /** Under way; each settles when it is over. */
  readonly #running = new Map<string, Promise<void>>()
  /** Not done by a rebuild, with tables that can be followed as they are: the version that was tried. */
  readonly #notBuilt = new Map<string, number>()

  constructor(options: BuildsOptions) {
    this.#options = options
  }

  has(name: string): boolean {
    return this.#running.has(name)
  }

  /** True when this process has tried that version: it does not try again unless asked. */
  hasFailed({ name, version }: Projection): boolean {
    return this.#notBuilt.get(name) === version
  }

  /** Somebody wants it tried again. */
  forgive(name: string): void {
    this.#notBuilt.delete(name)
  }

  async over(): Promise<void> {
    await Promise.all(this.#running.values())
  }

  /** Builds them from one read of the log; what another process builds is looked at again. */
  async begin(versions: readonly Projection[]): Promise<void> {
    if (versions.length === 0) return
    let job: RebuildJob
    try {
      job = await this.#options.startRebuild(versions)
    } catch (error) {
      if (!(error instanceof RebuildInProgress)) throw error
      return this.begin(versions.filter(({ name }) => name !== error.projection))
    }
    const over = this.#end(job).catch((error: unknown) => {
      this.#options.parts.logger.error(
        { err: forLog(error) },
        'The end of a rebuild could not be written down',
      )
    })
    for (const { name } of versions) this.#running.set(name, over)
  }

  async #end(job: RebuildJob): Promise<void> {
    const reports = await job.done
    try {
      await this.#note(reports)
    } finally {
      for (const { projection } of reports) this.#running.delete(projection)
      const done = reports.filter(({ state }) => state === 'done')
      this.#options.onEnded(done.map(({ projection }) => projection))
    }
  }

  async #note(reports: readonly RebuildReport[]): Promise<void> {
    const { parts, projections, signal } = this.#options
    const { engine } = parts.database
    const names = reports.map(({ projection }) => projection)
    const states = await readStates(engine, names)
    for (const { projection: name, version, state, failure } of reports) {
      if (state === 'done') continue
      const family = projections.find((one) => one.name === name)
      const live = states.get(name)?.live.checkpoint
      const followed = family && live && versionOf(family, live, parts.store.kind)
      // What is live can be followed all the same: an older version, or empty tables up to whatever it met.
      if (followed !== undefined) this.#notBuilt.set(name, version)
      else if (!signal.aborted) {
        await writeFailure(engine, name, failure ?? failureOf('The rebuild was cancelled'))
      }
    }
  }
}

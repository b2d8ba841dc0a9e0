import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Position } from '#log/event-store.ts'
import { tryLock, unlock } from './advisory-lock.ts'
import { isRefusal } from './database-error.ts'
import { fingerprint } from './definition.ts'
import { RebuildInProgress } from './errors.ts'
import { failureOf, forLog } from './failure.ts'
import { Feed } from './feed.ts'
import { placeInLog } from './log-place.ts'
import { Loop } from './loop.ts'
import { makeEmptyTables } from './make-empty-tables.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { ProjectionFailure, RebuildJob } from './projection-engine.ts'
import { retryDelay } from './retry-delay.ts'
import { routesOf } from './routing.ts'
import {
  introduce,
  isLogElsewhere,
  type KnownState,
  readStates,
  type Sign,
  writeFailure,
  writeLetGo,
  writeSigns,
} from './states.ts'

/** Between two looks at what is wanted. */
const LOOK_MS = 1000
/** The same for a process that could take over what another follows. */
const LOOK_WAITING_MS = 500
/** Told by whoever lets go, so that others need not find out. */
const LET_GO = 'daybook_let_go'

/** Begins a rebuild whose end the engine waits for when it stops. */
export type StartRebuild = (projections: readonly Projection[]) => Promise<RebuildJob>

/**
 * Keeps the loops of this process: takes hold of projections that nobody follows, starts and stops their
 * loops as is wanted, has tables of an older definition rebuilt, and says every second how they are.
 */
export class Keeper {
  /** How this process is called in statuses. */
  readonly owner: string
  readonly #parts: EngineParts
  readonly #projections: readonly Projection[]
  readonly #startRebuild: StartRebuild
  readonly #feed: Feed
  /** The session that holds the locks. */
  #session: pg.Client | undefined
  readonly #held = new Set<string>()
  readonly #loops = new Map<string, Loop>()
  /** Being built by this process for want of tables that can be followed; settles when that is over. */
  readonly #building = new Map<string, Promise<void>>()
  /** Empty tables that were not filled by a rebuild and are followed from the start instead. */
  readonly #notBuilt = new Set<string>()
  /** Their checkpoints are no place in this log. */
  readonly #elsewhere = new Set<string>()
  readonly #stopped = new AbortController()
  #kicked = Promise.withResolvers<void>()
  #keeping: Promise<void> | undefined

  constructor(parts: EngineParts, projections: readonly Projection[], startRebuild: StartRebuild) {
    this.owner = parts.database.program
    this.#parts = parts
    this.#projections = projections
    this.#startRebuild = startRebuild
    const folded = routesOf(projections)
    this.#feed = new Feed({ ...parts, isFolded: (type) => folded.has(type) })
  }

  async start(): Promise<void> {
    if (this.#keeping !== undefined) return
    try {
      await this.#look()
    } catch (error) {
      await this.#loseSession()
      throw error
    }
    this.#keeping = this.#keep()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#keeping
    await Promise.all(this.#building.values())
    await this.#stopLoops()
    await this.#feed.stop()
    if (this.#session !== undefined) {
      await this.#letGoOfAll(this.#session).catch(ignore)
      await this.#session.end().catch(ignore)
    }
    this.#session = undefined
  }

  async #letGoOfAll(session: pg.Client): Promise<void> {
    await writeLetGo(session, this.owner, [...this.#held])
    await session.query(`select pg_advisory_unlock_all(); notify ${LET_GO}`)
  }

  /** Something changed that need not wait for the next second. */
  kick(): void {
    this.#kicked.resolve()
  }

  /** The loop of a projection that this process follows at the moment. */
  loop(name: string): Loop | undefined {
    return this.#loops.get(name)
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopped
    for (let failures = 0; !signal.aborted; ) {
      const isWaiting = this.#held.size < this.#projections.length
      const ms = (isWaiting ? LOOK_WAITING_MS : LOOK_MS) + retryDelay(failures)
      const pause = delay(ms, undefined, { signal }).catch(ignore)
      await Promise.race([pause, this.#kicked.promise])
      this.#kicked = Promise.withResolvers()
      if (signal.aborted) return
      try {
        await this.#look()
        failures = 0
      } catch (error) {
        failures += 1
        this.#parts.logger.warn(
          { err: forLog(error), failures },
          'Projections cannot be looked after',
        )
        await this.#loseSession()
      }
    }
  }

  async #look(): Promise<void> {
    const session = await this.#openSession()
    const states = await readStates(
      session,
      this.#projections.map(({ name }) => name),
    )
    // Asked after the states, so that tables of a log that has just moved are not taken for old ones.
    if (await isLogElsewhere(session, this.#parts.store.kind)) {
      for (const name of this.#held) await this.#letGo(session, name)
      return
    }
    const follow: Projection[] = []
    const build: Projection[] = []
    for (const projection of this.#projections) {
      const wanted = await this.#consider(session, projection, states.get(projection.name))
      if (wanted === 'follow') follow.push(projection)
      if (wanted === 'build') build.push(projection)
    }
    if (build.length > 0) await this.#build(build)
    this.#follow(follow, states)
    await writeSigns(session, this.owner, this.#signs(states))
  }

  async #openSession(): Promise<pg.Client> {
    if (this.#session !== undefined) return this.#session
    const session = await this.#parts.database.connect('engine', {
      name: 'daybook engine keeper',
      lease: true,
    })
    this.#session = session
    session.on('notification', () => this.kick())
    session.once('end', () => this.kick())
    await session.query(`listen ${LET_GO}`)
    await introduce(
      session,
      this.#projections.map(({ name }) => name),
    )
    return session
  }

  /** The locks went with the session: somebody else may follow by now. */
  async #loseSession(): Promise<void> {
    // Not ended in good order: the server may be out of reach.
    this.#session?.connection.stream.destroy()
    this.#session = undefined
    this.#held.clear()
    await this.#stopLoops()
  }

  async #stopLoops(): Promise<void> {
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()))
    this.#loops.clear()
  }

  /** What is to be done with one projection, beyond what is under way. */
  async #consider(
    session: pg.Client,
    projection: Projection,
    state: KnownState | undefined,
  ): Promise<'follow' | 'build' | undefined> {
    const { name } = projection
    if (state === undefined || this.#building.has(name)) return undefined
    const live = state.live
    const own = fingerprint(projection, this.#parts.store.kind)
    const isNewer = live !== undefined && projection.version > live.version
    let failure = state.failure
    if (!this.#held.has(name)) {
      if (!(await tryLock(session, 'follow', name))) {
        // Whoever follows it is an older program, which cannot make this one's tables.
        return isNewer && state.started && failure === undefined ? 'build' : undefined
      }
      this.#held.add(name)
      // Whatever failed in an earlier process may be mended by now.
      if (failure !== undefined) await writeFailure(session, name, undefined)
      failure = undefined
      const place = await placeInLog(this.#parts.store, live?.position)
      if (place !== live?.position) this.#elsewhere.add(name)
    }
    const fits = live === undefined || (live.fingerprint === own && !this.#elsewhere.has(name))
    if (!fits && live !== undefined && live.version > projection.version) {
      await this.#letGo(session, name)
      return undefined
    }
    failure = (await this.#settle(session, name, live?.epoch)) ?? failure
    if (!state.started || failure !== undefined) {
      await this.#stopLoop(name)
      return undefined
    }
    if (!fits) return 'build'
    if (this.#loops.has(name)) return undefined
    return this.#prepare(session, projection, state)
  }

  /** Takes up what became of a loop: a failure is kept, a loop whose tables were replaced begins anew. */
  async #settle(
    session: pg.Client,
    name: string,
    epoch: string | undefined,
  ): Promise<ProjectionFailure | undefined> {
    const loop = this.#loops.get(name)
    if (loop === undefined) return undefined
    if (loop.failure !== undefined) {
      await writeFailure(session, name, loop.failure)
      this.#loops.delete(name)
      return loop.failure
    }
    if (loop.isOver || (loop.epoch !== undefined && loop.epoch !== epoch))
      await this.#stopLoop(name)
    return undefined
  }

  /** Tables that can be followed, or are better filled at once when the log holds something already. */
  async #prepare(
    session: pg.Client,
    projection: Projection,
    { live }: KnownState,
  ): Promise<'follow' | 'build' | undefined> {
    if (live === undefined && !(await this.#makeEmpty(session, projection))) return undefined
    if (live?.position !== undefined || this.#notBuilt.has(projection.name)) return 'follow'
    try {
      return (await this.#parts.store.head()) === undefined ? 'follow' : 'build'
    } catch (error) {
      this.#parts.logger.warn({ err: forLog(error) }, 'The log cannot be reached; looking again')
      return undefined
    }
  }

  async #makeEmpty(session: pg.Client, projection: Projection): Promise<boolean> {
    const { name } = projection
    try {
      await makeEmptyTables(session, projection, this.#parts.store.kind)
      return true
    } catch (error) {
      if (!isRefusal(error)) throw error
      await writeFailure(session, name, failureOf(error))
      this.#parts.logger.error(
        { err: forLog(error), projection: name },
        'A projection has no tables',
      )
      return false
    }
  }

  async #stopLoop(name: string): Promise<void> {
    const loop = this.#loops.get(name)
    this.#loops.delete(name)
    await loop?.stop()
  }

  async #letGo(session: pg.Client, name: string): Promise<void> {
    await this.#stopLoop(name)
    await writeLetGo(session, this.owner, [name])
    await unlock(session, 'follow', name)
    this.#held.delete(name)
  }

  #follow(projections: readonly Projection[], states: ReadonlyMap<string, KnownState>): void {
    if (projections.length === 0) return
    const positions = projections.flatMap(({ name }) => states.get(name)?.live?.position ?? [])
    this.#feed.begin(this.#latest(positions))
    for (const projection of projections) {
      const loop = new Loop(this.#parts, this.#feed, projection)
      this.#loops.set(projection.name, loop)
      loop.ended.then(() => this.kick(), ignore)
    }
  }

  #latest(positions: readonly Position[]): Position | undefined {
    const { store } = this.#parts
    return positions.toSorted((a, b) => store.comparePositions(a, b)).at(-1)
  }

  /** Builds what has no tables that can be followed; what another process builds is looked at again. */
  async #build(projections: readonly Projection[]): Promise<void> {
    let job: RebuildJob
    try {
      job = await this.#startRebuild(projections)
    } catch (error) {
      if (!(error instanceof RebuildInProgress)) throw error
      const others = projections.filter(({ name }) => name !== error.projection)
      if (others.length > 0) await this.#build(others)
      return
    }
    for (const { name } of projections) await this.#stopLoop(name)
    const over = this.#afterBuild(job).catch((error: unknown) => {
      this.#parts.logger.error(
        { err: forLog(error) },
        'The end of a rebuild could not be written down',
      )
    })
    for (const { name } of projections) this.#building.set(name, over)
  }

  async #afterBuild(job: RebuildJob): Promise<void> {
    const reports = await job.done
    try {
      const { engine } = this.#parts.database
      const states = await readStates(
        engine,
        reports.map(({ projection }) => projection),
      )
      for (const { projection: name, state, failure } of reports) {
        if (state === 'done') this.#elsewhere.delete(name)
        if (state === 'done') continue
        // Empty tables of the right shape can still be followed, up to whatever the rebuild met.
        const projection = this.#projections.find((one) => one.name === name)
        const live = states.get(name)?.live
        if (
          projection !== undefined &&
          live?.fingerprint === fingerprint(projection, this.#parts.store.kind)
        ) {
          this.#notBuilt.add(name)
        } else if (!this.#stopped.signal.aborted) {
          await writeFailure(engine, name, failure ?? failureOf('The rebuild was cancelled'))
        }
      }
    } finally {
      for (const { projection } of reports) this.#building.delete(projection)
      this.kick()
    }
  }

  #signs(states: ReadonlyMap<string, KnownState>): readonly Sign[] {
    return [...this.#held].map((name) => {
      const loop = this.#loops.get(name)
      const known = states.get(name)
      const state =
        loop?.state ??
        (this.#building.has(name)
          ? 'rebuilding'
          : known?.failure === undefined
            ? 'stopped'
            : 'failed')
      const ageMs = loop === undefined ? 0 : Date.now() - loop.heartbeat.getTime()
      return { name, state, waitsFor: loop?.waitsFor, ageMs }
    })
  }
}

const ignore = (): undefined => undefined

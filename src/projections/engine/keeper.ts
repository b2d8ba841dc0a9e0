import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { Builds, type StartRebuild } from './builds.ts'
import { isRefusal } from './database-error.ts'
import { versionsOf } from './definition.ts'
import { failureOf, forLog } from './failure.ts'
import { Holds } from './holds.ts'
import type { Loop } from './loop.ts'
import { type Following, Loops } from './loops.ts'
import { makeEmptyTables } from './make-empty-tables.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import { retryDelay } from './retry-delay.ts'
import { FOLLOWED, type FollowedSlot, schemaName } from './schema-name.ts'
import {
  isLogElsewhere,
  type KnownState,
  readStates,
  type Sign,
  writeFailure,
  writeSigns,
} from './states.ts'
import { versionOf, wantedVersion } from './versions.ts'

/** Between two looks at what is wanted. */
const LOOK_MS = 1000
/** The same for a process that could take over what another follows. */
const LOOK_WAITING_MS = 500

/** What is to be done with a projection, beyond what is under way. */
interface Wanted {
  readonly follow?: Following | undefined
  readonly build?: Projection | undefined
  /** Another process has hold of the tables. */
  readonly isAnothers?: boolean
}

/**
 * Keeps the loops of this process: takes hold of tables that nobody follows and that it has the folds of,
 * starts and stops their loops as is wanted, has live tables of an older version rebuilt, and says every
 * second how they are. Live and kept tables of a projection are taken hold of apart, so that programs
 * of two versions can each follow their own.
 */
export class Keeper {
  readonly #parts: EngineParts
  readonly #projections: readonly Projection[]
  readonly #loops: Loops
  readonly #builds: Builds
  readonly #holds: Holds
  readonly #stopped = new AbortController()
  /** For what another process has hold of, or for the log to come back. */
  #isWaiting = true
  #kicked = Promise.withResolvers<void>()
  #keeping: Promise<void> | undefined

  constructor(parts: EngineParts, projections: readonly Projection[], startRebuild: StartRebuild) {
    this.#parts = parts
    this.#projections = projections
    this.#holds = new Holds(
      parts,
      projections.map(({ name }) => name),
      () => this.kick(),
    )
    this.#loops = new Loops(parts, projections.flatMap(versionsOf), () => this.kick())
    this.#builds = new Builds({
      parts,
      projections,
      startRebuild,
      signal: this.#stopped.signal,
      onEnded: (done) => {
        for (const name of done) this.#holds.isHereNow(name)
        this.kick()
      },
    })
  }

  async start(): Promise<void> {
    if (this.#keeping !== undefined) return
    try {
      await this.#look()
    } catch (error) {
      await this.#lose()
      throw error
    }
    this.#keeping = this.#keep()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#keeping
    await this.#builds.over()
    await this.#loops.close()
    await this.#holds.letGoOfAll()
  }

  /** Something changed that need not wait for the next second. */
  kick(): void {
    this.#kicked.resolve()
  }

  /** Somebody asked for what failed before to be tried again. */
  forgive(name: string): void {
    this.#builds.forgive(name)
    this.kick()
  }

  /** The loop that this process has on the tables at the moment. */
  loop(name: string, slot: FollowedSlot = 'live'): Loop | undefined {
    return this.#loops.get(schemaName(name, slot))
  }

  async #keep(): Promise<void> {
    const { signal } = this.#stopped
    for (let failures = 0; !signal.aborted; ) {
      const ms = (this.#isWaiting ? LOOK_WAITING_MS : LOOK_MS) + retryDelay(failures)
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
        await this.#lose()
      }
    }
  }

  async #look(): Promise<void> {
    const session = await this.#holds.session()
    const states = await readStates(
      session,
      this.#projections.map(({ name }) => name),
    )
    // Asked after the states, so that tables of a log that has just moved are not taken for old ones.
    if (await isLogElsewhere(session, this.#parts.store.kind)) {
      for (const schema of this.#holds.all) await this.#letGo(schema)
      this.#isWaiting = true
      return
    }
    const wanted: Wanted[] = []
    for (const projection of this.#projections) {
      const state = states.get(projection.name)
      if (state === undefined) continue
      wanted.push(await this.#considerLive(session, projection, state))
      wanted.push(await this.#considerKept(session, projection, state))
    }
    this.#isWaiting = wanted.some(({ isAnothers }) => isAnothers)
    await this.#builds.begin(wanted.flatMap(({ build }) => build ?? []))
    this.#loops.start(wanted.flatMap(({ follow }) => follow ?? []))
    await writeSigns(session, this.#holds.owner, this.#signs(states))
  }

  async #lose(): Promise<void> {
    this.#isWaiting = true
    this.#holds.lose()
    await this.#loops.stopAll()
  }

  async #letGo(schema: string): Promise<void> {
    if (!this.#holds.has(schema)) return
    await this.#loops.stop(schema)
    await this.#holds.letGo(schema)
  }

  async #considerLive(
    session: pg.Client,
    projection: Projection,
    state: KnownState,
  ): Promise<Wanted> {
    const { name } = projection
    const live = state.live.checkpoint
    const wanted = wantedVersion(projection, state.rolledBackFrom, live)
    const newer =
      wanted !== undefined && live !== undefined && wanted.version > live.version && state.started
        ? this.#untried(wanted)
        : undefined
    const held = await this.#holds.take(state, 'live')
    // Whoever follows it may be an older program, which cannot make this one's tables.
    if (held === undefined) return { build: newer, isAnothers: true }
    const version =
      live === undefined
        ? wanted
        : this.#holds.isElsewhere(name)
          ? undefined
          : versionOf(projection, live, this.#parts.store.kind)
    if (version === undefined && (wanted === undefined || isNewer(live, projection))) {
      await this.#letGo(name)
      return {}
    }
    const failure = held.failure ?? (await this.#loops.settle(session, name, live?.epoch))
    if (!state.started || failure !== undefined) {
      await this.#loops.stop(name)
      return { build: version === undefined ? undefined : newer }
    }
    if (version === undefined) return { build: this.#builds.has(name) ? undefined : wanted }
    if (this.#loops.get(name) !== undefined) return { build: newer }
    const prepared = await this.#prepare(session, version, state)
    return { ...prepared, build: newer ?? prepared.build }
  }

  /** The version, unless it is being built, or was tried in vain. */
  #untried(version: Projection): Projection | undefined {
    const { name } = version
    return this.#builds.has(name) || this.#builds.hasFailed(version) ? undefined : version
  }

  async #considerKept(
    session: pg.Client,
    projection: Projection,
    state: KnownState,
  ): Promise<Wanted> {
    const schema = schemaName(projection.name, 'kept')
    const { checkpoint } = state.kept
    const version = checkpoint && versionOf(projection, checkpoint, this.#parts.store.kind)
    if (version === undefined) {
      await this.#letGo(schema)
      return {}
    }
    const held = await this.#holds.take(state, 'kept')
    if (held === undefined) return { isAnothers: true }
    const failure = held.failure ?? (await this.#loops.settle(session, schema, checkpoint?.epoch))
    if (!state.started || failure !== undefined) {
      await this.#loops.stop(schema)
      return {}
    }
    const isFollowed = this.#loops.get(schema) !== undefined || this.#holds.isElsewhere(schema)
    return isFollowed ? {} : { follow: { version, slot: 'kept', checkpoint } }
  }

  /** Tables that can be followed, or are better filled at once when the log holds something already. */
  async #prepare(session: pg.Client, version: Projection, { live }: KnownState): Promise<Wanted> {
    const { checkpoint } = live
    if (checkpoint === undefined && !(await this.#makeEmpty(session, version))) return {}
    const follow = { version, slot: 'live', checkpoint } as const
    if (checkpoint?.position !== undefined || this.#builds.hasFailed(version)) return { follow }
    try {
      const isEmpty = (await this.#parts.store.head()) === undefined
      return isEmpty ? { follow } : { build: this.#untried(version) }
    } catch (error) {
      this.#parts.logger.warn({ err: forLog(error) }, 'The log cannot be reached; looking again')
      return {}
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

  #signs(states: ReadonlyMap<string, KnownState>): readonly Sign[] {
    return [...states.values()].flatMap((state) =>
      FOLLOWED.flatMap((slot) => {
        const schema = schemaName(state.name, slot)
        if (!this.#holds.has(schema)) return []
        const loop = this.#loops.get(schema)
        const without =
          slot === 'live' && this.#builds.has(state.name)
            ? 'rebuilding'
            : state[slot].failure === undefined
              ? 'stopped'
              : 'failed'
        const ageMs = loop === undefined ? 0 : Date.now() - loop.heartbeat.getTime()
        return [{ schema, state: loop?.state ?? without, waitsFor: loop?.waitsFor, ageMs }]
      }),
    )
  }
}

function isNewer(live: { readonly version: number } | undefined, { version }: Projection): boolean {
  return live !== undefined && live.version > version
}

const ignore = (): undefined => undefined

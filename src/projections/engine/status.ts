import type { EventStore, Position } from '#log/event-store.ts'
import { headSoon } from '#log/head-soon.ts'
import { fingerprint } from './definition.ts'
import type { Loop } from './loop.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { Lag, Place, ProjectionStatus } from './projection-engine.ts'
import { readProgress } from './rebuild-progress.ts'
import { type KnownState, readStates } from './states.ts'

/** A process that has not said anything for so long does not follow any more. */
const SILENT_MS = 15_000
/** A loop that is that far behind is not live, whatever it believes. */
const LIVE_SECONDS = 5

const UNKNOWN_LAG: Lag = { events: undefined, seconds: 0 }

/** The status of each projection, from what the database knows and the loops of this process. */
export async function readStatus(
  { store, database }: Pick<EngineParts, 'store' | 'database'>,
  projections: readonly Projection[],
  loopOf: (name: string) => Loop | undefined,
): Promise<readonly ProjectionStatus[]> {
  const names = projections.map(({ name }) => name)
  const [states, rebuilds, told] = await Promise.all([
    readStates(database.engine, names),
    readProgress(database.engine),
    headSoon(store),
  ])
  const head = told?.head
  const lags = new LagReader(store, head)
  return Promise.all(
    projections.map(async (projection) => {
      const { name, version } = projection
      const known = states.get(name)
      if (known === undefined) throw new Error(`Projection ${name} was asked for and not answered`)
      const loop = loopOf(name)
      const place = loop?.epoch === undefined ? placeOf(known) : loop.place
      // Until they are rebuilt, tables may be a place in another log, which has no lag in this one.
      const lag = told === undefined ? UNKNOWN_LAG : await lags.read(place).catch(() => UNKNOWN_LAG)
      const { previous } = known
      const found = condition(projection, store.kind, known, loop, lag)
      const isMute = told === undefined && found.waitsFor === undefined
      return {
        name,
        version,
        tablesVersion: known.live?.version,
        ...place,
        ...found,
        ...(isMute && { waitsFor: 'the log to answer' }),
        owner: loop !== undefined || !isSilent(known) ? known.owner : undefined,
        heartbeat: loop?.heartbeat.toISOString() ?? known.heartbeat,
        head,
        lag,
        failure: loop?.failure ?? known.failure,
        rebuild: rebuilds.get(name),
        previous: previous && { version: previous.version, ordinal: previous.ordinal },
      }
    }),
  )
}

function placeOf({ live }: KnownState): Place {
  return { position: live?.position, ordinal: live?.ordinal ?? 0 }
}

function condition(
  projection: Projection,
  log: EventStore['kind'],
  known: KnownState,
  loop: Loop | undefined,
  lag: Lag,
): Pick<ProjectionStatus, 'state' | 'waitsFor'> {
  if (loop?.failure !== undefined || known.failure !== undefined) {
    return { state: 'failed', waitsFor: 'somebody to start it again' }
  }
  const told = loop ?? known
  const isFollowed = loop !== undefined || !isSilent(known)
  if (!known.started) {
    return isFollowed && told.state !== 'stopped'
      ? { state: told.state, waitsFor: 'to be stopped, as was asked' }
      : { state: 'stopped', waitsFor: 'somebody to start it' }
  }
  if (!isFollowed) return { state: 'catching_up', waitsFor: 'a process to follow it' }
  if (told.state === 'live' && lag.seconds > LIVE_SECONDS) {
    return { state: 'catching_up', waitsFor: told.waitsFor ?? 'the log to deliver what it holds' }
  }
  if (known.live !== undefined && known.live.version > projection.version) {
    return {
      state: told.state,
      waitsFor: `a program of version ${known.live.version} or a rollback`,
    }
  }
  const isBuilt = known.live?.fingerprint === fingerprint(projection, log)
  if (told.state === 'stopped') {
    return { state: isBuilt ? 'catching_up' : 'rebuilding', waitsFor: 'its turn' }
  }
  return { state: told.state, waitsFor: told.waitsFor }
}

function isSilent({ owner, silentMs }: KnownState): boolean {
  return owner === undefined || silentMs === undefined || silentMs > SILENT_MS
}

/** How far behind the head projections are; those at one place are looked up once. */
class LagReader {
  readonly #store: EventStore
  readonly #head: Position | undefined
  readonly #seconds = new Map<Position | undefined, Promise<number>>()

  constructor(store: EventStore, head: Position | undefined) {
    this.#store = store
    this.#head = head
  }

  async read({ position }: Place): Promise<Lag> {
    const head = this.#head
    const store = this.#store
    if (head === undefined) return { events: 0, seconds: 0 }
    if (position !== undefined && store.comparePositions(position, head) >= 0) {
      return { events: 0, seconds: 0 }
    }
    let seconds = this.#seconds.get(position)
    if (seconds === undefined) {
      seconds = this.#ageOfNext(position)
      this.#seconds.set(position, seconds)
    }
    return { events: store.countBetween?.(position, head), seconds: await seconds }
  }

  async #ageOfNext(position: Position | undefined): Promise<number> {
    const from = position === undefined ? {} : { from: position }
    for await (const [next] of this.#store.readAll({ ...from, maxCount: 1 })) {
      if (next === undefined) continue
      return Math.max(0, (Date.now() - Date.parse(next.metadata.recordedAt)) / 1000)
    }
    return 0
  }
}

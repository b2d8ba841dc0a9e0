import type { Database } from '#adapters/database/database.ts'
import type { EventStore, Position } from '#log/event-store.ts'
import { headSoon } from '#log/head-soon.ts'
import type { Loop } from './loop.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type {
  KeptStatus,
  Lag,
  Place,
  ProjectionState,
  ProjectionStatus,
  RebuildReport,
} from './projection-engine.ts'
import { readProgress } from './rebuild-progress.ts'
import { readColumns, readSizes } from './schema.ts'
import { type FollowedSlot, schemaName } from './schema-name.ts'
import { type KnownState, type KnownTables, readStates } from './states.ts'
import { columnsLacking, versionOf, wantedVersion } from './versions.ts'

/** A process that has not said anything for so long does not follow any more. */
const SILENT_MS = 15_000
/** A loop that is that far behind is not live, whatever it believes. */
const LIVE_SECONDS = 5

type Condition = Pick<ProjectionStatus, 'state' | 'waitsFor'>

const UNKNOWN_LAG: Lag = { events: undefined, seconds: 0 }

/** The status of each projection, from what the database knows and the loops of this process. */
export async function readStatus(
  { store, database }: Pick<EngineParts, 'store' | 'database'>,
  projections: readonly Projection[],
  loopOf: (name: string, slot: FollowedSlot) => Loop | undefined,
): Promise<readonly ProjectionStatus[]> {
  const names = projections.map(({ name }) => name)
  const [states, rebuilds, told] = await Promise.all([
    readStates(database.engine, names),
    readProgress(database.engine),
    headSoon(store),
  ])
  const head = told?.head
  const lags = new LagReader(store, told)
  const sizes = await readSizes(database.engine, keptSchemas([...states.values()]))
  const lacking = await readLacking(database.engine, projections, states)
  return Promise.all(
    projections.map(async (projection) => {
      const { name, version } = projection
      const known = states.get(name)
      if (known === undefined) throw new Error(`Projection ${name} was asked for and not answered`)
      const { live } = known
      const loop = loopOf(name, 'live')
      const place = placeOf(live, loop)
      const lag = await lags.read(place)
      const rebuild = rebuilds.get(name)
      const kept = await keptStatus(projection, store.kind, known, loopOf(name, 'kept'), lags)
      const sizeBytes = sizes.get(schemaName(name, 'kept')) ?? 0
      return {
        name,
        version,
        tablesVersion: live.checkpoint?.version,
        lacking: lacking.get(name) ?? [],
        ...place,
        ...lags.explain(condition(projection, store.kind, known, loop, lag, rebuild)),
        owner: ownerOf(live, loop),
        heartbeat: loop?.heartbeat.toISOString() ?? live.heartbeat,
        head,
        lag,
        failure: loop?.failure ?? live.failure,
        rebuild,
        kept: kept && { ...kept, sizeBytes },
        rolledBackFrom: known.rolledBackFrom,
      }
    }),
  )
}

/** What queries of this program would miss in live tables of another version, by projection. */
async function readLacking(
  client: Database['engine'],
  projections: readonly Projection[],
  states: ReadonlyMap<string, KnownState>,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const others = projections.filter(({ name, version }) => {
    const live = states.get(name)?.live.checkpoint
    return live !== undefined && live.version !== version
  })
  const columns = await readColumns(client, others)
  return new Map(
    others.map((projection) => [
      projection.name,
      columnsLacking(projection, columns.get(projection.name) ?? new Set()),
    ]),
  )
}

function keptSchemas(states: readonly KnownState[]): readonly string[] {
  return states
    .filter(({ kept }) => kept.checkpoint !== undefined)
    .map(({ name }) => schemaName(name, 'kept'))
}

function placeOf({ checkpoint }: KnownTables, loop: Loop | undefined): Place {
  if (loop?.epoch !== undefined) return loop.place
  return { position: checkpoint?.position, ordinal: checkpoint?.ordinal ?? 0 }
}

async function keptStatus(
  projection: Projection,
  log: EventStore['kind'],
  { kept, started }: KnownState,
  loop: Loop | undefined,
  lags: LagReader,
): Promise<Omit<KeptStatus, 'sizeBytes'> | undefined> {
  const { checkpoint } = kept
  if (checkpoint === undefined) return undefined
  const place = placeOf(kept, loop)
  const lag = await lags.read(place)
  const common = lags.explain(commonCondition(started, kept, loop, lag))
  const foreign = {
    state: 'stopped' as const,
    waitsFor: `a program that has the folds of version ${checkpoint.version}`,
  }
  const isOurs = versionOf(projection, checkpoint, log) !== undefined
  return {
    version: checkpoint.version,
    ...place,
    ...(isSilent(kept) && loop === undefined && !isOurs ? foreign : common),
    failure: loop?.failure ?? kept.failure,
    owner: ownerOf(kept, loop),
    lag,
    since: checkpoint.since,
  }
}

function condition(
  projection: Projection,
  log: EventStore['kind'],
  known: KnownState,
  loop: Loop | undefined,
  lag: Lag,
  rebuild: RebuildReport | undefined,
): Condition {
  const { live, rolledBackFrom, started } = known
  const { checkpoint } = live
  const version = checkpoint && versionOf(projection, checkpoint, log)
  const told = commonCondition(started, live, loop, lag)
  const isFollowed = loop !== undefined || !isSilent(live)
  if (told.state === 'failed' || !started) return told
  if (version === undefined && checkpoint !== undefined && !(isFollowed && told.state === 'live')) {
    const { version: tables } = checkpoint
    if (tables > projection.version) {
      return { ...told, waitsFor: `a program of version ${tables} or a rollback` }
    }
    if (wantedVersion(projection, rolledBackFrom, checkpoint) === undefined) {
      return {
        ...told,
        waitsFor: `a program that has the folds of version ${tables}, a rollback, or a rebuild`,
      }
    }
  }
  if (!isFollowed) return told
  if (told.state === 'stopped') {
    return { state: version === undefined ? 'rebuilding' : 'catching_up', waitsFor: 'its turn' }
  }
  const isBehindProgram = version !== undefined && version !== projection
  if (isBehindProgram && rolledBackFrom === undefined && rebuild?.state === 'failed') {
    return { ...told, waitsFor: `version ${projection.version}, which could not be built` }
  }
  return told
}

/** What is true of live and of kept tables. */
function commonCondition(
  started: boolean,
  tables: KnownTables,
  loop: Loop | undefined,
  lag: Lag,
): Condition {
  if (loop?.failure !== undefined || tables.failure !== undefined) {
    return { state: 'failed', waitsFor: 'somebody to start it again' }
  }
  const told: { readonly state: ProjectionState; readonly waitsFor: string | undefined } =
    loop ?? tables
  const { state, waitsFor } = told
  const isFollowed = loop !== undefined || !isSilent(tables)
  if (!started) {
    return isFollowed && state !== 'stopped'
      ? { state, waitsFor: 'to be stopped, as was asked' }
      : { state: 'stopped', waitsFor: 'somebody to start it' }
  }
  if (!isFollowed) return { state: 'catching_up', waitsFor: 'a process to follow it' }
  if (state === 'live' && lag.seconds > LIVE_SECONDS) {
    return { state: 'catching_up', waitsFor: waitsFor ?? 'the log to deliver what it holds' }
  }
  return { state, waitsFor }
}

/** Nobody, when the process that followed the tables has fallen silent. */
function ownerOf(tables: KnownTables, loop: Loop | undefined): string | undefined {
  return loop !== undefined || !isSilent(tables) ? tables.owner : undefined
}

function isSilent({ owner, silentMs }: KnownTables): boolean {
  return owner === undefined || silentMs === undefined || silentMs > SILENT_MS
}

/** How far behind the head projections are; those at one place are looked up once. */
class LagReader {
  readonly #store: EventStore
  readonly #told: { readonly head: Position | undefined } | undefined
  readonly #seconds = new Map<Position | undefined, Promise<number>>()

  /** `told`: the head; undefined when the log does not answer. */
  constructor(store: EventStore, told: { readonly head: Position | undefined } | undefined) {
    this.#store = store
    this.#told = told
  }

  /** Who waits for nothing else waits for a log that does not answer. */
  explain(condition: Condition): Condition {
    const isMute = this.#told === undefined && condition.waitsFor === undefined
    return isMute ? { ...condition, waitsFor: 'the log to answer' } : condition
  }

  async read(place: Place): Promise<Lag> {
    if (this.#told === undefined) return UNKNOWN_LAG
    // Until they are rebuilt, tables may be a place in another log, which has no lag in this one.
    return this.#between(place, this.#told.head).catch(() => UNKNOWN_LAG)
  }

  async #between({ position }: Place, head: Position | undefined): Promise<Lag> {
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

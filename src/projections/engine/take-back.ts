import type pg from 'pg'
import { takeOver, tryLock } from './advisory-lock.ts'
import { compareWithLive } from './compare-with-live.ts'
import {
  NotBuilt,
  NothingKept,
  RebuildInProgress,
  type RollbackFacts,
  type RollbackRefusal,
  RollbackRefused,
} from './errors.ts'
import { eventIdOf } from './failure.ts'
import { type By, readHistory } from './history.ts'
import { placeInLog } from './log-place.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { Taken, VerifyReport } from './projection-engine.ts'
import { Pursuit } from './pursuit.ts'
import { raiseEpoch, readCheckpoint } from './registry.ts'
import { schemaName } from './schema-name.ts'
import { dropKept, swapBack, vanish } from './swap.ts'
import { columnsLacking, columnsOf, versionOf } from './versions.ts'

/** What is done with tables beside the live ones: `family` is the newest version of this program. */
export interface TakeBack {
  readonly family: Projection
  readonly by: By | undefined
  readonly signal: AbortSignal
}

/**
 * Live and kept tables change places. The kept ones are brought to where the live ones are, whoever
 * followed them until now, so that no answer goes back in time.
 *
 * @throws RebuildInProgress, RollbackRefused
 */
export async function rollBack(parts: EngineParts, takeBack: TakeBack): Promise<Taken> {
  const { family, by, signal } = takeBack
  return alone(parts, family.name, async (client) => {
    const version = await versionToGoLive(parts, client, family)
    const { name } = family
    return pursuing(parts, client, version, signal, async (pursuit) => {
      const refuse = (reason: string) =>
        new RollbackRefused(name, 'ROLLBACK_VERSION_BEHIND', { version: version.version, reason })
      try {
        await pursuit.overtake((prepare) =>
          swapBack(client, {
            projection: name,
            epoch: pursuit.epoch,
            prepare,
            isRefused: (refused, back) => refused.version > back.version,
            done: { action: 'rolled_back', by, reason: undefined },
          }),
        )
      } catch (error) {
        throw eventIdOf(error) === undefined ? error : refuse((error as Error).message)
      }
      const out = await readCheckpoint(client, name, 'kept')
      if (out === undefined) throw new Error(`Projection ${name} lost what was live`)
      return { liveVersion: version.version, version: out.version, ordinal: out.ordinal }
    })
  })
}

/** Of the kept tables, if they may be read by this program's queries. @throws RollbackRefused */
async function versionToGoLive(
  { store }: EngineParts,
  client: pg.Client,
  family: Projection,
): Promise<Projection> {
  const { name } = family
  const refuse = (code: RollbackRefusal, facts?: RollbackFacts) =>
    new RollbackRefused(name, code, facts)
  const kept = await readCheckpoint(client, name, 'kept')
  if (kept === undefined) {
    const [last] = await readHistory(client, name, 1)
    if (last?.action !== 'dropped' || last.fromVersion === undefined)
      throw refuse('ROLLBACK_IMPOSSIBLE')
    throw refuse('ROLLBACK_VERSION_DROPPED', { version: last.fromVersion })
  }
  const { version } = kept
  const found = versionOf(family, kept, store.kind)
  if (found === undefined) throw refuse('ROLLBACK_VERSION_UNKNOWN', { version })
  const lacking = columnsLacking(family, columnsOf(found))
  if (lacking.length > 0) {
    throw refuse('ROLLBACK_VERSION_UNREADABLE', { version, columns: lacking.join(', ') })
  }
  if (kept.position !== (await placeInLog(store, kept.position))) {
    throw refuse('ROLLBACK_VERSION_BEHIND', { version, reason: 'they are of another log' })
  }
  return found
}

/** @throws RebuildInProgress, NothingKept */
export async function dropBeside(parts: EngineParts, { family, by }: TakeBack): Promise<Taken> {
  return alone(parts, family.name, async (client) => {
    const { name } = family
    const dropped = await dropKept(client, name, { action: 'dropped', by, reason: undefined })
    if (dropped === undefined) throw new NothingKept(name)
    await vanish(parts, client, name)
    const live = await readCheckpoint(client, name, 'live')
    return { liveVersion: live?.version, version: dropped.version, ordinal: dropped.ordinal }
  })
}

/** What a rollback would change. @throws RebuildInProgress, NothingKept, NotBuilt */
export async function compareBeside(
  parts: EngineParts,
  { family, signal }: TakeBack,
): Promise<VerifyReport> {
  return alone(parts, family.name, async (client) => {
    const { name } = family
    const kept = await readCheckpoint(client, name, 'kept')
    if (kept === undefined) throw new NothingKept(name)
    const version = versionOf(family, kept, parts.store.kind)
    if (version === undefined) throw new NotBuilt(name, 'kept')
    return pursuing(parts, client, version, signal, async (pursuit) => {
      await pursuit.untilNear()
      const compared = await compareWithLive(parts, client, pursuit, { family, maxFindings: 100 })
      if (compared === undefined) throw new NotBuilt(name)
      return { projection: name, version: version.version, ...compared }
    })
  })
}

/** Under the lock of whatever makes, compares or moves whole tables. */
async function alone<T>(
  parts: EngineParts,
  name: string,
  run: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = await parts.database.connect('engine', { name: 'daybook engine take back' })
  try {
    if (!(await tryLock(client, 'rebuild', name))) throw new RebuildInProgress(name)
    return await run(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Takes the kept tables over from whoever follows them, for as long as it takes. */
async function pursuing<T>(
  parts: EngineParts,
  client: pg.Client,
  projection: Projection,
  signal: AbortSignal,
  run: (pursuit: Pursuit) => Promise<T>,
): Promise<T> {
  const { name } = projection
  await takeOver(client, schemaName(name, 'kept'))
  const kept = await readCheckpoint(client, name, 'kept')
  const checkpoint = kept && (await raiseEpoch(client, name, 'kept', kept.fingerprint))
  if (checkpoint === undefined) throw new NothingKept(name)
  const pursuit = await Pursuit.open(parts, { projection, slot: 'kept', checkpoint, signal })
  try {
    return await run(pursuit)
  } finally {
    await pursuit.close()
  }
}

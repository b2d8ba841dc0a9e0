import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import { compareTables } from './compare.ts'
import { placeInLog } from './log-place.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { Comparison, Place } from './projection-engine.ts'
import type { Pursuit } from './pursuit.ts'
import { lockCheckpoint, readCheckpoint } from './registry.ts'
import { commonTables, versionOf } from './versions.ts'

/** How long a comparison waits for live tables that are behind the others. */
const PATIENCE_MS = 5000

export interface CompareOptions {
  /** The newest version, with those before it that the live tables may be of. */
  readonly family: Projection
  readonly maxFindings: number
  /** Run at the moment that is compared, on a connection that sees nothing else. */
  readonly alsoThen?: (snapshot: pg.Client) => Promise<void>
}

/**
 * Live tables and those of a pursuit side by side, at one position of the log; of two versions, what
 * both have. Undefined when the live tables hold nothing of this log, are of a version that this program
 * does not have, or stay behind.
 */
export async function compareWithLive(
  parts: EngineParts,
  client: pg.Client,
  pursuit: Pursuit,
  { family, maxFindings, alsoThen }: CompareOptions,
): Promise<Comparison | undefined> {
  const { projection, slot, signal } = pursuit
  const snapshot = await parts.database.connect('engine', { name: 'daybook engine compare' })
  try {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const live = await readCheckpoint(client, projection.name, 'live')
      const place = await placeInLog(parts.store, live?.position)
      const liveVersion = live && versionOf(family, live, parts.store.kind)
      if (place === undefined || liveVersion === undefined) return undefined
      await pursuit.reach(live)
      const pinned = await pinBoth(client, snapshot, pursuit)
      if (pinned !== undefined) {
        await alsoThen?.(snapshot)
        const common = commonTables(liveVersion, projection)
        const sides = [
          { client: snapshot, slot: 'live' },
          { client: snapshot, slot },
        ] as const
        const compared = await compareTables(common.projection, ...sides, maxFindings)
        const { notCompared } = common
        return { ...pinned, liveVersion: liveVersion.version, ...compared, notCompared }
      }
      if (performance.now() > end) return undefined
      await delay(50, undefined, { signal })
    }
  } finally {
    await snapshot.end().catch(() => undefined)
  }
}

/** Lets `snapshot` see both at the same position from here on; undefined when live is behind. */
async function pinBoth(
  client: pg.Client,
  snapshot: pg.Client,
  pursuit: Pursuit,
): Promise<Place | undefined> {
  await client.query('begin')
  try {
    const live = await lockCheckpoint(client, pursuit.projection.name, 'live')
    if (live?.position === undefined || pursuit.isPast(live.position)) return undefined
    await pursuit.reach(live)
    await snapshot.query('begin isolation level repeatable read read only')
    await snapshot.query('select 1')
    return { position: live.position, ordinal: live.ordinal }
  } finally {
    await client.query('rollback')
  }
}

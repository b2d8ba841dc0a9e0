import type pg from 'pg'
import type { EventStore } from '#log/event-store.ts'
import { tryLock } from './advisory-lock.ts'
import { compareTables } from './compare.ts'
import { fingerprint } from './definition.ts'
import { NotBuilt, RebuildInProgress } from './errors.ts'
import { foldLog } from './fold-log.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { VerifyOptions, VerifyReport } from './projection-engine.ts'
import { type Checkpoint, readCheckpoint } from './registry.ts'
import { RowMemory } from './row-memory.ts'
import { dropSchema } from './schema.ts'
import { ShadowTables } from './shadow-tables.ts'

/**
 * Holds live tables against the log: pins what they show at this moment, folds the log anew up to their
 * position into tables of its own, and compares. Reading what is pinned blocks nobody.
 *
 * @throws NotBuilt, RebuildInProgress, UnreadableEvent, FoldFailed
 */
export async function verifyProjection(
  parts: EngineParts,
  projection: Projection,
  { signal = new AbortController().signal, maxFindings = 100 }: VerifyOptions,
): Promise<VerifyReport> {
  const { database } = parts
  const pinned = await database.connect('engine', { name: 'daybook engine verify' })
  try {
    // A swap would leave the pinned moment without tables.
    if (!(await tryLock(pinned, 'rebuild', projection.name))) {
      throw new RebuildInProgress(projection.name)
    }
    const live = await pin(pinned, projection, parts.store.kind)
    const { position, ordinal } = live
    const shadow = await ShadowTables.open(projection, 'verify', {
      ...parts,
      memory: new RowMemory(parts.memoryBytes),
      kept: false,
    })
    try {
      if (position !== undefined) {
        await foldLog([shadow], { ...parts, signal, until: position })
      }
      const right = { client: await shadow.finish({ indexed: false }), slot: 'verify' } as const
      const compared = await compareTables(
        projection,
        { client: pinned, slot: 'live' },
        right,
        maxFindings,
      )
      return { projection: projection.name, version: live.version, position, ordinal, ...compared }
    } finally {
      await shadow.close()
      await dropSchema(database.engine, projection, 'verify')
    }
  } finally {
    await pinned.end().catch(() => undefined)
  }
}

async function pin(
  client: pg.Client,
  projection: Projection,
  log: EventStore['kind'],
): Promise<Checkpoint> {
  await client.query('begin isolation level repeatable read read only')
  const live = await readCheckpoint(client, projection.name, 'live')
  if (live?.fingerprint !== fingerprint(projection, log)) throw new NotBuilt(projection.name)
  return live
}

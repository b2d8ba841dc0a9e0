import type pg from 'pg'
import type { EventStore } from '#log/event-store.ts'
import { tryLock } from './advisory-lock.ts'
import { compareTables } from './compare.ts'
import { NotBuilt, RebuildInProgress } from './errors.ts'
import { foldLog } from './fold-log.ts'
import type { EngineParts } from './parts.ts'
import type { Projection } from './projection.ts'
import type { VerifyOptions, VerifyReport } from './projection-engine.ts'
import { type Checkpoint, readCheckpoint } from './registry.ts'
import { RowMemory } from './row-memory.ts'
import { dropSchema } from './schema.ts'
import type { FollowedSlot } from './schema-name.ts'
import { ShadowTables } from './shadow-tables.ts'
import { versionOf } from './versions.ts'

/**
 * Holds live or kept tables against the log: pins what they show at this moment, folds the log anew by
 * the folds of their version up to their position into tables of its own, and compares. Reading what is
 * pinned blocks nobody.
 *
 * @throws NotBuilt, RebuildInProgress, UnreadableEvent, FoldFailed
 */
export async function verifyProjection(
  parts: EngineParts,
  family: Projection,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const { signal = new AbortController().signal, maxFindings = 100, tables = 'live' } = options
  const { database } = parts
  const pinned = await database.connect('engine', { name: 'daybook engine verify' })
  try {
    // A swap would leave the pinned moment without tables.
    if (!(await tryLock(pinned, 'rebuild', family.name))) throw new RebuildInProgress(family.name)
    const { projection, checkpoint } = await pin(pinned, family, tables, parts.store.kind)
    const { position, ordinal, version } = checkpoint
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
        { client: pinned, slot: tables },
        right,
        maxFindings,
      )
      const place = { position, ordinal }
      const same = { liveVersion: version, notCompared: [] }
      return { projection: projection.name, version, ...place, ...same, ...compared }
    } finally {
      await shadow.close()
      await dropSchema(database.engine, projection.name, 'verify')
    }
  } finally {
    await pinned.end().catch(() => undefined)
  }
}

async function pin(
  client: pg.Client,
  family: Projection,
  slot: FollowedSlot,
  log: EventStore['kind'],
): Promise<{ readonly projection: Projection; readonly checkpoint: Checkpoint }> {
  await client.query('begin isolation level repeatable read read only')
  const checkpoint = await readCheckpoint(client, family.name, slot)
  const projection = checkpoint && versionOf(family, checkpoint, log)
  if (checkpoint === undefined || projection === undefined) throw new NotBuilt(family.name, slot)
  return { projection, checkpoint }
}

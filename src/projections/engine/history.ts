import type pg from 'pg'
import { type MaintenanceDone, noteMaintenance } from '#adapters/database/note-maintenance.ts'
import { unreachable } from '#domain/decider.ts'
import type { Comparison } from './projection-engine.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/** Who asks for something to be done; absent where the program does so by itself. */
export interface By {
  /** Absent for whoever works on the machine itself, by the command line. */
  readonly organisation?: string
  readonly actor: string
}

export type HistoryAction = 'rebuilt' | 'failed' | 'cancelled' | 'rolled_back' | 'dropped'

/** How tables compared, without their rows: those may hold what has to be erased one day. */
export type ComparedBriefly = Omit<Comparison, 'findings' | 'position'>

/** Something that was done with a projection's tables. */
export interface HistoryEntry {
  readonly projection: string
  /** UTC instant. */
  readonly at: string
  readonly action: HistoryAction
  readonly by: By | undefined
  /** Of the tables that were live before, or that were dropped. */
  readonly fromVersion: number | undefined
  /** Of the tables that are live after it, or that were being built. */
  readonly toVersion: number | undefined
  /** Of the log's last event in the tables that it is about. */
  readonly ordinal: number
  readonly compared: ComparedBriefly | undefined
  readonly reason: string | undefined
}

type Done = Omit<HistoryEntry, 'at' | 'compared'> & { readonly compared?: Comparison | undefined }

/** Writes down what was done, and lets it become an event, in the transaction that does it. */
export async function record(client: Queryable, entry: Done): Promise<void> {
  const { by, compared } = entry
  await client.query(
    `insert into daybook.projection_history
       (name, action, organisation, actor, from_version, to_version, ordinal, compared, reason)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      entry.projection,
      entry.action,
      by?.organisation ?? null,
      by?.actor ?? null,
      entry.fromVersion ?? null,
      entry.toVersion ?? null,
      entry.ordinal,
      compared === undefined ? null : JSON.stringify(briefly(compared)),
      entry.reason ?? null,
    ],
  )
  if (isFirstOfNothing(entry)) return
  await noteMaintenance(client, maintenanceOf(entry), by?.actor ?? null)
}

/** Tables that were made when there was nothing to fold were not made anew. */
function isFirstOfNothing({ action, fromVersion, ordinal }: Done): boolean {
  return action === 'rebuilt' && fromVersion === undefined && ordinal === 0
}

/** Why something failed stays in the history: it may hold what has to be erased one day. */
function maintenanceOf(entry: Done): MaintenanceDone {
  const { action, projection, ordinal, by } = entry
  const askedIn = by?.organisation
  const common = { projection, ordinal, ...(askedIn !== undefined && { askedIn }) }
  const [fromVersion, toVersion] = [entry.fromVersion ?? 0, entry.toVersion ?? 0]
  switch (action) {
    case 'rebuilt': {
      const before = entry.fromVersion === undefined ? {} : { fromVersion }
      return { type: 'ProjectionRebuilt', data: { ...common, ...before, toVersion } }
    }
    case 'failed':
      return { type: 'ProjectionRebuildFailed', data: { ...common, toVersion } }
    case 'cancelled':
      return { type: 'ProjectionRebuildCancelled', data: { ...common, toVersion } }
    case 'rolled_back':
      return { type: 'ProjectionRolledBack', data: { ...common, fromVersion, toVersion } }
    case 'dropped':
      return { type: 'ProjectionDropped', data: { ...common, fromVersion } }
    default:
      return unreachable(action)
  }
}

function briefly({
  equal,
  liveVersion,
  notCompared,
  ordinal,
  tables,
}: Comparison): ComparedBriefly {
  return { equal, liveVersion, notCompared, ordinal, tables }
}

interface HistoryRow {
  readonly name: string
  readonly at: string
  readonly action: HistoryAction
  readonly organisation: string | null
  readonly actor: string | null
  readonly from_version: number | null
  readonly to_version: number | null
  readonly ordinal: string
  readonly compared: ComparedBriefly | null
  readonly reason: string | null
}

/** The newest entries first; of all projections without a name. */
export async function readHistory(
  client: Queryable,
  name: string | undefined,
  limit: number,
): Promise<readonly HistoryEntry[]> {
  const { rows } = await client.query<HistoryRow>(
    `select name, at, action, organisation, actor, from_version, to_version, ordinal, compared, reason
     from daybook.projection_history where $1::text is null or name = $1
     order by id desc limit $2`,
    [name ?? null, limit],
  )
  return rows.map((row) => ({
    projection: row.name,
    at: row.at,
    action: row.action,
    by:
      row.actor === null
        ? undefined
        : row.organisation === null
          ? { actor: row.actor }
          : { organisation: row.organisation, actor: row.actor },
    fromVersion: row.from_version ?? undefined,
    toVersion: row.to_version ?? undefined,
    ordinal: Number(row.ordinal),
    compared: row.compared ?? undefined,
    reason: row.reason ?? undefined,
  }))
}

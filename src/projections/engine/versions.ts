import type { EventStore } from '#log/event-store.ts'
import { fingerprint, versionsOf } from './definition.ts'
import type { Projection } from './projection.ts'

/** The version that made the tables; undefined when this program has no folds for them. */
export function versionOf(
  projection: Projection,
  made: { readonly fingerprint: string },
  log: EventStore['kind'],
): Projection | undefined {
  return versionsOf(projection).find((one) => fingerprint(one, log) === made.fingerprint)
}

/**
 * The version that the live tables should be of: the newest, unless it was rolled back; then what is
 * live stays, if this program has it.
 */
export function wantedVersion(
  projection: Projection,
  rolledBackFrom: number | undefined,
  live: { readonly version: number } | undefined,
): Projection | undefined {
  if (rolledBackFrom === undefined || projection.version > rolledBackFrom) return projection
  return versionsOf(projection).find(({ version }) => version === live?.version)
}

/** Every column, as `table.column`. */
export function columnsOf({ tables }: Projection): ReadonlySet<string> {
  return new Set(
    tables.flatMap((table) =>
      Object.keys(table.columns).map((column) => `${table.name}.${column}`),
    ),
  )
}

/** Columns that the queries of a version read and tables lack; both as `table.column`. */
export function columnsLacking(
  queries: Projection,
  tables: ReadonlySet<string>,
): readonly string[] {
  return [...columnsOf(queries)].filter((column) => !tables.has(column))
}

/** What two versions can be compared in, and what stands in only one of them or under another key. */
export interface CommonTables {
  readonly projection: Projection
  /** Tables, and columns as `table.column`. */
  readonly notCompared: readonly string[]
}

export function commonTables(live: Projection, right: Projection): CommonTables {
  if (live === right) return { projection: right, notCompared: [] }
  const names = new Set([...live.tables, ...right.tables].map(({ name }) => name))
  const tables: Projection['tables'][number][] = []
  const notCompared: string[] = []
  for (const name of names) {
    const one = live.tables.find((table) => table.name === name)
    const other = right.tables.find((table) => table.name === name)
    if (one === undefined || other === undefined || one.key.join() !== other.key.join()) {
      notCompared.push(name)
      continue
    }
    const all = { ...one.columns, ...other.columns }
    const isCommon = (column: string) => column in one.columns && column in other.columns
    const [common, rest] = [true, false].map((wanted) =>
      Object.entries(all).filter(([column]) => isCommon(column) === wanted),
    )
    notCompared.push(...(rest ?? []).map(([column]) => `${name}.${column}`))
    tables.push({ ...other, columns: Object.fromEntries(common ?? []) })
  }
  return { projection: { ...right, tables }, notCompared }
}

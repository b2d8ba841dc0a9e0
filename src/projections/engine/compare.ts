import type pg from 'pg'
import type { Projection, Table } from './projection.ts'
import type { Comparison, Finding } from './projection-engine.ts'
import { columnNames, keyColumns, tableName } from './schema.ts'
import { quoted, type Slot } from './schema-name.ts'

/** One set of a projection's tables, and a connection that sees it at the wanted moment. */
export interface Side {
  readonly client: Pick<pg.ClientBase, 'query'>
  readonly slot: Slot
}

const BUCKETS = 1024
/** Rows of one side that are held in memory at once to find the differing ones. */
const ROWS_AT_ONCE = 20_000

interface Bucket {
  readonly rows: number
  readonly digest: string
}

/**
 * Compares two sets of the same tables, in the columns of the projection given. Both sides are digested by PostgreSQL, in buckets of rows
 * by the hash of their key; only the rows of buckets that differ are looked at one by one.
 */
export async function compareTables(
  projection: Projection,
  live: Side,
  right: Side,
  maxFindings: number,
): Promise<Pick<Comparison, 'equal' | 'tables' | 'findings'>> {
  const tables = []
  const findings: Finding[] = []
  for (const table of projection.tables) {
    const [liveBuckets, rightBuckets] = await Promise.all([
      digest(projection, table, live),
      digest(projection, table, right),
    ])
    const differing = differingBuckets(liveBuckets, rightBuckets)
    let found = 0
    for (const buckets of inGroups(differing, liveBuckets, rightBuckets)) {
      const [liveRows, rightRows] = await Promise.all([
        readRows(projection, table, live, buckets),
        readRows(projection, table, right, buckets),
      ])
      for (const finding of differences(table, liveRows, rightRows)) {
        found += 1
        if (findings.length < maxFindings) findings.push(finding)
      }
    }
    const rows = [...rightBuckets.values()].reduce((sum, bucket) => sum + bucket.rows, 0)
    tables.push({ table: table.name, rows, findings: found })
  }
  return { equal: tables.every((table) => table.findings === 0), tables, findings }
}

/** The row's key, the same text on both sides. */
function keyExpression(table: Table): string {
  return textOf(keyColumns(table))
}

/** The whole row, or what of it is compared: the columns of two versions may stand in another order. */
function rowExpression(table: Table): string {
  return textOf(columnNames(table))
}

function textOf(columns: readonly string[]): string {
  return `row(${columns.map((column) => `t.${quoted(column)}`).join(', ')})::text`
}

function bucketExpression(table: Table): string {
  return `(hashtextextended(${keyExpression(table)}, 0) & ${BUCKETS - 1})::integer`
}

async function digest(
  projection: Projection,
  table: Table,
  side: Side,
): Promise<ReadonlyMap<number, Bucket>> {
  const { rows } = await side.client.query<{ bucket: number; rows: string; digest: string }>(
    `select ${bucketExpression(table)} as bucket, count(*) as rows,
       sum(hashtextextended(${rowExpression(table)}, 0))::text as digest
     from ${tableName(projection, side.slot, table)} t group by 1`,
  )
  return new Map(
    rows.map((row) => [row.bucket, { rows: Number(row.rows), digest: row.digest }] as const),
  )
}

function differingBuckets(
  live: ReadonlyMap<number, Bucket>,
  right: ReadonlyMap<number, Bucket>,
): readonly number[] {
  const all = new Set([...live.keys(), ...right.keys()])
  return [...all].filter((bucket) => {
    const a = live.get(bucket)
    const b = right.get(bucket)
    return a?.rows !== b?.rows || a?.digest !== b?.digest
  })
}

function* inGroups(
  buckets: readonly number[],
  live: ReadonlyMap<number, Bucket>,
  right: ReadonlyMap<number, Bucket>,
): Generator<readonly number[]> {
  let group: number[] = []
  let rows = 0
  for (const bucket of buckets) {
    group.push(bucket)
    rows += Math.max(live.get(bucket)?.rows ?? 0, right.get(bucket)?.rows ?? 0)
    if (rows < ROWS_AT_ONCE) continue
    yield group
    group = []
    rows = 0
  }
  if (group.length > 0) yield group
}

type TextRow = Readonly<Record<string, string | null>>

/** Rows by key, each column as PostgreSQL writes it. */
async function readRows(
  projection: Projection,
  table: Table,
  side: Side,
  buckets: readonly number[],
): Promise<ReadonlyMap<string, readonly TextRow[]>> {
  const columns = columnNames(table).map(
    (column) => `t.${quoted(column)}::text as ${quoted(column)}`,
  )
  const { rows } = await side.client.query<TextRow>(
    `select ${columns.join(', ')} from ${tableName(projection, side.slot, table)} t
     where ${bucketExpression(table)} = any($1::integer[])`,
    [buckets],
  )
  return Map.groupBy(rows, (row) => JSON.stringify(keyColumns(table).map((column) => row[column])))
}

function* differences(
  table: Table,
  live: ReadonlyMap<string, readonly TextRow[]>,
  right: ReadonlyMap<string, readonly TextRow[]>,
): Generator<Finding> {
  for (const key of new Set([...live.keys(), ...right.keys()])) {
    const liveRows = live.get(key) ?? []
    const rightRows = right.get(key) ?? []
    // More than one row of a key can only stand in tables whose key was taken off by hand.
    for (let at = 0; at < Math.max(liveRows.length, rightRows.length); at += 1) {
      const finding = difference(table, liveRows[at], rightRows[at])
      if (finding !== undefined) yield finding
    }
  }
}

function difference(
  table: Table,
  live: TextRow | undefined,
  right: TextRow | undefined,
): Finding | undefined {
  const row = live ?? right
  if (row === undefined) return undefined
  const key = Object.fromEntries(keyColumns(table).map((column) => [column, row[column] ?? '']))
  const columns = columnNames(table)
    .filter((column) => live?.[column] !== right?.[column])
    .filter((column) => !(column in key))
    .map((column) => ({
      column,
      live: live?.[column] ?? null,
      right: right?.[column] ?? null,
    }))
  if (live === undefined) return { table: table.name, key, kind: 'missing', columns }
  if (right === undefined) return { table: table.name, key, kind: 'unexpected', columns }
  return columns.length === 0 ? undefined : { table: table.name, key, kind: 'changed', columns }
}

import pg from 'pg'
import type { Projection, Table } from './projection.ts'
import { quoted, type Slot, schemaName } from './schema-name.ts'

type Queryable = Pick<pg.ClientBase, 'query'>

/** `schema.table` for SQL. */
export function tableName(projection: Projection, slot: Slot, table: Table): string {
  return `${quoted(schemaName(projection.name, slot))}.${quoted(table.name)}`
}

/** The columns of a table in their order, `organisation` first. */
export function columnNames(table: Table): readonly string[] {
  return ['organisation', ...Object.keys(table.columns)]
}

/** The columns that make a row one, `organisation` first. */
export function keyColumns(table: Table): readonly string[] {
  return ['organisation', ...table.key]
}

/** Type of a column for SQL, with the collation that texts in keys have. */
export function columnType(table: Table, column: string): string {
  if (column === 'organisation') return 'text collate "C"'
  const type = table.columns[column]?.type ?? 'text'
  return type === 'text' && table.key.includes(column) ? 'text collate "C"' : type
}

/**
 * Makes an empty schema with the projection's tables and nothing that would slow down filling them. One
 * that was left there by an earlier attempt goes first.
 *
 * `kept: false` makes tables that a crash of the server empties, and that cost it half the writing.
 */
export async function createTables(
  client: Queryable,
  projection: Projection,
  slot: Slot,
  { kept = true } = {},
): Promise<void> {
  const schema = quoted(schemaName(projection.name, slot))
  const statements = [`drop schema if exists ${schema} cascade`, `create schema ${schema}`]
  for (const table of projection.tables) {
    const columns = columnNames(table).map((name) => {
      const nullable = table.columns[name]?.nullable === true
      return `${quoted(name)} ${columnType(table, name)}${nullable ? '' : ' not null'}`
    })
    statements.push(
      `create ${kept ? '' : 'unlogged '}table ${tableName(projection, slot, table)} (${columns.join(', ')})${
        // Room on each page, so that a row that changes need not move in every index.
        table.insertOnly === true ? '' : ' with (fillfactor = 85)'
      }`,
    )
  }
  await client.query(statements.join(';\n'))
}

/** Adds a table's key and indexes, and tells the planner what is in it. */
export async function indexTable(
  client: Queryable,
  projection: Projection,
  slot: Slot,
  table: Table,
): Promise<void> {
  const name = tableName(projection, slot, table)
  await client.query(`alter table ${name} add primary key (${listed(keyColumns(table))})`)
  for (const index of table.indexes ?? []) {
    const parts = index.map((part) => (part in table.columns ? quoted(part) : part))
    await client.query(`create index on ${name} (organisation, ${parts.join(', ')})`)
  }
  await client.query(`analyze ${name}`)
}

/**
 * Makes indexed tables a read model: the projection's own SQL, row-level security and the readers'
 * rights.
 */
export async function publishTables(
  client: Queryable,
  projection: Projection,
  slot: Slot,
): Promise<void> {
  await runOwnSql(client, projection, slot)
  await client.query(`select daybook.publish_schema($1)`, [schemaName(projection.name, slot)])
}

/** All of that, for tables that are filled or stay empty. */
export async function finishTables(
  client: Queryable,
  projection: Projection,
  slot: Slot,
): Promise<void> {
  for (const table of projection.tables) await indexTable(client, projection, slot, table)
  await publishTables(client, projection, slot)
}

async function runOwnSql(client: Queryable, projection: Projection, slot: Slot): Promise<void> {
  if (projection.sql === undefined) return
  await client.query(forSchema(projection.sql, projection, slot))
  const { rows } = await client.query<{ name: string }>(
    `select proname as name from pg_proc
      where pronamespace = $1::regnamespace and prosrc ~ ('\\m' || $2 || '\\M')`,
    [quoted(schemaName(projection.name, slot)), schemaName(projection.name, slot)],
  )
  if (rows[0] !== undefined) {
    throw new Error(
      `The body of ${projection.name}.${rows[0].name} names its schema, which is renamed when it goes live: ` +
        'write the body as SQL (begin atomic) or use transition tables',
    )
  }
}

/** The projection's SQL with `:schema` filled in. */
export function forSchema(sql: string, projection: Projection, slot: Slot): string {
  return sql.replaceAll(/(?<!:):schema\b/g, quoted(schemaName(projection.name, slot)))
}

export async function dropSchema(client: Queryable, projection: string, slot: Slot): Promise<void> {
  await client.query(`drop schema if exists ${quoted(schemaName(projection, slot))} cascade`)
}

/** How many bytes the tables of each schema take, with their indexes. */
export async function readSizes(
  client: Queryable,
  schemas: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (schemas.length === 0) return new Map()
  const { rows } = await client.query<{ schema: string; bytes: string }>(
    `select n.nspname as schema, coalesce(sum(pg_total_relation_size(c.oid)), 0) as bytes
     from pg_namespace n left join pg_class c on c.relnamespace = n.oid and c.relkind = 'r'
     where n.nspname = any($1) group by 1`,
    [schemas],
  )
  return new Map(rows.map(({ schema, bytes }) => [schema, Number(bytes)]))
}

/** The columns that the live tables have, as `table.column`, by projection. */
export async function readColumns(
  client: Queryable,
  projections: readonly Projection[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  if (projections.length === 0) return new Map()
  const { rows } = await client.query<{ name: string; columns: readonly string[] }>(
    `select n.nspname as name, array_agg(c.relname || '.' || a.attname) as columns
     from pg_namespace n join pg_class c on c.relnamespace = n.oid and c.relkind = 'r'
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where n.nspname = any($1) group by 1`,
    [projections.map(({ name }) => schemaName(name, 'live'))],
  )
  return new Map(rows.map(({ name, columns }) => [name, new Set(columns)]))
}

/** Quoted names with commas. */
export function listed(names: readonly string[]): string {
  return names.map(quoted).join(', ')
}

/** A text for SQL. */
export const literal = pg.escapeLiteral

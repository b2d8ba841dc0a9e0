import type pg from 'pg'
import { type Format, type Summary, writeHashedLines } from '#log/hashed-lines.ts'
import { tablesDecided } from './tables.ts'

/** One row of a table that is kept row by row. */
export interface TableRow {
  /** `schema.table`. */
  readonly table: string
  readonly row: object
}

/** What the tables of a file of rows are decided to be, and its form. */
export interface RowsFile {
  readonly decision: 'records' | 'credentials'
  readonly format: Format
}

export const RECORDS: RowsFile = {
  decision: 'records',
  format: { format: 'daybook records', version: 1 },
}

export const CREDENTIALS: RowsFile = {
  decision: 'credentials',
  format: { format: 'daybook credentials', version: 1 },
}

const PAGE = 1000

/** Every row of those tables as JSON lines (log/hashed-lines.ts), all of one moment. */
export function exportRows(
  engine: pg.Pool,
  { decision, format }: RowsFile,
  counts: Map<string, number>,
): AsyncGenerator<string, Summary> {
  return writeHashedLines(format, pages(engine, tablesDecided(decision), counts))
}

async function* pages(
  engine: pg.Pool,
  tables: readonly string[],
  counts: Map<string, number>,
): AsyncGenerator<readonly TableRow[]> {
  const client = await engine.connect()
  try {
    await client.query('begin isolation level repeatable read, read only')
    for (const table of tables) {
      counts.set(table, 0)
      await client.query(
        `declare kept no scroll cursor for select row_to_json(t) as row from ${table} t`,
      )
      for (;;) {
        const { rows } = await client.query<{ row: object }>(`fetch ${PAGE} from kept`)
        if (rows.length === 0) break
        counts.set(table, (counts.get(table) ?? 0) + rows.length)
        yield rows.map(({ row }) => ({ table, row }))
      }
      await client.query('close kept')
    }
    await client.query('commit')
  } finally {
    // A transaction that was broken off ends with its session.
    client.release(true)
  }
}

/** Puts rows back as they were, and lets numbers go on after the highest. */
export async function insertRows(
  client: pg.ClientBase,
  rows: AsyncIterable<TableRow>,
): Promise<void> {
  const tables = new Set<string>()
  let page: TableRow[] = []
  const flush = async (): Promise<void> => {
    const [first] = page
    if (first !== undefined) await insertPage(client, first.table, page)
    page = []
  }
  for await (const row of rows) {
    if (page.length === PAGE || (page[0] !== undefined && page[0].table !== row.table))
      await flush()
    page.push(row)
    tables.add(row.table)
  }
  await flush()
  for (const table of tables) await setSequences(client, table)
}

async function insertPage(
  client: pg.ClientBase,
  table: string,
  rows: readonly TableRow[],
): Promise<void> {
  await client.query(
    `insert into ${table} overriding system value
     select * from json_populate_recordset(null::${table}, $1)`,
    [JSON.stringify(rows.map(({ row }) => row))],
  )
}

async function setSequences(client: pg.ClientBase, table: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = $1::regclass and attidentity <> ''`,
    [table],
  )
  for (const { name } of rows) {
    await client.query(
      `select setval(pg_get_serial_sequence($1, $2), max(${name})) from ${table} having max(${name}) is not null`,
      [table, name],
    )
  }
}

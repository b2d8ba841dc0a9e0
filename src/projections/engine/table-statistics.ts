import type pg from 'pg'
import type { TableChanges } from './live-statements.ts'
import type { Projection, Table } from './projection.ts'
import { tableName } from './schema.ts'
import { type Slot, schemaName } from './schema-name.ts'

/** So few rows are found at once, however they are looked for. */
const FEW_ROWS = 100

/**
 * Keeps PostgreSQL's statistics in step with tables that grow faster than it looks at them by itself:
 * each is analysed when as much was written as it held before. In a table that is believed to be small
 * any index that begins with the organisation seems as good as the key.
 */
export class TableStatistics {
  readonly #projection: Projection
  readonly #slot: Slot
  /** Rows when the table was analysed last, and rows written since. */
  readonly #sizes: Map<string, { known: number; since: number }>

  private constructor(projection: Projection, slot: Slot, sizes: ReadonlyMap<string, number>) {
    this.#projection = projection
    this.#slot = slot
    this.#sizes = new Map(
      projection.tables.map(({ name }) => [name, { known: sizes.get(name) ?? 0, since: 0 }]),
    )
  }

  static async open(
    client: pg.Client,
    projection: Projection,
    slot: Slot,
  ): Promise<TableStatistics> {
    const { rows } = await client.query<{ name: string; rows: number }>(
      `select relname as name, greatest(reltuples, 0)::float8 as rows from pg_class
       where relnamespace = $1::regnamespace and relkind = 'r'`,
      [schemaName(projection.name, slot)],
    )
    return new TableStatistics(projection, slot, new Map(rows.map((row) => [row.name, row.rows])))
  }

  /** Analyses what has grown too much by these changes, which are written already. */
  async follow(client: pg.Client, changes: readonly TableChanges[]): Promise<void> {
    const grown = changes.filter(({ table, written }) => this.#hasGrown(table, written.length))
    for (const { table } of grown) {
      await client.query(`analyze ${tableName(this.#projection, this.#slot, table)}`)
    }
  }

  #hasGrown({ name }: Table, written: number): boolean {
    const size = this.#sizes.get(name)
    if (size === undefined) return false
    size.since += written
    if (size.since <= size.known + FEW_ROWS) return false
    size.known += size.since
    size.since = 0
    return true
  }
}

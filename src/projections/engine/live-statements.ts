import { clearText, type Emptied } from './erased-rows.ts'
import type { Projection, Row, Table } from './projection.ts'
import { columnNames, columnType, keyColumns, listed, literal, tableName } from './schema.ts'
import { quoted, type Slot, schemaName } from './schema-name.ts'

/** A statement that PostgreSQL keeps prepared under its name. */
export interface Prepared {
  readonly name: string
  readonly text: string
}

/** What a batch changes in one table. Rows have their `organisation`. */
export interface TableChanges {
  readonly table: Table
  readonly written: readonly Row[]
  /** Keys of rows to delete. */
  readonly deleted: readonly Row[]
}

/** The statements that serve one schema; made once each. */
export class LiveStatements {
  readonly #projection: Projection
  readonly #slot: Slot
  readonly #made = new Map<string, Prepared>()

  constructor(projection: Projection, slot: Slot) {
    this.#projection = projection
    this.#slot = slot
  }

  /**
   * The rows of a table with the given keys: one array per part of the key, `organisation` first.
   * Values come as the connection's parsers give them, which is how folds wrote them.
   *
   * A row is looked up for each key (a limit keeps the planner from turning the join around): statistics
   * of a table that held nothing when it was analysed would have every key compared with every row.
   */
  load(table: Table): Prepared {
    return this.#once(`load ${this.#slot} ${table.name}`, () => {
      const keys = keyColumns(table)
      const arrays = keys.map((name, at) => `$${at + 1}::${plainType(table, name)}[]`)
      const same = keys.map(
        (name) => `t.${quoted(name)} = k.${quoted(name)}${collation(table, name)}`,
      )
      return `select r.* from unnest(${arrays.join(', ')}) as k(${listed(keys)})
        cross join lateral (
          select * from ${tableName(this.#projection, this.#slot, table)} t
          where ${same.join(' and ')} limit 1
        ) r`
    })
  }

  /**
   * One statement for everything that a batch changes, the checkpoint first: it answers one row when
   * the checkpoint was where the writer thought, under the writer's epoch, and otherwise writes nothing
   * at all and answers none. As a single statement it needs no transaction around it, and its triggers
   * see every row of a table at once.
   *
   * Parameters: epoch, previous position, new position, ordinal, recorded at, contexts, then the parts.
   */
  write(changes: readonly TableChanges[]): Prepared {
    const parts = changes.flatMap(({ table, written, deleted }) => [
      ...(written.length > 0 ? [{ table, name: `w${this.#place(table)}`, make: writePart }] : []),
      ...(deleted.length > 0 ? [{ table, name: `d${this.#place(table)}`, make: deletePart }] : []),
    ])
    const names = parts.map((part) => part.name).join('')
    return this.#once(`write ${this.#slot} ${names}`, () => {
      const schema = literal(schemaName(this.#projection.name, this.#slot))
      const ctes = parts.map(({ table, name, make }, at) => {
        const target = tableName(this.#projection, this.#slot, table)
        return `${name} as (${make(target, table, `$${FIRST_PART + at}`)})`
      })
      return `with ${[checkpointPart(schema), contextsPart, ...ctes].join(',\n')}
        select schema_name from advanced`
    })
  }

  /** Empties what was written of the subjects `$2` of organisation `$1`. */
  clear(table: Table, emptied: Emptied): Prepared {
    return this.#once(`clear ${this.#slot} ${table.name}`, () =>
      clearText(tableName(this.#projection, this.#slot, table), emptied),
    )
  }

  #place(table: Table): number {
    return this.#projection.tables.indexOf(table)
  }

  #once(name: string, make: () => string): Prepared {
    let made = this.#made.get(name)
    if (made === undefined) this.#made.set(name, (made = { name, text: make() }))
    return made
  }
}

const FIRST_PART = 7

const checkpointPart = (schema: string): string => `advanced as (
  update daybook.projection set position = $3, ordinal = $4, recorded_at = $5
  where schema_name = ${schema} and epoch = $1::bigint and position is not distinct from $2::text
  returning schema_name)`

const contextsPart = `contexts as (
  insert into daybook.projection_context (schema_name, organisation, ordinal, context)
  select schema_name, organisation, ordinal, context
  from advanced, json_to_recordset($6::json) as c(organisation text, ordinal bigint, context json)
  on conflict (schema_name, organisation)
  do update set ordinal = excluded.ordinal, context = excluded.context)`

/** The values of a write statement's parts, in their order. */
export function partValues(changes: readonly TableChanges[]): readonly string[] {
  return changes.flatMap(({ written, deleted }) => [
    ...(written.length > 0 ? [JSON.stringify(written)] : []),
    ...(deleted.length > 0 ? [JSON.stringify(deleted)] : []),
  ])
}

function writePart(target: string, table: Table, rows: string): string {
  const columns = columnNames(table)
  const insert = `insert into ${target} (${listed(columns)})
    select ${columns.map((column) => `r.${quoted(column)}`).join(', ')}
    from advanced, json_populate_recordset(null::${target}, ${rows}::json) r`
  if (table.insertOnly === true) return insert
  const others = columns.filter((column) => !keyColumns(table).includes(column))
  const update = others.map((column) => `${quoted(column)} = excluded.${quoted(column)}`)
  return `${insert} on conflict (${listed(keyColumns(table))}) do ${
    update.length === 0 ? 'nothing' : `update set ${update.join(', ')}`
  }`
}

function deletePart(target: string, table: Table, keys: string): string {
  const same = keyColumns(table).map((column) => `t.${quoted(column)} = r.${quoted(column)}`)
  return `delete from ${target} t
    using advanced, json_populate_recordset(null::${target}, ${keys}::json) r
    where ${same.join(' and ')}`
}

function plainType(table: Table, column: string): string {
  return columnType(table, column).replace(' collate "C"', '')
}

function collation(table: Table, column: string): string {
  return columnType(table, column).endsWith('collate "C"') ? ' collate "C"' : ''
}

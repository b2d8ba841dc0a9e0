import {
  type KyselyPlugin,
  OperationNodeTransformer,
  type QueryId,
  type RawNode,
  sql,
  type TableNode,
} from 'kysely'
import { ERASED, MASKED } from '#domain/event-schema.ts'
import { type Sight, shown } from '#log/sight.ts'
import { projections } from './all.ts'
import type { Table } from './engine/projection.ts'
import type { Finding } from './engine/projection-engine.ts'

/** The tables with a personal column, by their names in SQL. */
const personalTables: ReadonlyMap<string, Table> = new Map(
  projections.flatMap(({ name, tables }) =>
    tables
      .filter(({ columns }) =>
        Object.values(columns).some(({ personal }) => personal !== undefined),
      )
      .map((table): [string, Table] => [`${name}.${table.name}`, table]),
  ),
)

/**
 * Queries through it find masks in place of whatever is personal and not the reader's to see. PostgreSQL
 * itself puts them there: so no condition and no order of a query can tell what is behind them.
 */
export function maskedRows(sight: Sight): KyselyPlugin {
  const masks = new Masks(sight)
  return {
    transformQuery: ({ node, queryId }) => masks.transformNode(node, queryId),
    transformResult: async ({ result }) => result,
  }
}

class Masks extends OperationNodeTransformer {
  readonly #sight: Sight

  constructor(sight: Sight) {
    super()
    this.#sight = sight
  }

  protected override transformTable(node: TableNode): TableNode {
    const { schema, identifier } = node.table
    const name = `${schema?.name}.${identifier.name}`
    const table = personalTables.get(name)
    if (table === undefined) return node
    const { sees } = this.#sight
    return sees === 'everybody' ? node : masked(name, table, sees)
  }

  /** @throws Error where SQL names such a table itself, and nothing could be put in its place. */
  protected override transformRaw(node: RawNode, queryId?: QueryId): RawNode {
    const text = node.sqlFragments.join(' ? ').replaceAll('"', '')
    for (const [name] of text.matchAll(/\w+\.\w+/g)) {
      if (personalTables.has(name)) {
        throw new Error(`A query must name ${name} by sql.table(), so that it can be masked`)
      }
    }
    return super.transformRaw(node, queryId)
  }
}

/** Stands where a table's name would. */
function masked(name: string, table: Table, sees: ReadonlySet<string>): TableNode {
  const columns = Object.entries(table.columns).map(([column, { personal }]) => {
    const value = sql.id(column)
    if (personal === undefined) return value
    return sql`case when ${value} is null or ${value} = ${sql.lit(ERASED)}
      or ${sql.id(personal)} = any(${[...sees]}::text[]) then ${value} else ${sql.lit(MASKED)} end as ${value}`
  })
  const select = sql`(select organisation, ${sql.join(columns)} from ${sql.table(name)})`
  return select.toOperationNode() as never
}

/** A row that differs, as a reader sees it: of its columns only the key says whose they are. */
export function seenFinding(projection: string, finding: Finding, sight: Sight): Finding {
  const table = personalTables.get(`${projection}.${finding.table}`)
  if (table === undefined) return finding
  const columns = finding.columns.map((one) => {
    const { personal } = table.columns[one.column] ?? {}
    if (personal === undefined) return one
    const subject = finding.key[personal]
    return {
      ...one,
      live: shown(sight, subject, one.live),
      right: shown(sight, subject, one.right),
    }
  })
  return { ...finding, columns }
}

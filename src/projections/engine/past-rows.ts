import { initialContext, type OrganisationContext, evolveContext } from './organisation-context.ts'
import type { FoldedEvent, Projection, Row, Table, TableOf } from './projection.ts'
import { foldEvent, type Routes, type Rows, routesOf } from './routing.ts'
import { keyText } from './row-key.ts'

/**
 * Rows of one organisation folded again from some of its events, by the same folds as the tables
 * themselves: the row of a key is as it was after the last of them, when all that made it are among
 * them. The organisation's context is folded along, from the settings events, which must be given too.
 */
export class PastRows {
  readonly #routes: Routes
  readonly #tables: ReadonlyMap<Table, RowsInMemory>
  #context: OrganisationContext = initialContext
  #organisation = ''

  constructor(projections: readonly Projection[]) {
    this.#routes = routesOf(projections)
    this.#tables = new Map(
      projections.flatMap(({ tables }) =>
        tables.map((table): [Table, RowsInMemory] => [table, new RowsInMemory(table)]),
      ),
    )
  }

  /** In the order of the log. @throws FoldFailed */
  fold(event: FoldedEvent): void {
    this.#organisation = event.metadata.organisation
    this.#context = evolveContext(this.#context, event)
    for (const route of this.#routes.get(event.type) ?? []) {
      foldEvent(route, event, this.#context, this.#rowsOf(route.table))
    }
  }

  /** The row of a key, which names all columns of the table's key. */
  row<R extends Row>(table: TableOf<R>, key: Row): R | undefined {
    const row = this.#rowsOf(table).get(keyText(this.#organisation, table.key, key))
    return row as R | undefined
  }

  /** All that came to be, complete or not, in the order in which they did. */
  rows<R extends Row>(table: TableOf<R>): readonly R[] {
    return [...this.#rowsOf(table).values()] as unknown as readonly R[]
  }

  #rowsOf(table: Table): RowsInMemory {
    const rows = this.#tables.get(table)
    if (rows === undefined) throw new Error(`${table.name} is of no projection that is folded`)
    return rows
  }
}

class RowsInMemory implements Rows {
  readonly #table: Table
  readonly #rows = new Map<string, Row>()

  constructor(table: Table) {
    this.#table = table
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  set(key: string, row: Row | undefined): void {
    if (row === undefined) this.#rows.delete(key)
    else this.#rows.set(key, row)
  }

  insert(organisation: string, row: Row): void {
    this.#rows.set(keyText(organisation, this.#table.key, row), row)
  }

  values(): Iterable<Row> {
    return this.#rows.values()
  }
}

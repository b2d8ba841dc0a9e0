import { emptiedOf, withoutErased } from './erased-rows.ts'
import type { TableChanges } from './live-statements.ts'
import type { Row, Table } from './projection.ts'
import type { Rows } from './routing.ts'
import { keyText } from './row-key.ts'

/** The rows of one table that a batch touches: loaded once, folded in memory, written once. */
export class LiveRows implements Rows {
  readonly table: Table
  readonly #keys = new Map<string, Row>()
  readonly #rows = new Map<string, Row>()
  readonly #found = new Set<string>()
  readonly #changed = new Set<string>()
  /** Rows of a table that is insert-only: a key that comes twice is PostgreSQL's to refuse. */
  readonly #inserted: Row[] = []

  constructor(table: Table) {
    this.table = table
  }

  want(organisation: string, key: Row): void {
    const text = keyText(organisation, this.table.key, key)
    if (!this.#keys.has(text)) this.#keys.set(text, { organisation, ...key })
  }

  get isWanted(): boolean {
    return this.#keys.size > 0
  }

  /** The keys wanted, an array for each part, organisation first. */
  wanted(): readonly (readonly unknown[])[] {
    const keys = [...this.#keys.values()]
    return ['organisation', ...this.table.key].map((part) => keys.map((key) => key[part]))
  }

  loaded(rows: readonly Row[]): void {
    for (const { organisation, ...row } of rows) {
      const text = keyText(organisation as string, this.table.key, row)
      this.#rows.set(text, row)
      this.#found.add(text)
    }
  }

  get(key: string): Row | undefined {
    return this.#rows.get(key)
  }

  set(key: string, row: Row | undefined): void {
    if (row === undefined) this.#rows.delete(key)
    else this.#rows.set(key, row)
    this.#changed.add(key)
  }

  insert(organisation: string, row: Row): void {
    this.#inserted.push({ organisation, ...row })
  }

  /** Empties what was written of subjects that are erased by now. */
  clear(erased: ReadonlyMap<string, ReadonlySet<string>>): void {
    const emptied = emptiedOf(this.table)
    if (emptied === undefined || erased.size === 0) return
    for (const [at, row] of this.#inserted.entries()) {
      this.#inserted[at] = withoutErased(emptied, String(row['organisation']), row, erased)
    }
    for (const key of this.#changed) {
      const row = this.#rows.get(key)
      const organisation = String(this.#keys.get(key)?.['organisation'])
      if (row === undefined) continue
      this.#rows.set(key, withoutErased(emptied, organisation, row, erased))
    }
  }

  changes(): TableChanges {
    const written = [...this.#inserted]
    const deleted: Row[] = []
    for (const key of this.#changed) {
      const row = this.#rows.get(key)
      const identity = this.#keys.get(key)
      if (row !== undefined) written.push({ ...identity, ...row })
      else if (identity !== undefined && this.#found.has(key)) deleted.push(identity)
    }
    return { table: this.table, written, deleted }
  }
}

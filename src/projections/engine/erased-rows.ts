import type { FoldedEvent, Row, Table } from './projection.ts'
import { quoted } from './schema-name.ts'

/**
 * Columns of tables that hold what was written of somebody are emptied once their key was destroyed. It
 * does not matter when: a row that is folded after that is empty there anyway. Subjects are known by their
 * ids alone, whatever they are, as their keys are.
 */

/** What of a table is emptied, and the column that says whose it is. */
export interface Emptied {
  readonly subject: string
  readonly columns: readonly string[]
}

/** Undefined where nothing is: a personal column that is never null is up to its fold. */
export function emptiedOf(table: Table): Emptied | undefined {
  const personal = Object.entries(table.columns).filter(
    ([, column]) => column.personal !== undefined && column.nullable === true,
  )
  const subject = personal[0]?.[1].personal
  return subject === undefined ? undefined : { subject, columns: personal.map(([name]) => name) }
}

/** Whose rows are to be emptied: ids of subjects by organisation. */
export class ErasedSubjects {
  readonly #ids = new Map<string, Set<string>>()

  add({ type, data, metadata }: FoldedEvent): void {
    if (type !== 'PersonalTextsErased') return
    const { organisation } = metadata
    const ids = this.#ids.get(organisation) ?? new Set()
    for (const id of [data.customerId, ...data.subjects.map(({ id }) => id)]) ids.add(id)
    this.#ids.set(organisation, ids)
  }

  get byOrganisation(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#ids
  }
}

/** A row without what was written of its subject, when that is one of these. */
export function withoutErased(
  { subject, columns }: Emptied,
  organisation: string,
  row: Row,
  erased: ReadonlyMap<string, ReadonlySet<string>>,
): Row {
  if (erased.get(organisation)?.has(String(row[subject])) !== true) return row
  return { ...row, ...Object.fromEntries(columns.map((column) => [column, null])) }
}

/** Empties the rows of subjects `$2` of organisation `$1`. */
export function clearText(target: string, { subject, columns }: Emptied): string {
  const { set, some } = clearing(columns)
  return `update ${target} t set ${set}
    where t.organisation = $1 and t.${quoted(subject)} = any($2::text[]) and (${some})`
}

/** Empties the rows of every subject whose key was destroyed since `$1`. */
export function clearDestroyedText(target: string, { subject, columns }: Emptied): string {
  const { set, some } = clearing(columns)
  return `update ${target} t set ${set}
    from daybook.subject_key k
    where k.destroyed_at >= $1::timestamptz
      and k.subject = t.organisation || '/' || t.${quoted(subject)} and (${some})`
}

function clearing(columns: readonly string[]): { readonly set: string; readonly some: string } {
  return {
    set: columns.map((column) => `${quoted(column)} = null`).join(', '),
    some: columns.map((column) => `t.${quoted(column)} is not null`).join(' or '),
  }
}

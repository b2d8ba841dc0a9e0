import type { Row, Table } from './projection.ts'

/** Between the parts of a key's text. PostgreSQL allows it in no text, so it cannot stand in a part. */
const SEPARATOR = '\u0000'

/** A row's identity within a table, organisation first, as one string to find it by. */
export function keyText(organisation: string, columns: readonly string[], key: Row): string {
  let text = organisation
  for (const column of columns) text += SEPARATOR + plainPart(key[column])
  return text
}

// A part that is missing is found by `checkKey`, which every row and its key pass.
function plainPart(part: unknown): string {
  return typeof part === 'string' ? part : String(part)
}

export function organisationOf(key: string): string {
  return key.slice(0, key.indexOf(SEPARATOR))
}

/**
 * Holds a fold to its key: plain values, and the same in its row.
 *
 * @throws TypeError when it broke that rule.
 */
export function checkKey(table: Table, key: Row, row: Row): void {
  for (const column of table.key) {
    const part = key[column]
    if (part === undefined || part === null || typeof part === 'object') {
      throw new TypeError(`the key has no plain value for ${column}`)
    }
    if (row[column] !== part) {
      throw new TypeError(`the row has another ${column} than the key it was folded for`)
    }
  }
}

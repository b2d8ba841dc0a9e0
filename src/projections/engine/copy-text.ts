import type { Column, Row, Table } from './projection.ts'

/** How a row is written for COPY and for files of spilled rows, and read back from there. */
export interface RowText {
  /** One line, its end included, in PostgreSQL's text format. */
  write(organisation: string, row: Row): string
  /** The row of a line as `write` made it, without its organisation. */
  read(line: string): Row
}

/** The text format of one table's rows: `organisation`, then the columns in their order. */
export function rowText(table: Table): RowText {
  const names = Object.keys(table.columns)
  const writers = names.map((name) => writerOf(table.columns[name]?.type))
  const readers = names.map((name) => readerOf(table.columns[name]?.type))
  return {
    write(organisation, row) {
      let line = organisation
      for (let at = 0; at < names.length; at += 1) {
        const value = row[names[at] as string]
        line +=
          value === null || value === undefined
            ? '\t\\N'
            : `\t${(writers[at] as (value: unknown) => string)(value)}`
      }
      return `${line}\n`
    },
    read(line) {
      const row: Record<string, unknown> = {}
      const fields = line.slice(0, -1).split('\t')
      for (let at = 0; at < names.length; at += 1) {
        const field = fields[at + 1] as string
        row[names[at] as string] =
          field === '\\N' ? null : (readers[at] as (field: string) => unknown)(field)
      }
      return row
    },
  }
}

type Type = Column['type'] | undefined

// A tab, newline or backslash in a column that is no text is no value of it: PostgreSQL refuses the
// line that it makes, so only texts are looked through.
function writerOf(type: Type): (value: unknown) => string {
  if (type === 'jsonb') return (value) => escaped(JSON.stringify(value))
  if (type === 'text') return (value) => escaped(asText(value))
  return asText
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : String(value)
}

function readerOf(type: Type): (field: string) => unknown {
  if (type === 'integer') return Number
  if (type === 'boolean') return (field) => field === 'true'
  if (type === 'jsonb') return (field) => JSON.parse(unescaped(field)) as unknown
  return unescaped
}

const SPECIAL = /[\\\t\n\r]/
const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\t': '\\t',
  '\n': '\\n',
  '\r': '\\r',
}
const UNESCAPES: Readonly<Record<string, string>> = { '\\': '\\', t: '\t', n: '\n', r: '\r' }

function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text
  return text.replaceAll(/[\\\t\n\r]/g, (special) => ESCAPES[special] as string)
}

function unescaped(field: string): string {
  if (!field.includes('\\')) return field
  return field.replaceAll(/\\(.)/g, (_, special: string) => UNESCAPES[special] as string)
}

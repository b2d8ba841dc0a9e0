import { createHash } from 'node:crypto'
import { type Format, type Summary, writeHashedLines } from '#log/hashed-lines.ts'
import { type Cell, csvRecord } from '../csv.ts'

/** What a file on a person says of itself in its first lines. */
export interface PersonStatement {
  readonly organisation: string
  /** Ids of the customers whom the person is known as; the one asked for is the first. */
  readonly customers: readonly string[]
  /** UTC instant. */
  readonly madeAt: string
  /** The organisation's ordinal up to which events are told. */
  readonly head: string
  /** True: the read models did not know all of the log yet, so that something may be missing. */
  readonly stale: boolean
  /** `masked`: whoever asked may not see all that is personal of the person. */
  readonly personalData: 'shown' | 'masked'
  /** How many records of each kind there are. */
  readonly holds: Readonly<Record<string, number>>
  /** Tables of which no row is told, and why. */
  readonly leavesOut: Readonly<Record<string, string>>
}

/** One thing that is held: what kind of thing, what of that kind, and what it says. */
export interface PersonRecord {
  readonly record: 'row' | 'event' | 'access' | 'unmasking' | 'receiver'
  /** The table of a row, the type of an event, the route of a receiver. */
  readonly of: string
  readonly data: object
}

type Pages = AsyncIterable<readonly PersonRecord[]>
type FileText = AsyncGenerator<string, Summary>

const FORMAT: Format = { format: 'daybook person', version: 1 }

/** As JSON lines (hashed-lines.ts): the statement, a record a line, and at the end their count and hash. */
export function personNdjson(statement: PersonStatement, pages: Pages): FileText {
  const header: Format & PersonStatement = { ...FORMAT, ...statement }
  return writeHashedLines(header, pages)
}

/**
 * The same as CSV, which opens as one table though records differ: a line for each field of each record,
 * whose number tells what belongs together. Lists are JSON. The last line is the SHA-256 of every byte before it.
 */
export async function* personCsv(statement: PersonStatement, pages: Pages): FileText {
  const all = createHash('sha256')
  const hashed = (text: string): string => {
    all.update(text)
    return text
  }
  yield hashed(
    csvRecord(['record', 'number', 'of', 'field', 'value']) +
      lines(['statement', 0, null], { ...FORMAT, ...statement }),
  )
  let count = 0
  for await (const page of pages) {
    const text = page.map(({ record, of, data }) => lines([record, ++count, of], data)).join('')
    if (text !== '') yield hashed(text)
  }
  yield hashed(lines(['summary', null, null], { count }))
  const summary: Summary = { count, sha256: all.digest('hex') }
  yield lines(['summary', null, null], { sha256: summary.sha256 })
  return summary
}

function lines(start: readonly Cell[], data: object): string {
  return fieldsOf(data)
    .map((field) => csvRecord([...start, ...field]))
    .join('')
}

/** Each value by the names that lead to it, with dots between; nothing stands where a record says nothing. */
export function fieldsOf(data: object, path = ''): readonly (readonly [string, Cell])[] {
  return Object.entries(data).flatMap(([name, value]: [string, unknown]) => {
    const field = `${path}${name}`
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return fieldsOf(value, `${field}.`)
    }
    return [[field, cellOf(value)] as const]
  })
}

function cellOf(value: unknown): Cell {
  if (value === undefined || value === null) return null
  return typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)
}

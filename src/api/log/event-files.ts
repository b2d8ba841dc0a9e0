import { createHash } from 'node:crypto'
import { type Format, type Summary, writeHashedLines } from '#log/hashed-lines.ts'
import type { Population } from '#projections/log/event-population.ts'
import { csvRecord } from '../csv.ts'
import type { EventOut } from './event-view.ts'

/** What a file of events says of itself in its first lines. */
export interface Statement extends Population {
  readonly organisation: string
  /** As it was asked for. */
  readonly filter: object
  /** `masked`: of nobody, or of those only whose data its reader may see. */
  readonly personalData: 'shown' | 'masked'
  /** The record of access has ordinals of none of these events, and is asked for at `/api/accesses`. */
  readonly leavesOut: 'accesses'
}

type Pages = AsyncIterable<readonly EventOut[]>
type FileText = AsyncGenerator<string, Summary>

const FORMAT: Format = { format: 'daybook events', version: 2 }

/**
 * Events as JSON lines (hashed-lines.ts): the statement; an event a line, each with its own SHA-256; at
 * the end their count and the SHA-256 of every byte before that line.
 */
export function eventNdjson(statement: Statement, pages: Pages): FileText {
  const header: Format & Statement = { ...FORMAT, ...statement }
  return writeHashedLines(header, pages)
}

const COLUMNS = [
  'ordinal',
  'id',
  'type',
  'stream',
  'revision',
  'position',
  'actor',
  'role',
  'sessionId',
  'recordedAt',
  'occurredOn',
  'correlationId',
  'causationId',
  'commandId',
  'unreadable',
] as const satisfies readonly (keyof EventOut)[]

/**
 * The same as CSV: the column `record` tells the statement and the summary, whose `data` are JSON, from
 * the events between them. No record has more than one line: text in JSON has no line ends of its own.
 */
export async function* eventCsv(statement: Statement, pages: Pages): FileText {
  const all = createHash('sha256')
  const hashed = (text: string): string => {
    all.update(text)
    return text
  }
  const nothing = COLUMNS.map(() => null)
  const about = (record: string, what: object) =>
    csvRecord([record, ...nothing, JSON.stringify(what)])
  yield hashed(
    csvRecord(['record', ...COLUMNS, 'data']) + about('statement', { ...FORMAT, ...statement }),
  )
  let count = 0
  for await (const page of pages) {
    count += page.length
    if (page.length > 0) yield hashed(page.map(eventRecord).join(''))
  }
  const summary: Summary = { count, sha256: all.digest('hex') }
  yield about('summary', summary)
  return summary
}

function eventRecord(event: EventOut): string {
  const cells = COLUMNS.map((column) => oneLine(event[column] ?? null))
  return csvRecord(['event', ...cells, JSON.stringify(event.data)])
}

/** Why an event cannot be read is prose, which may have lines. */
function oneLine<Value extends string | number | null>(value: Value): Value | string {
  return typeof value === 'string' ? value.replaceAll(/[\r\n]+/g, ' ') : value
}

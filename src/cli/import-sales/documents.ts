import { createReadStream } from 'node:fs'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import { CommandLineError } from '../command-line-error.ts'
import { columnsOf, type MappedPart, type Mapping } from './mapping.ts'

/** A row of the file, still text. The header is row 1. */
export interface SourceRow {
  readonly row: number
  readonly values: readonly string[]
  readonly columns: ReadonlyMap<string, number>
}

/** What a row says under a column, without surrounding space; empty when it says nothing. */
export function cell(row: SourceRow, column: string): string {
  return row.values[row.columns.get(column) ?? -1]?.trim() ?? ''
}

/** The rows that share a document's number, in the file's order. */
export interface SourceDocument {
  readonly number: string
  readonly rows: readonly SourceRow[]
  /** The number was met again after the document was closed. */
  readonly reopened: boolean
}

/** Rows of one document may stand apart by this many rows of others; beyond it, the rest is refused. */
export const MAX_ROWS_APART = 1000

/**
 * Streams a CSV file, gzipped or not, as documents, holding only the open ones in memory.
 *
 * @throws CommandLineError when the file cannot be read, is not CSV, or lacks a column of the mapping.
 */
export async function* readDocuments(
  path: string,
  mapping: Mapping,
  onBytes: (count: number) => void = () => {},
): AsyncGenerator<SourceDocument> {
  const open = new Map<string, { rows: SourceRow[]; lastRow: number; reopened: boolean }>()
  const closed = new Set<string>()
  let count = 0
  let newest: string | undefined
  for await (const row of readRows(path, mapping, onBytes)) {
    count++
    const number = cell(row, mapping.document.number)
    const known = open.get(number)
    if (known === undefined) {
      open.set(number, { rows: [row], lastRow: count, reopened: closed.has(number) })
    } else {
      known.rows.push(row)
      known.lastRow = count
      // A document that grows moves behind the others, so that the oldest is always first.
      if (number !== newest) {
        open.delete(number)
        open.set(number, known)
      }
    }
    newest = number
    for (const [oldest, { rows, lastRow, reopened }] of open) {
      if (count - lastRow < MAX_ROWS_APART) break
      open.delete(oldest)
      closed.add(oldest)
      yield { number: oldest, rows, reopened }
    }
  }
  for (const [number, { rows, reopened }] of open) yield { number, rows, reopened }
}

/** The part of a column that a mapping means; undefined when empty or when its pattern does not fit. */
export function textOf(row: SourceRow, part: MappedPart): string | undefined {
  const text = cell(row, part.column)
  if (text === '') return undefined
  if (part.pattern === undefined) return text
  return patternOf(part.pattern).exec(text)?.[1]
}

const patterns = new Map<string, RegExp>()
export function patternOf(source: string): RegExp {
  let pattern = patterns.get(source)
  if (pattern === undefined) patterns.set(source, (pattern = new RegExp(source)))
  return pattern
}

async function* readRows(
  path: string,
  mapping: Mapping,
  onBytes: (count: number) => void,
): AsyncGenerator<SourceRow> {
  const records = parse({ bom: true })
  const piped = pipeline(await openText(path, onBytes), records).catch((cause: unknown) => {
    records.destroy(cause instanceof Error ? cause : new Error(String(cause)))
  })
  let columns: ReadonlyMap<string, number> | undefined
  let row = 0
  try {
    for await (const values of records as AsyncIterable<readonly string[]>) {
      row++
      if (columns === undefined) columns = readHeader(values, mapping)
      else yield { row, values, columns }
    }
  } catch (cause) {
    if (cause instanceof CommandLineError) throw cause
    const after = row > 0 ? ` after row ${row}` : ''
    throw new CommandLineError(
      'failure',
      `Cannot read ${path}${after}: ${(cause as Error).message}`,
    )
  } finally {
    records.destroy()
    await piped
  }
}

function readHeader(header: readonly string[], mapping: Mapping): ReadonlyMap<string, number> {
  const columns = new Map(header.map((name, index) => [name.trim(), index]))
  const missing = columnsOf(mapping).filter((column) => !columns.has(column))
  if (missing.length === 0) return columns
  throw new CommandLineError(
    'usage',
    `The file has no column ${missing.join(', ')}; its columns are ${header.join(', ')}`,
  )
}

async function openText(path: string, onBytes: (count: number) => void): Promise<Readable> {
  const file = createReadStream(path, { highWaterMark: 256 * 1024 })
  file.on('data', (chunk) => onBytes(chunk.length))
  const source = new PassThrough()
  const unpack = path.endsWith('.gz') ? [createGunzip()] : []
  void pipeline([file, ...unpack, source]).catch((cause: unknown) => source.destroy(cause as Error))
  return source
}

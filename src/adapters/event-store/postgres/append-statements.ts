import type pg from 'pg'
import type { NewEvent } from '#log/event-store.ts'
import { BinaryArray, elementTypes } from './binary-array.ts'

/** One append as it is sent: checked, its JSON written. */
export interface AppendRequest {
  readonly stream: string
  /** Revision of the stream's last event as its writer knows it, -1 for none. */
  readonly expected: number
  readonly events: readonly NewEvent[]
  /** Data and metadata of each event as JSON text. */
  readonly data: readonly string[]
  readonly metadata: readonly string[]
}

export type Statement = pg.QueryArrayConfig & { readonly types: pg.CustomTypesConfig }

/** Every value as the text that PostgreSQL sends: whoever reads the rows knows what is in them. */
export const asText: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text }

/** One event that comes next in its stream. Answers its position. */
export function appendEvent({ stream, expected, data, metadata }: AppendRequest, event: NewEvent) {
  return statement('log.append_event', 'select log.append_event($1, $2, $3, $4, $5, $6)', [
    stream,
    expected + 1,
    event.id,
    event.type,
    data[0],
    metadata[0],
  ])
}

/** Appends that all come next in their streams. Answers the position of the last event. */
export function appendKnown(requests: readonly AppendRequest[]) {
  return statement(
    'log.append_known',
    'select log.append_known($1, $2, $3, $4, $5, $6)',
    encode(requests),
  )
}

/** Appends that each need a verdict. Answers for each stream its revision and position (null: refused). */
export function appendChecked(requests: readonly AppendRequest[]) {
  return statement(
    'log.append_checked',
    'select * from log.append_checked($1, $2, $3, $4, $5, $6)',
    encode(requests),
  )
}

function statement(name: string, text: string, values: unknown[]): Statement {
  return { name, text, values, rowMode: 'array', types: asText }
}

const streams = new BinaryArray(elementTypes.text)
const revisions = new BinaryArray(elementTypes.integer)
const ids = new BinaryArray(elementTypes.uuid)
const types = new BinaryArray(elementTypes.text)
const data = new BinaryArray(elementTypes.text)
const metadata = new BinaryArray(elementTypes.text)
const arrays = [streams, revisions, ids, types, data, metadata]

/** The arrays are shared: a connected client copies them while the statement is handed to it. */
function encode(requests: readonly AppendRequest[]): Buffer[] {
  for (const array of arrays) array.clear()
  for (const request of requests) {
    for (const [i, event] of request.events.entries()) {
      streams.addText(request.stream)
      revisions.addInteger(request.expected + 1 + i)
      ids.addUuid(event.id)
      types.addText(event.type)
      data.addText(request.data[i] ?? 'null')
      metadata.addText(request.metadata[i] ?? 'null')
    }
  }
  return arrays.map((array) => array.bytes)
}

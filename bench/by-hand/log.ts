import type pg from 'pg'

/** What of an event's data the folds look at; which fields there are depends on its type. */
export interface Data {
  readonly saleId: string
  readonly customerId: string
  readonly creditNoteId: string
  readonly paymentId: string
  readonly agent: string
  readonly basis: string
  readonly currency: string
  readonly occurredOn: string
  readonly net: string
  readonly tax: string
  readonly gross: string
  readonly amount: string
  readonly [field: string]: unknown
}

export interface Metadata {
  readonly organisation: string
  readonly actor: string
  readonly recordedAt: string
  readonly occurredOn?: string
  readonly commandId: string
  readonly bodyHash?: string
  readonly $correlationId: string
  readonly $causationId?: string
}

export interface LogEvent {
  readonly position: string
  readonly stream: string
  readonly revision: string
  readonly id: string
  readonly type: string
  readonly data: Data
  readonly metadata: Metadata
  /** Of the log and of the organisation: 1, 2, 3 … */
  readonly ordinal: number
  readonly number: number
}

const PAGE = 5000
const text = `
  select position::text, stream, revision::text, id::text, type, data::text, metadata::text
  from log.events as e where e.position > $1 and e.position <= $2 order by e.position`

type Row = readonly [string, string, string, string, string, string, string]

/** The whole log in pages, two asked for ahead. The connection should be pipelined. */
export async function* readLog(client: pg.Client): AsyncGenerator<readonly LogEvent[]> {
  const page = (after: number) =>
    client.query({ name: 'page', text, values: [after, after + PAGE], rowMode: 'array' })
  const numbers = new Map<string, number>()
  const ahead = [page(0), page(PAGE)]
  let ordinal = 0
  for (let after = 2 * PAGE; ; after += PAGE) {
    const { rows } = (await ahead.shift()) as { rows: unknown[] }
    if (rows.length === 0) break
    ahead.push(page(after))
    yield (rows as Row[]).map((row) => {
      const metadata = JSON.parse(row[6]) as Metadata
      const number = (numbers.get(metadata.organisation) ?? 0) + 1
      numbers.set(metadata.organisation, number)
      ordinal += 1
      return {
        position: row[0],
        stream: row[1],
        revision: row[2],
        id: row[3],
        type: row[4],
        data: JSON.parse(row[5]) as Data,
        metadata,
        ordinal,
        number,
      }
    })
  }
  await Promise.all(ahead)
}

import process from 'node:process'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import type { EventMetadata, JsonObject, Position, StoredEvent } from '#log/event-store.ts'
import { peakMemoryMb, report } from '../support/compare.ts'

/**
 * The same rows out of PostgreSQL by COPY: its lines only counted, or with BENCH_DECODE=yes made into
 * the objects that the store answers with.
 */
const decode = process.env['BENCH_DECODE'] === 'yes'
const client = new pg.Client({ connectionString: process.env['BENCH_DATABASE_URL'] })
await client.connect()
const columns = 'position, stream, revision, id, type, data, metadata'

const started = performance.now()
let events = 0
let rest = ''
for await (const chunk of client.query(copyTo(`copy log.events (${columns}) to stdout`))) {
  if (decode) take(chunk as Buffer)
  else for (const byte of chunk as Buffer) if (byte === 10) events += 1
}
report({ rate: events / ((performance.now() - started) / 1000), rssMb: peakMemoryMb() })
await client.end()

function take(chunk: Buffer): void {
  const lines = (rest + chunk.toString('latin1')).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) if (eventOf(line).revision >= 0) events += 1
}

function eventOf(line: string): StoredEvent {
  const [position, stream = '', revision, id = '', type = '', data = '', metadata = ''] =
    line.split('\t')
  return {
    position: position as Position,
    stream,
    revision: Number(revision),
    id,
    type,
    data: JSON.parse(unescaped(data)) as JsonObject,
    metadata: JSON.parse(unescaped(metadata)) as EventMetadata,
  }
}

/** Of all that COPY escapes only the backslash can stand in JSON. The invented year is in ASCII. */
function unescaped(field: string): string {
  return field.includes('\\') ? field.replaceAll('\\\\', '\\') : field
}

import process from 'node:process'
import pg from 'pg'
import { report } from '../support/compare.ts'
import { openEmmett } from '../support/emmett.ts'

/**
 * The log's events as emmett's messages, in its tables in the same database. The transaction that it
 * orders by is one long gone for all of them, so that the order is that of the positions.
 */
const url = process.env['BENCH_PEER_DATABASE_URL'] ?? ''
await (await openEmmett(url)).close()
const client = new pg.Client({ connectionString: url })
await client.connect()
const started = performance.now()
const { rowCount } = await client.query(`
  insert into emt_messages (stream_position, global_position, transaction_id, message_kind,
    stream_id, message_schema_version, message_id, message_type, message_data, message_metadata)
  select revision + 1, position, '3', 'E', stream, '1', id::text, type, data::jsonb, metadata::jsonb
  from log.events order by position`)
await client.query('analyze emt_messages')
report({ rate: (rowCount ?? 0) / ((performance.now() - started) / 1000) })
await client.end()

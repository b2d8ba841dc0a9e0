import pg from 'pg'
import { appendLoad } from '../support/append-load.ts'

/**
 * One INSERT per append, each in a transaction of its own, over ten connections: what most programs do.
 * The table is the log's, but for a sequence that gives positions.
 */
const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'], max: 10 })
const schema = `bench_insert_${process.pid}`
await pool.query(`
  create schema ${schema};
  create table ${schema}.events (
    position bigint generated always as identity primary key, stream text collate "C" not null,
    revision integer not null, id uuid not null, type text collate "C" not null,
    data text not null, metadata text not null, unique (stream, revision))`)
const text = `insert into ${schema}.events (stream, revision, id, type, data, metadata) values ($1, $2, $3, $4, $5, $6)`
await appendLoad(async (stream, event, revision) => {
  const values = [
    stream,
    revision,
    event.id,
    event.type,
    JSON.stringify(event.data),
    JSON.stringify(event.metadata),
  ]
  await pool.query({ name: 'append', text, values })
})
await pool.query(`drop schema ${schema} cascade`)
await pool.end()

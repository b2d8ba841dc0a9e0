import process from 'node:process'
import pg from 'pg'
import { connectionConfig } from '#adapters/database/connection.ts'
import { startEmbeddedPostgres } from '#adapters/database/embedded/embedded-postgres.ts'

/** Starts PostgreSQL in the data folder, asks it something, stops it, and says how that went. */
const [dataDir = ''] = process.argv.slice(2)
try {
  const server = await startEmbeddedPostgres({ dataDir })
  const client = new pg.Client(connectionConfig(server.url))
  await client.connect()
  await client.query('create table if not exists booted (at timestamptz)')
  await client.query('insert into booted values (now())')
  const { rowCount } = await client.query('select from booted')
  await client.end()
  await server.stop()
  process.stdout.write(`booted ${rowCount}\n`)
} catch (error) {
  process.stdout.write(`${String(error)}\n`)
}

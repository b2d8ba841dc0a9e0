import process from 'node:process'
import { startEmbeddedPostgres } from '#adapters/database/embedded/embedded-postgres.ts'

/** A process that runs PostgreSQL in the data folder until it is killed; says when it is up. */
const [dataDir = ''] = process.argv.slice(2)
const server = await startEmbeddedPostgres({ dataDir, what: 'a process to be killed' })
process.stdout.write(`${JSON.stringify({ url: server.url, postgres: server.pid() })}\n`)
process.on('SIGTERM', () => void server.stop().then(() => process.exit(0)))
setInterval(() => undefined, 60_000)

import process from 'node:process'
import pg from 'pg'

/** A connection for reading the log. */
export async function connectReader(): Promise<pg.Client> {
  const config = { connectionString: process.env['BENCH_DATABASE_URL'], pipeline: true }
  const client = new pg.Client(config)
  await client.connect()
  return client
}

/** A connection for filling tables, set as the engine sets its own: a rebuild can be repeated. */
export async function connectWriter(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: process.env['BENCH_DATABASE_URL'] })
  await client.connect()
  await client.query("set synchronous_commit = off; set maintenance_work_mem = '128MB'")
  return client
}

/** Schema in which the tables of a projection are made by hand. */
export const schemaOf = (projection: string): string => `by_hand_${projection}`

/** Runs statements over two connections, as they become free. */
export async function onBoth(
  clients: readonly [pg.Client, pg.Client],
  statements: readonly string[],
): Promise<void> {
  const left = [...statements]
  const work = async (client: pg.Client): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await client.query(next)
  }
  await Promise.all(clients.map(work))
}

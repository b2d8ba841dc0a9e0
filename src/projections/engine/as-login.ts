import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'

/**
 * Runs queries as the login itself, which may see and signal its own sessions, as the engine may not.
 * In one transaction.
 */
export async function asLogin<T>(
  database: Database,
  run: (client: pg.ClientBase) => Promise<T>,
): Promise<T> {
  const client = await database.engine.connect()
  try {
    await client.query('begin; set local role none')
    return await run(client)
  } finally {
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    )
  }
}

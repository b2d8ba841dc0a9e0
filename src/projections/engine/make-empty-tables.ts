import type pg from 'pg'
import type { EventStore } from '#log/event-store.ts'
import { fingerprint } from './definition.ts'
import type { Projection } from './projection.ts'
import { registerSchema } from './registry.ts'
import { createTables, finishTables } from './schema.ts'

/** The live tables of a projection that has none, so that queries find them. */
export async function makeEmptyTables(
  client: pg.Client,
  projection: Projection,
  log: EventStore['kind'],
): Promise<void> {
  await client.query('begin')
  try {
    const made = { version: projection.version, fingerprint: fingerprint(projection, log) }
    // Refused when somebody else was faster; only then is nothing that could be lost in the way.
    await registerSchema(client, projection.name, 'live', made)
    await createTables(client, projection, 'live')
    await finishTables(client, projection, 'live')
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    throw error
  }
}

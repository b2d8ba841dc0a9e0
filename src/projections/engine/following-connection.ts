import type pg from 'pg'
import type { Database } from '#adapters/database/database.ts'

/** No batch takes that long: a server that is silent for so long is out of reach. */
const SILENCE_MS = 60_000

/**
 * A pipelined connection for following the log: its few statements look rows up by key, whatever the
 * planner believes about tables that grow faster than their statistics. What a crash loses of it is
 * folded again, so nothing waits for the disk.
 */
export async function followingConnection(database: Database): Promise<pg.Client> {
  const client = await database.connect('engine', {
    pipeline: true,
    name: 'daybook engine follow',
    silenceMs: SILENCE_MS,
  })
  try {
    await client.query(
      `set synchronous_commit = off; set jit = off; set plan_cache_mode = force_generic_plan;
       set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off`,
    )
    return client
  } catch (error) {
    await client.end().catch(() => undefined)
    throw error
  }
}

import type { BenchServer } from './support/bench-server.ts'
import { compare } from './support/compare.ts'
import { filledLog } from './support/filled-log.ts'
import { print } from './support/print.ts'
import { events } from './support/settings.ts'

const COPY = 'daybook log copy'
const BARE = 'bare client'
/** The tests' node keeps everything in memory. */
const MOST_EVENTS = 100_000

/**
 * A log in PostgreSQL copied into the tests' node, read back and proved, beside the bare client that appends the
 * same runs of events in the same order, one after the other, and does nothing else.
 */
export async function copying(server: BenchServer): Promise<void> {
  const count = Math.min(events, MOST_EVENTS)
  const env = { BENCH_DATABASE_URL: await filledLog(server), BENCH_COPY_EVENTS: String(count) }
  const results = await compare([
    { name: COPY, script: 'copy-daybook.ts', env },
    { name: BARE, script: 'copy-bare.ts', env },
  ])
  print(`A log of ${count.toLocaleString('en')} events into EventStoreDB`, results, BARE, [
    { side: COPY, atLeast: 0.6, of: BARE },
    { side: COPY, rssBelowMb: 400 },
  ])
}

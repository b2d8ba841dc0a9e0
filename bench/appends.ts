import type { BenchServer } from './support/bench-server.ts'
import { compare } from './support/compare.ts'
import { print, type Target } from './support/print.ts'

const DAYBOOK = 'daybook'
const ONE_INSERT = 'one insert per transaction, 10 connections'
const EMMETT = 'emmett-postgresql'

const targets: Readonly<Record<number, readonly Target[]>> = {
  1: [{ side: DAYBOOK, atLeast: 0.8, of: ONE_INSERT }],
  64: [
    { side: DAYBOOK, atLeast: 4, of: ONE_INSERT },
    { side: DAYBOOK, atLeast: 10, of: EMMETT },
  ],
}

/** Appends of one event at 1 to 256 writers, beside one insert per transaction and beside emmett. */
export async function appends(server: BenchServer): Promise<void> {
  const daybook = await server.database({ migrated: true })
  const others = await server.database()
  for (const writers of [1, 16, 64, 256]) {
    const env = { BENCH_WRITERS: `${writers}` }
    const results = await compare([
      {
        name: DAYBOOK,
        script: 'append-daybook.ts',
        env: { ...env, BENCH_DATABASE_URL: daybook },
      },
      {
        name: ONE_INSERT,
        script: 'append-one-insert.ts',
        env: { ...env, BENCH_DATABASE_URL: others },
      },
      {
        name: EMMETT,
        script: 'append-emmett.ts',
        env: { ...env, BENCH_PEER_DATABASE_URL: others },
      },
    ])
    print(`Appends, ${writers} writers`, results, ONE_INSERT, targets[writers])
  }
}

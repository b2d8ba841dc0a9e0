import { ways } from '#test/support/take-over.ts'
import type { BenchServer } from './support/bench-server.ts'
import { compare } from './support/compare.ts'
import { print } from './support/print.ts'

const PROMISED_MS = 5000

/** How long nobody follows the log when the process that did is gone, in each way in which it can be. */
export async function takeOver(server: BenchServer): Promise<void> {
  const BENCH_DATABASE_URL = await server.database({ migrated: true })
  const results = await compare(
    ways.map((way) => ({
      name: way,
      script: 'take-over.ts',
      env: { BENCH_DATABASE_URL, BENCH_WAY: way },
    })),
  )
  const targets = ways.map((side) => ({ side, atMost: PROMISED_MS }))
  print('Take-over of projectors: until a fresh event can be read', results, 'killed', targets)
}

import type { BenchServer } from './support/bench-server.ts'
import { compare } from './support/compare.ts'
import { filledLog } from './support/filled-log.ts'
import { print } from './support/print.ts'

const DRAINED = 'COPY, drained'

/** The whole log read once: as events by the store and by its codec, beside COPY of the same rows. */
export async function reading(server: BenchServer): Promise<void> {
  const env = { BENCH_DATABASE_URL: await filledLog(server) }
  const decoded = { ...env, BENCH_DECODE: 'yes' }
  const results = await compare([
    { name: 'daybook, stored events', script: 'read-daybook.ts', env },
    { name: 'COPY, made into the same', script: 'read-copy.ts', env: decoded },
    { name: DRAINED, script: 'read-copy.ts', env },
    { name: 'daybook, checked and decrypted', script: 'read-daybook.ts', env: decoded },
  ])
  print('Reading the whole log', results, DRAINED)
}

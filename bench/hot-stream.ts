import type { BenchServer } from './support/bench-server.ts'
import { compare, type Result } from './support/compare.ts'
import { print } from './support/print.ts'

const HOT = 'one stream'
const MANY = 'many streams'

/** Commands of 64 callers that all concern one aggregate, beside as many that concern 1,280. */
export async function hotStream(server: BenchServer): Promise<void> {
  await without(server)
  await withKeys(server)
}

async function without(server: BenchServer): Promise<void> {
  const results = await measure({ BENCH_DATABASE_URL: await server.database({ migrated: true }) })
  print('Commands of 64 callers at the handler', results, MANY, [
    { side: HOT, atLeast: 0.8, of: MANY },
  ])
}

/** As a server has them from callers who can send a command again: repeats are looked for. */
async function withKeys(server: BenchServer): Promise<void> {
  const BENCH_DATABASE_URL = await server.database({ migrated: true })
  const results = await measure({ BENCH_DATABASE_URL, BENCH_KEYED: 'yes' })
  print('The same with idempotency keys, while the projections follow', results, MANY)
}

function measure(env: Readonly<Record<string, string>>): Promise<readonly Result[]> {
  const script = 'commands-daybook.ts'
  return compare([
    { name: HOT, script, env: { ...env, BENCH_STREAMS: '1' } },
    { name: MANY, script, env: { ...env, BENCH_STREAMS: 'many' } },
  ])
}

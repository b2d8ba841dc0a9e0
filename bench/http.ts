import type { BenchServer } from './support/bench-server.ts'
import { compare } from './support/compare.ts'
import { print } from './support/print.ts'

const MANY = '1,280 wallets'
const NO_APPEND = '1,280 wallets, without the append'
const HOT = 'one wallet'
const FOLLOWED = '1,280 wallets, projections following'
const BULK = 'in bulk, 1,280 wallets'
const HOT_BULK = 'in bulk, one wallet'
const LAG = 'from the answer to the row'

/** Debits over HTTP: beside the same without the append, on one wallet, in bulk; and their way to the rows. */
export async function http(server: BenchServer): Promise<void> {
  const rate = await debits(server)
  await lag(server, rate / 2)
}

/** Answers debits a second of the usual server. */
async function debits(server: BenchServer): Promise<number> {
  const side = async (
    name: string,
    script: string,
    more: Readonly<Record<string, string>> = {},
  ) => ({
    name,
    script,
    env: {
      BENCH_WALLETS: '1280',
      BENCH_APPEND: 'yes',
      BENCH_FOLLOW: 'no',
      BENCH_DATABASE_URL: await server.database({ migrated: true }),
      ...more,
    },
  })
  const results = await compare([
    await side(NO_APPEND, 'http-debits.ts', { BENCH_APPEND: 'no' }),
    await side(MANY, 'http-debits.ts'),
    await side(HOT, 'http-debits.ts', { BENCH_WALLETS: '1' }),
    await side(BULK, 'bulk-debits.ts'),
    await side(HOT_BULK, 'bulk-debits.ts', { BENCH_WALLETS: '1' }),
    await side(FOLLOWED, 'http-debits.ts', { BENCH_FOLLOW: 'yes' }),
  ])
  print('Debits over HTTP, 64 connections', results, MANY, [
    { side: MANY, atLeast: 0.5, of: NO_APPEND },
    { side: HOT, atLeast: 0.8, of: MANY },
    { side: BULK, atLeast: 5, of: MANY },
  ])
  return results.find(({ side }) => side === FOLLOWED)?.rate ?? Number.NaN
}

async function lag(server: BenchServer, rate: number): Promise<void> {
  const env = {
    BENCH_WALLETS: '1280',
    BENCH_APPEND: 'yes',
    BENCH_FOLLOW: 'yes',
    BENCH_RATE: `${Math.max(Math.round(rate), 1)}`,
    BENCH_DATABASE_URL: await server.database({ migrated: true }),
  }
  const results = await compare([{ name: LAG, script: 'row-lag.ts', env }])
  print('Lag of the rows at half that rate', results, LAG, [{ side: LAG, p99BelowMs: 100 }])
}

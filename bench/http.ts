import type { BenchServer } from './support/bench-server.ts'
import { compare } from './support/compare.ts'
import { BULK_COMMANDS, bulkDebits, singleDebits } from './support/debits.ts'
import { compareInTurns, type LoadedSide } from './support/in-turns.ts'
import { print } from './support/print.ts'

const MANY = '1,280 wallets'
const NO_APPEND = '1,280 wallets, without the append'
const HOT = 'one wallet'
const FOLLOWED = '1,280 wallets'
const BULK = 'in bulk, 1,280 wallets'
const HOT_BULK = 'in bulk, one wallet'
const BY_HAND = 'the work of a bulk by hand, without HTTP'
const LAG = 'from the answer to the row'

/** Debits over HTTP: beside the same without the append, on one wallet, in bulk; and their way to the rows. */
export async function http(server: BenchServer): Promise<void> {
  await debits(server)
  const rate = await followed(server)
  await lag(server, rate / 2)
}

async function debits(server: BenchServer): Promise<void> {
  const side = async (
    name: string,
    more: Partial<LoadedSide> = {},
    environment: Readonly<Record<string, string>> = {},
  ): Promise<LoadedSide> => ({
    name,
    loadOf: singleDebits,
    unit: 'debits/s',
    ...more,
    environment: {
      BENCH_WALLETS: '1280',
      BENCH_APPEND: 'yes',
      BENCH_FOLLOW: 'no',
      BENCH_DATABASE_URL: await server.database({ migrated: true }),
      ...environment,
    },
  })
  const single = await compareInTurns([
    await side(NO_APPEND, {}, { BENCH_APPEND: 'no' }),
    await side(MANY),
    await side(HOT, {}, { BENCH_WALLETS: '1' }),
  ])
  print('Debits over HTTP, 64 connections', single, MANY, [
    { side: MANY, atLeast: 0.5, of: NO_APPEND },
    { side: HOT, atLeast: 0.8, of: MANY },
  ])
  const inBulk = { loadOf: bulkDebits, perRequest: BULK_COMMANDS }
  const bulk = await compareInTurns([
    await side(MANY),
    await side(BULK, inBulk),
    await side(HOT_BULK, inBulk, { BENCH_WALLETS: '1' }),
  ])
  const { environment } = await side(BY_HAND)
  const byHand = await compare([{ name: BY_HAND, script: 'bulk-by-hand.ts', env: environment }])
  print('Debits in bulk', [...bulk, ...byHand], MANY, [{ side: BULK, atLeast: 5, of: MANY }])
}

/** Answers debits a second of the usual server, whose projections follow: by itself, since they go on after the load. */
async function followed(server: BenchServer): Promise<number> {
  const environment = {
    BENCH_WALLETS: '1280',
    BENCH_APPEND: 'yes',
    BENCH_FOLLOW: 'yes',
    BENCH_DATABASE_URL: await server.database({ migrated: true }),
  }
  const side = { name: FOLLOWED, loadOf: singleDebits, unit: 'debits/s', environment }
  const results = await compareInTurns([side])
  print('Debits over HTTP, projections following', results, FOLLOWED)
  return results[0]?.rate ?? Number.NaN
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

import pg from 'pg'
import type { BenchServer } from './support/bench-server.ts'
import { compare, type Result, type Side } from './support/compare.ts'
import { filledLog } from './support/filled-log.ts'
import { filledProjections } from './support/filled-projections.ts'
import { note, print } from './support/print.ts'
import { checkSameTables } from './support/same-tables.ts'

const LEDGER = 'daybook, ledger'
const LEDGER_BY_HAND = 'by hand, ledger'
const ALL = 'daybook, all projections'
const ALL_BY_HAND = 'by hand, all projections'
const EMMETT_BATCHES = [1000, 10_000, 50_000]
const RSS_MB = 500

/** Read models rebuilt from the whole log, beside hand-written code for the same tables and beside emmett's consumer. */
export async function rebuilds(server: BenchServer): Promise<void> {
  const url = await filledLog(server)
  const env = { BENCH_DATABASE_URL: url }
  const daybook = (name: string, BENCH_PROJECTIONS: string): Side => ({
    name,
    script: 'rebuild-daybook.ts',
    env: { ...env, BENCH_PROJECTIONS },
  })
  const ledger = await compare([
    { name: LEDGER_BY_HAND, script: 'rebuild-ledger-by-hand.ts', env },
    daybook(LEDGER, 'ledger'),
  ])
  const all = await compare([
    { name: ALL_BY_HAND, script: 'rebuild-all-by-hand.ts', env },
    daybook(ALL, 'all'),
  ])
  await compareTables(url)
  const emmett = await consumeWithEmmett(url)
  print('Rebuild of the ledger', [...ledger, emmett], LEDGER_BY_HAND, [
    { side: LEDGER, atLeast: 0.7, of: LEDGER_BY_HAND },
    { side: LEDGER, atLeast: 10, of: emmett.side },
    { side: LEDGER, rssBelowMb: RSS_MB },
  ])
  print('Rebuild of all projections from one read', [...all, emmett], ALL_BY_HAND, [
    { side: ALL, atLeast: 0.6, of: ALL_BY_HAND },
    { side: ALL, rssBelowMb: RSS_MB },
  ])
}

/** The last sides of both kinds have left the tables of all projections. */
async function compareTables(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { tables, rows } = await checkSameTables(client, filledProjections)
    note(
      `By hand and by the engine: the same columns, keys, indexes and rows in ${tables} tables, ${rows.toLocaleString('en')} rows`,
    )
  } finally {
    await client.end()
  }
}

/** Each batch size is tried once, the best of them measured. */
async function consumeWithEmmett(url: string): Promise<Result> {
  const filling = { BENCH_PEER_DATABASE_URL: url }
  const side = (size: number): Side => ({
    name: `emmett's consumer, batches of ${size.toLocaleString('en')}`,
    script: 'consume-emmett.ts',
    env: { ...filling, BENCH_BATCH: `${size}` },
  })
  await compare([{ name: 'filling emmett', script: 'fill-emmett.ts', env: filling }], 1)
  const sides = EMMETT_BATCHES.map(side)
  const tried = await compare(sides, 1)
  const best = tried.reduce((a, b) => (b.rate > a.rate ? b : a))
  const [measured] = await compare(sides.filter(({ name }) => name === best.side))
  return measured as Result
}

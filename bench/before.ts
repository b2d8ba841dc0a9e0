import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import process from 'node:process'
import type { BenchServer } from './support/bench-server.ts'
import { pageOfCustomers, registrations } from './support/customers.ts'
import { singleDebits } from './support/debits.ts'
import { compareInTurns, type LoadedSide } from './support/in-turns.ts'
import { note, print } from './support/print.ts'

/** What is asked of the server, and how much of its former rate it must still answer. */
const loads = [
  { what: 'Customers registered', loadOf: registrations, follow: 'no', atLeast: 0.7 },
  { what: 'A page of the customers', loadOf: pageOfCustomers, follow: 'yes', atLeast: 0.7 },
  { what: 'Debits', loadOf: singleDebits, follow: 'no', atLeast: 0.8 },
] as const

/**
 * This checkout beside an earlier one, whose folder BENCH_BEFORE names, with what `npm ci` installs there: the same load
 * on the server of either.
 */
export async function before(server: BenchServer): Promise<void> {
  const folder = process.env['BENCH_BEFORE']
  if (folder === undefined)
    return note('No earlier checkout to compare with: BENCH_BEFORE is not set')
  const checkout = resolve(folder)
  if (!existsSync(join(checkout, 'bench/servers/wallets.ts'))) {
    throw new Error(`BENCH_BEFORE=${folder} is no checkout with a bench`)
  }
  for (const { what, loadOf, follow, atLeast } of loads) {
    const side = async (name: string, BENCH_CHECKOUT: string): Promise<LoadedSide> => ({
      name,
      loadOf,
      environment: {
        BENCH_CHECKOUT,
        BENCH_WALLETS: '1280',
        BENCH_APPEND: 'yes',
        BENCH_FOLLOW: follow,
        // Each side migrates its own database to its own schema.
        BENCH_DATABASE_URL: await server.database(),
      },
    })
    const results = await compareInTurns([
      await side('before', checkout),
      await side('now', process.cwd()),
    ])
    print(`${what}, 64 connections`, results, 'before', [{ side: 'now', atLeast, of: 'before' }])
  }
}

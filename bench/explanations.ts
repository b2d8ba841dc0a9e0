import type { BenchServer } from './support/bench-server.ts'
import { compare, type Side } from './support/compare.ts'
import { hotWallet, walletId } from './support/hot-wallet.ts'
import { openBenchDaybook } from './support/open-store.ts'
import { print } from './support/print.ts'
import { fillLog } from './support/synthetic-log.ts'

const MOVEMENTS = 100_000
const WITHIN_MS = 1000

const wallet = `/api/explain/wallets/${walletId}/balance?compare=true`
const account = '/api/explain/accounts/usage_revenue/balance?currency=GBP&compare=true'

/** Figures that 100,000 events made, explained on their first level, all parts summed and compared. */
const figures = {
  'balance of a wallet': wallet,
  'the same, as known at half of the log': `${wallet}&known_at=${MOVEMENTS / 2}`,
  'balance of an account': account,
  'the same, as known half-way': `${account}&known_at=${MOVEMENTS / 2}`,
} as const

export async function explanations(server: BenchServer): Promise<void> {
  const url = await server.database({ migrated: true })
  await fill(url)
  const side = (name: string, BENCH_ADDRESS: string): Side => ({
    name,
    script: 'explain-daybook.ts',
    env: { BENCH_DATABASE_URL: url, BENCH_ADDRESS },
  })
  const sides = Object.entries(figures).map(([name, address]) => side(name, address))
  const results = await compare(sides)
  const targets = Object.keys(figures).map((name) => ({ side: name, p99BelowMs: WITHIN_MS }))
  print('Explanations of figures over 100,000 events', results, 'balance of a wallet', targets)
}

async function fill(url: string): Promise<void> {
  const daybook = await openBenchDaybook(url)
  try {
    const { database, codec, engine, log } = daybook
    await fillLog(database, codec, MOVEMENTS + 2, hotWallet(MOVEMENTS))
    await engine.start()
    const head = await log.head()
    if (head === undefined) throw new Error('the log is empty')
    for (const { name } of await engine.status()) {
      const { reached } = await engine.waitFor(name, head, 600_000)
      if (!reached) throw new Error(`${name} did not catch up`)
    }
    await database.engine.query('vacuum (analyze)')
  } finally {
    await daybook.close()
  }
}

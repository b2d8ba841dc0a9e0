import { randomUUID } from 'node:crypto'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import { createLogger } from '#adapters/logging/logger.ts'
import { buildApp } from '#api/app.ts'
import { bearerTokens, configuredTokens } from '#api/authentication.ts'
import type { CommandContext } from '#commands/handler.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { commandWallet } from '#commands/wallet/command-wallet.ts'
import { openWallet } from '#commands/wallet/open-wallet.ts'
import type { Appended, EventStore, Position } from '#log/event-store.ts'
import type { Daybook } from '../../src/composition.ts'
import { openBenchDaybook } from '../support/open-store.ts'
import { token, type WalletServerReady } from '../support/wallet-server.ts'

/**
 * The usual server with BENCH_WALLETS filled wallets, for a side that loads it from its own process.
 * BENCH_APPEND=no: everything but the append. BENCH_FOLLOW=yes: the projections follow, as they usually do;
 * otherwise their tables are there as they were before the load, and nobody follows.
 */
const daybook = await openBenchDaybook()
const wallets = await filledWallets(Number(process.env['BENCH_WALLETS']))
await daybook.engine.start()
daybook.processes.start()
await caughtUp()
if (process.env['BENCH_FOLLOW'] !== 'yes') {
  await daybook.processes.stop()
  await daybook.engine.stop()
}
if (process.env['BENCH_APPEND'] === 'no') answerAtOnce(daybook.log)
const app = await buildApp({
  ...daybook,
  // A line per answer is part of the work; where it goes is not.
  logger: createLogger('info', pino.destination({ dest: '/dev/null', sync: false })),
  authenticate: bearerTokens({
    configured: configuredTokens([{ token, organisation: 'bench', actor: 'bench', role: 'owner' }]),
  }),
  limits: daybook.config.limits,
  role: daybook.config.role,
})
const url = await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.({ url, wallets } satisfies WalletServerReady)
process.once('disconnect', () => void close())

async function close(): Promise<void> {
  await app.close()
  await daybook.close()
}

function context(): CommandContext {
  const commandId = randomUUID()
  const now = daybook.clock()
  return { organisation: 'bench', actor: 'bench', commandId, correlationId: commandId, now }
}

async function filledWallets(count: number): Promise<readonly string[]> {
  const { operations } = daybook
  const { customerId } = await registerCustomer(operations, { name: 'A Customer' }, context())
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { walletId } = await openWallet(operations, { customerId, currency: 'GBP' }, context())
      const amount = { amount: 10n ** 15n, currency: 'GBP' }
      const topUp = { type: 'TopUpWallet', walletId, amount, method: 'bank' } as const
      await commandWallet(operations, topUp, context())
      return walletId
    }),
  )
}

/** Until every projection stands at the head. */
async function caughtUp(): Promise<void> {
  const isBehind = async (): Promise<boolean> =>
    (await daybook.engine.status()).some(({ state, lag }) => state !== 'live' || lag.events !== 0)
  while (await isBehind()) await sleep(50)
}

/** The log takes everything and keeps nothing. */
function answerAtOnce(log: Daybook['log']): void {
  const append: EventStore['append'] = async (_stream, events, expected): Promise<Appended> => ({
    revision: (expected === 'no_stream' ? -1 : expected) + events.length,
    position: '1' as Position,
  })
  Object.assign(log, { append })
}

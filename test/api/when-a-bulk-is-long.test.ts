import fc from 'fast-check'
import t from 'tap'
import { createPostgresCommandOutcomes } from '#adapters/commands/postgres-command-outcomes.ts'
import { createPostgresKeptStates } from '#adapters/commands/postgres-kept-states.ts'
import { createCommandHandler } from '#commands/create-handler.ts'
import { commandWallet } from '#commands/wallet/command-wallet.ts'
import { type TestApi, testApi } from '#test/support/api.ts'
import { owner, pick } from '#test/support/server.ts'
import { type Item, outcomesOf, post, send, verdictOf } from './a-bulk.ts'

// So few are kept in memory that streams are forgotten while a bulk is under way; a slow machine has time for all.
const api = await testApi(t, {
  DAYBOOK_CACHED_STATES: '100',
  DAYBOOK_COMMAND_DEADLINE_MS: '120000',
})
const WALLETS = 6

let keys = 0

async function opened(count: number): Promise<readonly string[]> {
  const customerId = pick(await api.post('/api/crm/customers', { name: 'Thandi' }), 'data', 'id')
  const wallet = { customerId, currency: 'SAR' }
  const made = await send(
    api,
    Array.from({ length: count }, () => post('/api/wallets', `wallet-${++keys}`, wallet)),
  )
  const paths = outcomesOf(made).map(({ headers }) => headers['location'] ?? '')
  const topUp = { amount: 1000, method: 'bank' }
  await send(
    api,
    paths.map((path) => post(`${path}/topups`, `topup-${++keys}`, topUp)),
  )
  return paths
}

/** What each movement of a wallet beyond its first calls itself, in its order. */
async function references({ daybook }: TestApi, path: string): Promise<readonly string[]> {
  const found: string[] = []
  const stream = `wallet-main.${path.split('/').at(-1)}`
  for await (const page of daybook.log.readStream(stream, { from: 2 })) {
    for (const { data } of await daybook.codec.decode(page)) {
      found.push((data as { reference?: string }).reference ?? 'nothing')
    }
  }
  return found
}

type Kind = 'debit' | 'topup' | 'hold' | 'refund' | 'settings'
const kind = fc.oneof(
  { weight: 60, arbitrary: fc.constant<Kind>('debit') },
  { weight: 20, arbitrary: fc.constantFrom<Kind>('topup', 'hold') },
  { weight: 2, arbitrary: fc.constant<Kind>('refund') },
  { weight: 1, arbitrary: fc.constant<Kind>('settings') },
)
const longBulk = fc.array(fc.record({ wallet: fc.nat({ max: WALLETS - 1 }), kind }), {
  minLength: 300,
  maxLength: 700,
  size: 'max',
})
type Command = { readonly wallet: number; readonly kind: Kind }

function itemOf({ wallet, kind }: Command, i: number, paths: readonly string[]): Item {
  const path = paths[wallet] ?? ''
  const key = `long-${++keys}`
  const reference = `#${i}`
  const items: Readonly<Record<Kind, Item>> = {
    debit: post(`${path}/debits`, key, { amount: '0.01', reference }),
    topup: post(`${path}/topups`, key, { amount: '0.02', method: 'cash', reference }),
    hold: post(`${path}/holds`, key, { amount: '0.01', reference }),
    // Of the first top-up, which is no debit: refused, after it waited for what came before.
    refund: post(`${path}/refunds`, key, { debit: '2' }),
    settings: { ...post('/api/settings', key, { baseCurrency: 'SAR' }), method: 'PATCH' },
  }
  return items[kind]
}

const isMovement = ({ kind }: Command) => kind !== 'refund' && kind !== 'settings'

t.test('it keeps its order on each thing, whatever else is done in between', async (t) => {
  await fc.assert(
    fc.asyncProperty(longBulk, async (commands) => {
      const paths = await opened(WALLETS)
      const items = commands.map((command, i) => itemOf(command, i, paths))
      const outcomes = outcomesOf(await send(api, items))
      for (const [i, command] of commands.entries()) {
        const verdict = verdictOf(outcomes[i] ?? { status: 0, body: {} })
        if (command.kind === 'refund') t.equal(verdict, '404 MOVEMENT_UNKNOWN')
        else t.equal(verdict, command.kind === 'settings' ? '200' : '201')
      }
      for (const [wallet, path] of paths.entries()) {
        const own = commands.flatMap((command, i) =>
          command.wallet === wallet && isMovement(command) ? [`#${i}`] : [],
        )
        t.same(await references(api, path), own)
      }
      const again = await send(api, items)
      t.match(again.body, {
        meta: { unknown: 0, accepted: outcomes.filter((o) => o.status < 300).length },
      })
      t.equal(
        (await references(api, paths[0] ?? '')).length,
        commands.filter((c) => c.wallet === 0 && isMovement(c)).length,
      )
    }),
    { numRuns: 2 },
  )
})

t.test('of many more wallets than are in memory, each has its own', async (t) => {
  const paths = await opened(300)
  const items = paths.flatMap((path) => [
    post(`${path}/debits`, `many-${++keys}`, { amount: 1, reference: 'first' }),
    post(`${path}/debits`, `many-${++keys}`, { amount: 2000 }),
    post(`${path}/debits`, `many-${++keys}`, { amount: 2, reference: 'second' }),
  ])
  const outcomes = outcomesOf(await send(api, items))
  t.same(
    outcomes.map(verdictOf),
    paths.flatMap(() => ['201', '422 WALLET_FUNDS_NOT_ENOUGH', '201']),
  )
  for (const path of paths) t.same(await references(api, path), ['first', 'second'])
})

t.test('single commands and another process come in between: each counts once', async (t) => {
  const [path = ''] = await opened(1)
  const { daybook } = api
  // Knows of the wallet what the log says, and nothing of this process.
  const other = createCommandHandler({
    store: daybook.log,
    codec: daybook.codec,
    outcomes: createPostgresCommandOutcomes(daybook.database.writer),
    keptStates: createPostgresKeptStates(daybook.database.writer),
    warn: (message, cause) => t.fail(message, { cause }),
  })
  const walletId = path.split('/').at(-1) ?? ''
  const elsewhere = async (i: number): Promise<void> => {
    const amount = { amount: 1n, currency: 'SAR' }
    const commandId = `elsewhere-${i}`
    const { organisation, actor } = owner
    const context = {
      organisation,
      actor,
      commandId,
      correlationId: commandId,
      now: daybook.clock(),
    }
    const topUp = { type: 'TopUpWallet', walletId, amount, method: 'bank' } as const
    await commandWallet({ handler: other }, { ...topUp, reference: 'elsewhere' }, context)
  }
  const items = Array.from({ length: 900 }, (_, i) =>
    post(`${path}/debits`, `hot-${i}`, { amount: '0.01', reference: `#${i}` }),
  )
  const single = async (i: number): Promise<void> => {
    const body = { amount: '0.01', reference: 'single' }
    await api.post(`${path}/debits`, body, { key: `single-${i}` })
  }
  const [answer] = await Promise.all([
    send(api, items),
    (async () => {
      for (let i = 0; i < 40; i++) await Promise.all([single(i), elsewhere(i)])
    })(),
  ])
  t.match(answer.body, { meta: { accepted: 900, refused: 0, unknown: 0 } })
  const found = await references(api, path)
  t.same(
    found.filter((reference) => reference.startsWith('#')),
    items.map((_, i) => `#${i}`),
  )
  t.equal(found.filter((reference) => reference === 'single').length, 40)
  t.equal(found.filter((reference) => reference === 'elsewhere').length, 40)
})

t.test('two that are sent at once, with the same keys, are done once', async (t) => {
  const paths = await opened(3)
  const items = Array.from({ length: 600 }, (_, i) =>
    post(`${paths[i % 3]}/debits`, `twice-${i}`, { amount: '0.01', reference: `#${i}` }),
  )
  const answers = await Promise.all([send(api, items), send(api, items)])
  for (const answer of answers) {
    const verdicts = new Set(outcomesOf(answer).map(verdictOf))
    for (const verdict of verdicts) {
      t.ok(['201', '409 IDEMPOTENCY_IN_FLIGHT', '503 BULK_INTERRUPTED'].includes(verdict), verdict)
    }
  }
  t.match((await send(api, items)).body, { meta: { accepted: 600, unknown: 0 } })
  for (const [i, path] of paths.entries()) {
    const own = items.flatMap((_, n) => (n % 3 === i ? [`#${n}`] : []))
    t.same(await references(api, path), own)
  }
})

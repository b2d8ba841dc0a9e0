import { spawn } from 'node:child_process'
import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { availableAt, type Wallet, type WalletEvent, wallet } from '#domain/wallet/wallet.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { type Answer, dig, pick, type TestServer } from '#test/support/server.ts'
import type { Answered } from './programs/debit-a-wallet.ts'
import { accounts } from './support/answers.ts'
import { bothLogs } from './support/logs.ts'
import { settled } from './support/settled.ts'
import { sharedLog } from './support/two-servers.ts'

const PROGRAM = new URL('./programs/debit-a-wallet.ts', import.meta.url).pathname
const DEBITS = 10_000
const FUNDS = 5000
const CALLERS = 4

for (const log of bothLogs) {
  t.test(
    `a wallet that everybody debits at once keeps its floor, the log in ${log.name}`,
    async (t) => {
      const shared = await sharedLog(t, log)
      if (shared === undefined) return
      const { store } = shared
      const servers = [shared.server(), shared.server()] as const
      for (const server of servers) await server.start()
      await debitedAtOnce(t, servers, store)
      await heldAtOnce(t, servers, store)
      await diedBeforeItAnswered(t, servers, store)
    },
  )
}

type Servers = readonly [TestServer, TestServer]

async function made(server: TestServer, path: string, body: object): Promise<Answer> {
  const answer = await server.post(path, body)
  if (answer.status !== 201) throw new Error(JSON.stringify(answer.body))
  return answer
}

/** The id of a new wallet with so many units in it. */
async function filled(server: TestServer, units: number): Promise<string> {
  const customer = await made(server, '/api/crm/customers', { name: 'Hot' })
  const opened = await made(server, '/api/wallets', { customerId: pick(customer, 'data', 'id') })
  const id = pick(opened, 'data', 'id')
  await made(server, `/api/wallets/${id}/topups`, { amount: `${units}.00`, method: 'bank' })
  return id
}

async function streamOf(store: EventStore, id: string): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const page of store.readStream(`wallet-main.${id}`)) events.push(...page)
  return events
}

/** Ten thousand debits of callers in processes of their own, with funds for half of them. */
async function debitedAtOnce(t: Test, servers: Servers, store: EventStore): Promise<void> {
  const id = await filled(servers[0], FUNDS)
  const started = performance.now()
  const urls = servers.map(({ url }) => url)
  const answers = await Promise.all(
    Array.from({ length: CALLERS }, (_, i) =>
      called(`caller-${i}`, DEBITS / CALLERS, `/api/wallets/${id}`, urls),
    ),
  )
  const seconds = (performance.now() - started) / 1000
  t.comment(`${DEBITS} debits in ${seconds.toFixed(1)} s, ${Math.round(DEBITS / seconds)} a second`)
  const total: Record<string, number> = {}
  for (const [told, count] of answers.flatMap(({ counts }) => Object.entries(counts))) {
    total[told] = (total[told] ?? 0) + count
  }
  const expected = { '201': FUNDS, '422 WALLET_FUNDS_NOT_ENOUGH': DEBITS - FUNDS }
  t.same(total, expected, 'as many succeed as there is money for, the others are refused')
  t.equal(
    answers.reduce((sum, { shortfalls }) => sum + shortfalls, 0),
    DEBITS - FUNDS,
    'every refusal names the shortfall',
  )
  const events = await streamOf(store, id)
  t.equal(events.filter(({ type }) => type === 'WalletDebited').length, FUNDS, 'each once')
  await settled(servers[0])
  t.match(dig(await servers[1].get(`/api/wallets/${id}`), 'data', 'balance'), { amount: '0.00' })
  t.match((await accounts(servers[0]))['customer_wallets'], { balance: '0.00' })
}

async function called(
  name: string,
  count: number,
  path: string,
  urls: readonly string[],
): Promise<Answered> {
  const child = spawn(process.execPath, [PROGRAM, name, String(count), path, ...urls], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`A caller ended with ${code}`)
  return JSON.parse(out) as Answered
}

/** Holds raced against captures, releases and expiries; then the log is gone through, event by event. */
async function heldAtOnce(t: Test, servers: Servers, store: EventStore): Promise<void> {
  const id = await filled(servers[0], 100)
  const path = `/api/wallets/${id}`
  const statuses = new Map<number, number>()
  const send = async (n: number, to: string, body: object) => {
    const answer = await (servers[n % 2] as TestServer).post(`${path}${to}`, body)
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
    return answer
  }
  await Promise.all(
    Array.from({ length: 60 }, async (_, worker) => {
      for (let i = 0; i < 25; i++) {
        const n = worker + i
        const expiresAt = new Date(Date.now() + 20 + (n % 5) * 150).toISOString()
        const held = await send(n, '/holds', { amount: '7.00', ...(n % 3 === 0 && { expiresAt }) })
        if (held.status !== 201) continue
        const hold = pick(held, 'data', 'movement')
        if (n % 3 === 0) await sleep((n % 7) * 100)
        await Promise.all([
          send(n, `/holds/${hold}/captures`, { amount: '0.10', keepRest: n % 2 === 0 }),
          send(n + 1, `/holds/${hold}/release`, {}),
          send(n + 1, '/debits', { amount: '0.01' }),
        ])
      }
    }),
  )
  const events = await streamOf(store, id)
  const ends = ['WalletHoldCaptured', 'WalletHoldReleased', 'WalletHoldExpired', 'WalletDebited']
  for (const type of ends)
    t.ok(
      events.some((event) => event.type === type),
      `${type} happened`,
    )
  t.same(
    [...statuses.keys()].toSorted((a, b) => a - b),
    [201, 409, 422],
    'taken, over, or too little: nothing else',
  )
  t.equal(
    belowFloor(events),
    undefined,
    `${events.length} events, none of which left less than nothing`,
  )
}

/** The first event after which less than nothing was available; personal fields play no part in it. */
function belowFloor(events: readonly StoredEvent[]): StoredEvent | undefined {
  let state: Wallet = wallet.initial
  return events.find((event) => {
    state = wallet.evolve(state, event as unknown as WalletEvent)
    return state.status === 'open' && availableAt(state, event.metadata.recordedAt) < 0n
  })
}

/** A debit that was appended and not answered, thousands of others, a restart: the first answer. */
async function diedBeforeItAnswered(t: Test, servers: Servers, store: EventStore): Promise<void> {
  const [mortal, other] = servers
  const id = await filled(other, 20_000)
  const path = `/api/wallets/${id}`
  const key = 'the-debit'
  const body = { amount: '1.00', description: 'the one' }
  let first: Answer | undefined
  for (let attempt = 0; ; attempt++) {
    const asked = mortal.post(`${path}/debits`, body, `${key}-${attempt}`).catch(() => undefined)
    while ((await streamOf(store, id)).length < attempt + 3) await sleep(1)
    await mortal.stop('SIGKILL')
    first = await asked
    if (first === undefined) {
      await others(other, path)
      await mortal.start()
      const again = await mortal.post(`${path}/debits`, body, `${key}-${attempt}`)
      t.match(again, { status: 201, body: { data: { movement: `${attempt + 3}`, kind: 'debit' } } })
      t.equal(again.headers.get('idempotency-replayed'), 'true')
      t.same((await other.post(`${path}/debits`, body, `${key}-${attempt}`)).body, again.body)
      const events = await streamOf(store, id)
      t.equal(events.length, attempt + 3 + OTHERS, 'one debit, and those of the others')
      return
    }
    await mortal.start()
    if (attempt === 50) throw new Error('No kill came between an append and its answer')
  }
}

const OTHERS = 10_000

/** Debits of other callers, while the server is away. */
async function others(server: TestServer, path: string): Promise<void> {
  const { counts } = await called('other', OTHERS, path, [server.url])
  if (counts['201'] !== OTHERS) throw new Error(JSON.stringify(counts))
}

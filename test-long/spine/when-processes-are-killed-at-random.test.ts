import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { commandIdOf } from '#commands/command-id.ts'
import { availableAt, type Wallet, type WalletEvent, wallet } from '#domain/wallet/wallet.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { dig, eventually, owner, type TestServer } from '#test/support/server.ts'
import { allRows, decimal, longPages, type Row } from './support/answers.ts'
import { type Answered, DiligentCallers } from './support/diligent-callers.ts'
import { bothLogs } from './support/logs.ts'
import { settled } from './support/settled.ts'
import { Supervised } from './support/supervised.ts'
import { sharedLog } from './support/two-servers.ts'

/** On each log. */
const KILLS = 50
// Some three minutes on a machine of its own; on one that is busy, each start takes its time.
t.setTimeout(1_200_000)

for (const log of bothLogs) {
  t.test(
    `API processes and projectors killed at random under load, the log in ${log.name}`,
    async (t) => {
      const shared = await sharedLog(t, log, longPages)
      if (shared === undefined) return
      const roles = ['api', 'api', 'projector', 'projector'] as const
      const servers = roles.map((role) => new Supervised(shared.server(), role))
      t.teardown(() => Promise.all(servers.map((server) => server.stop())).then(() => undefined))
      const apis = servers.filter(({ role }) => role === 'api').map(({ server }) => server)
      const callers = new DiligentCallers(apis)
      await callers.begin()
      const started = performance.now()
      const kills = await killedAtRandom(servers)
      await callers.end()
      const seconds = Math.round((performance.now() - started) / 1000)
      await eventually('all are up', async () => servers.every(({ isUp }) => isUp), 120_000)

      const [api] = apis as [TestServer, TestServer]
      const ordinal = await settled(api)
      const events = await everyEvent(shared.store)
      const alone = servers.reduce((sum, { endedAlone }) => sum + endedAlone, 0)
      t.comment(
        `${kills.api} kills of API processes and ${kills.projector} of projectors in ${seconds} s; ` +
          `${callers.answered.length} commands answered, sent again ${callers.repeats} times; ${events.length} events`,
      )
      t.equal(alone, 0, 'no process ended but by being killed')
      t.equal(ordinal, events.length, 'every event was folded')
      assertEachOnce(t, callers.answered, events)
      await assertWallets(t, api, callers, events)
      await assertReactions(t, api, events)
      await assertProjections(t, api, ordinal)
    },
  )
}

/** One after the other, each while half of them are up; some while they start. */
async function killedAtRandom(servers: readonly Supervised[]) {
  const kills = { api: 0, projector: 0 }
  while (kills.api + kills.projector < KILLS) {
    await sleep(100 + Math.random() * 900)
    const isEnough = async () => servers.filter(({ isUp }) => isUp).length * 2 >= servers.length
    await eventually('half of them are up', isEnough, 120_000)
    const victim = servers[Math.floor(Math.random() * servers.length)] as Supervised
    if (await victim.kill()) kills[victim.role] += 1
  }
  return kills
}

async function everyEvent(store: EventStore): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const page of store.readAll()) events.push(...page)
  return events
}

/** What a command of this address says in the log, once. */
const types: readonly (readonly [RegExp, string])[] = [
  [/customers$/, 'CustomerRegistered'],
  [/wallets$/, 'WalletOpened'],
  [/topups$/, 'WalletToppedUp'],
  [/debits$/, 'WalletDebited'],
  [/sales$/, 'SaleRecorded'],
  [/payments$/, 'SalePaymentReceived'],
]

/** What was acknowledged is in the log once, what was refused is not, and there is nothing else. */
function assertEachOnce(
  t: Test,
  answered: readonly Answered[],
  events: readonly StoredEvent[],
): void {
  const told = new Set(types.map(([, type]) => type))
  const byCommand = Map.groupBy(
    events.filter(({ type, metadata }) => told.has(type) && metadata.actor === owner.actor),
    ({ metadata }) => metadata.commandId,
  )
  const wrong: string[] = []
  let counted = 0
  for (const { path, key, status, answer } of answered) {
    const { organisation, actor } = owner
    const commandId = commandIdOf({ organisation, actor, route: `POST ${path}`, key })
    const found = byCommand.get(commandId) ?? []
    counted += found.length
    const type = types.find(([address]) => address.test(path))?.[1]
    const isRight = status === 201 ? found.length === 1 && found[0]?.type === type : !found.length
    if (!isRight) wrong.push(`${path} ${key}: ${status}, ${JSON.stringify(found)}`)
    if (status === 422 && !/shortfall|owed|little|above/i.test(JSON.stringify(answer.body)))
      wrong.push(`${path} ${key}: ${JSON.stringify(answer.body)}`)
  }
  t.same(wrong, [], 'every command has its events once, a refused one has none')
  t.equal(counted, byCommand.values().toArray().flat().length, 'and nothing was done unasked')
  const refused = answered.filter(({ status }) => status !== 201).length
  t.comment(`${counted} commands accepted, ${refused} refused: 0 lost, 0 doubled`)
}

async function assertWallets(
  t: Test,
  api: TestServer,
  { wallets, answered }: DiligentCallers,
  events: readonly StoredEvent[],
): Promise<void> {
  for (const id of wallets) {
    let state: Wallet = wallet.initial
    const own = events.filter(({ stream }) => stream === `wallet-main.${id}`)
    const below = own.find((event) => {
      state = wallet.evolve(state, event as unknown as WalletEvent)
      return state.status === 'open' && availableAt(state, event.metadata.recordedAt) < 0n
    })
    t.equal(below, undefined, `${own.length} events, none of which left less than nothing`)
    const sum = (what: string) =>
      answered
        .filter(({ path, status }) => path === `/api/wallets/${id}/${what}` && status === 201)
        .reduce((total, { amount }) => total + amount, 0n)
    const balance = dig(await api.get(`/api/wallets/${id}`), 'data', 'balance')
    t.match(balance, { amount: decimal(sum('topups') - sum('debits')) })
  }
}

/** Every customer who bought is closed, and no event was answered twice by the same process. */
async function assertReactions(
  t: Test,
  api: TestServer,
  events: readonly StoredEvent[],
): Promise<void> {
  const buyers = new Set(
    events.flatMap(({ type, data }) => (type === 'SaleRecorded' ? [data['customerId']] : [])),
  )
  const customers = await allRows(api, '/api/crm/customers')
  const isClosed = (row: Row) => row['status'] === 'closed'
  t.equal(customers.filter(isClosed).length, buyers.size, `${buyers.size} customers bought`)
  const reactions = events.filter(({ metadata }) => metadata.actor.startsWith('process:'))
  // What the program does to its own read models has no event that caused it: it is noted under an id of its own.
  const asked = reactions.map(({ type, stream, metadata }) => {
    const { $causationId: cause = metadata.commandId, actor } = metadata
    return `${cause} ${actor} ${stream} ${type}`
  })
  t.equal(new Set(asked).size, asked.length, `${asked.length} reactions, each once`)
  const closed = reactions.filter(({ type }) => type === 'CustomerStatusChanged')
  t.equal(closed.length, buyers.size, 'each was closed once')
}

async function assertProjections(t: Test, api: TestServer, ordinal: number): Promise<void> {
  const rows = dig(await api.get('/api/projections'), 'data') as readonly Row[]
  for (const name of rows.map((row) => String(row['name']))) {
    const verified = await api.post(`/api/projections/${name}/verify`, undefined)
    t.match(verified, { status: 200, body: { data: { equal: true, ordinal } } }, name)
  }
}

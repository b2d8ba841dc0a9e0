import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { commandIdOf } from '#commands/command-id.ts'
import type { EventStore } from '#log/event-store.ts'
import { realServer, testCluster } from '#test/support/eventstoredb.ts'
import type { TestCluster } from '#test/support/eventstoredb-node/cluster.ts'
import { dig, installation, owner, pick, type TestServer } from '#test/support/server.ts'
import { found, type Row } from './support/answers.ts'
import { bothLogs, type Log } from './support/logs.ts'
import { rebuilt } from './support/rebuilt.ts'
import { settled } from './support/settled.ts'
import { sharedLog } from './support/two-servers.ts'

const WRITERS = 16
const KILLS = 4
/** Commands that are answered between two kills, at least. */
const BETWEEN_KILLS = 150
/** How long the others take to choose a leader; a command waits less long than the longest. */
const LEADERLESS_MS = 1500
const LONGEST_LEADERLESS_MS = 12_000
const COMMAND_DEADLINE_MS = '5000'

const SALE = { saleAmount: '1.00', paymentMethod: 'cash' }
const QUERIES = ['/api/finance/stats', '/api/finance/sales', '/api/ledger/trial-balance']

/**
 * On the cluster of EVENTSTOREDB_URL nobody is killed here: whoever runs it does that, while this goes on for
 * as many commands.
 */
t.test('16 writers over HTTP while leaders of the cluster die', async (t) => {
  const cluster = realServer === undefined ? await testCluster(t, { lagMs: 5 }) : undefined
  const shared = await sharedLog(t, logOf(cluster), {
    DAYBOOK_COMMAND_DEADLINE_MS: COMMAND_DEADLINE_MS,
  })
  if (shared === undefined) return
  const server = shared.server()
  await server.start()

  const writers = new Writers(server)
  const queries = new Queries(server)
  const running = Promise.all([writers.run(), queries.run()])
  await writers.answered(BETWEEN_KILLS)
  for (let kill = 0; kill < KILLS; kill++) {
    const leaderlessMs = kill === 1 ? LONGEST_LEADERLESS_MS : LEADERLESS_MS
    await cluster?.killLeader({ leaderlessMs })
    await writers.answered(BETWEEN_KILLS)
    await cluster?.restart()
  }
  writers.stop()
  queries.stop()
  await running
  tell(t, writers, queries, cluster)

  t.same(writers.failures, [], 'callers saw delays, and 503 with Retry-After')
  t.same(queries.failures, [], 'and queries were answered throughout')
  if (cluster) {
    t.ok(writers.toldToComeBack > 0, 'some were told to come back')
    t.ok(cluster.unanswered > 0, 'some appends were written and not answered')
  }
  await assertOnce(t, shared.store, writers.acknowledged)
  await settled(server)
  const [totals] = dig(await found(server, '/api/finance/stats'), 'data', 'totals') as Row[]
  t.equal(totals?.['totalSales'], writers.acknowledged.size)
  await assertEqualToRebuild(t, server)
})

function logOf(cluster: TestCluster | undefined): Log {
  if (cluster !== undefined) {
    const { connectionString } = cluster
    return { name: 'a cluster', environment: async () => ({ EVENTSTOREDB_URL: connectionString }) }
  }
  const real = bothLogs.find(({ name }) => name === 'EventStoreDB')
  if (real === undefined) throw new Error('There is no log in EventStoreDB to work on')
  return real
}

/** Each sends one sale after the other, and the same again with the same key until it is answered. */
class Writers {
  readonly #server: TestServer
  readonly #stopped = new AbortController()
  /** The sale's id, by the command's key. */
  readonly acknowledged = new Map<string, string>()
  readonly failures: string[] = []
  toldToComeBack = 0
  longestMs = 0

  constructor(server: TestServer) {
    this.#server = server
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => this.#write(writer)))
  }

  stop(): void {
    this.#stopped.abort()
  }

  /** Resolves when so many more were answered. */
  async answered(more: number): Promise<void> {
    const wanted = this.acknowledged.size + more
    while (this.acknowledged.size < wanted) {
      if (this.failures.length > 0) throw new Error(this.failures.join('\n'))
      await sleep(5)
    }
  }

  async #write(writer: number): Promise<void> {
    for (let n = 0; !this.#stopped.signal.aborted; n++) {
      const began = performance.now()
      await this.#send(`sale-${writer}-${n}`)
      this.longestMs = Math.max(this.longestMs, performance.now() - began)
    }
  }

  async #send(key: string): Promise<void> {
    for (;;) {
      const answer = await this.#server.post('/api/finance/sales', SALE, key)
      if (answer.status === 201) {
        this.acknowledged.set(key, pick(answer, 'data', 'id'))
        return
      }
      const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN)
      if (answer.status !== 503 || Number.isNaN(seconds)) {
        this.failures.push(`${key}: ${answer.status} ${JSON.stringify(answer.body)}`)
        this.stop()
        return
      }
      this.toldToComeBack += 1
      await sleep(seconds * 1000)
    }
  }
}

class Queries {
  readonly #server: TestServer
  readonly #stopped = new AbortController()
  readonly failures: string[] = []
  count = 0
  longestMs = 0

  constructor(server: TestServer) {
    this.#server = server
  }

  async run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const path = QUERIES[this.count++ % QUERIES.length] ?? ''
      const began = performance.now()
      const { status, body } = await this.#server.get(path)
      this.longestMs = Math.max(this.longestMs, performance.now() - began)
      if (status !== 200) this.failures.push(`${path}: ${status} ${JSON.stringify(body)}`)
      await sleep(20)
    }
  }

  stop(): void {
    this.#stopped.abort()
  }
}

function tell(t: Test, writers: Writers, queries: Queries, cluster?: TestCluster): void {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
  t.comment(
    `${writers.acknowledged.size} commands acknowledged, ${writers.toldToComeBack} times told to come back, ` +
      `the longest took ${seconds(writers.longestMs)} with its repeats; ${queries.count} queries, ` +
      `the longest ${seconds(queries.longestMs)}`,
  )
  if (cluster === undefined) return
  t.comment(
    `dying leaders wrote ${cluster.unanswered} appends without an answer and lost ${cluster.lost}`,
  )
}

/** Each acknowledged command stands in the log once, and no other. */
async function assertOnce(
  t: Test,
  store: EventStore,
  acknowledged: ReadonlyMap<string, string>,
): Promise<void> {
  const sales = new Map<string, string[]>()
  for await (const page of store.readAll({ filter: { types: ['SaleRecorded'] } })) {
    for (const { metadata, data } of page) {
      const of = sales.get(metadata.commandId) ?? []
      sales.set(metadata.commandId, [...of, data['saleId'] as string])
    }
  }
  const { organisation, actor } = owner
  const route = 'POST /api/finance/sales'
  const wanted = Array.from(acknowledged, ([key, saleId]) => {
    return [commandIdOf({ organisation, actor, route, key }), [saleId]] as const
  })
  t.same(sales, new Map(wanted), 'every acknowledged command once, none lost and none doubled')
}

async function assertEqualToRebuild(t: Test, server: TestServer): Promise<void> {
  t.equal(
    (await server.call('POST', '/api/projections/rebuild', { caller: installation })).status,
    202,
  )
  for (const { name, state, equal } of await rebuilt(server)) {
    t.same([state, equal], ['done', true], `${name} is what the log says`)
  }
}

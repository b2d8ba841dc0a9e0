import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { nodeProcess } from '#test/support/eventstoredb.ts'
import { dig, type TestServer } from '#test/support/server.ts'
import { found, longPages, type Row } from './support/answers.ts'
import { bothLogs, patient } from './support/logs.ts'
import { assertBooks, importWords, skip } from './support/online-retail.ts'
import { settled } from './support/settled.ts'
import { sharedLog } from './support/two-servers.ts'

const FIGURES = ['/api/ledger/trial-balance', '/api/finance/stats', '/api/ledger/accounts']

t.test('a year of a shop moves to EventStoreDB and back, under writes', { skip }, async (t) => {
  const [inPostgres] = bothLogs
  const { connectionString } = await nodeProcess(t)
  const shared = inPostgres && (await sharedLog(t, inPostgres, { ...longPages, ...patient }))
  if (shared === undefined) throw new Error('There is no log to work on')
  const old = shared.server()
  await old.start()
  const imported = await old.daybook(...importWords('ingrid', join(old.dataDir, 'refused.csv')))
  t.equal(imported.code, 0, imported.err)
  await settled(old)
  await assertBooks(t, old)

  const there = shared.server()
  there.environment['EVENTSTOREDB_URL'] = connectionString
  await move(t, old, there, ['postgres', connectionString])
  const back = shared.server()
  await move(t, there, back, ['eventstoredb', 'postgres'])
})

/** Moves the log from under one server to another, while customers are registered; the figures stay what they were. */
async function move(
  t: Test,
  old: TestServer,
  next: TestServer,
  [from, to]: readonly [string, string],
): Promise<void> {
  const ends = ['log', 'copy', '--from', from, '--to', to]
  const figures = await figuresOf(old)
  const customers = new Customers(old, next)
  const copied = await old.daybook(...ends, '--once')
  t.equal(copied.code, 0, copied.err)
  const switching = old.daybook('--json', ...ends, '--switch')
  await startWaiting(next)
  const moved = await switching
  t.equal(moved.code, 0, moved.err)
  const { proof, switched } = JSON.parse(moved.out)
  t.same(switched.left, [], 'every checkpoint was translated')
  t.ok(switched.pauseMs < 5000, `the log stood still for ${Math.round(switched.pauseMs)} ms`)
  const refused = await old.post('/api/crm/customers', { name: 'Too late' })
  t.match(refused, { status: 503, body: { code: 'LOG_MOVED' } })
  t.ok(Number(refused.headers.get('retry-after')) > 0)
  t.same(await figuresOf(old), figures, 'it still answers queries')
  const pause = Math.round(await customers.end())
  t.comment(`${proof.count} events moved; ${pause} ms between two accepted commands`)

  await old.stop()
  await settled(next)
  t.same(await figuresOf(next), figures, 'the same figures')
  const list = dig(await found(next, '/api/projections'), 'data') as readonly Row[]
  t.ok(
    list.every(({ rebuild }) => (rebuild ?? null) === null),
    'nothing was rebuilt',
  )
  for (const { name } of list) {
    const answer = await next.call('POST', `/api/projections/${String(name)}/verify`)
    t.same(dig(answer, 'data', 'findings'), [], `${String(name)} is what the log says`)
  }
  const path = `/api/finance/stats?min_position=${customers.positionBefore}`
  t.match(await next.get(path), { status: 400, body: { code: 'POSITION_INVALID' } })
}

async function figuresOf(server: TestServer): Promise<readonly unknown[]> {
  return Promise.all(FIGURES.map(async (path) => dig(await found(server, path), 'data')))
}

/** It waits for the log once a copy is on its way to it, and refuses to start before. */
async function startWaiting(server: TestServer): Promise<void> {
  for (;;) {
    try {
      return await server.start()
    } catch (error) {
      if (!String(error).includes('has moved to')) throw error
    }
  }
}

/** Registered one after the other, at whichever server takes them. */
class Customers {
  readonly #old: TestServer
  readonly #next: TestServer
  readonly #running: Promise<void>
  #ended = false
  #lastBefore = 0
  #firstAfter = 0
  positionBefore = ''

  constructor(old: TestServer, next: TestServer) {
    this.#old = old
    this.#next = next
    this.#running = this.#run()
  }

  /** Answers the time from the last that the old server took to the first of the next, in milliseconds. */
  async end(): Promise<number> {
    while (this.#firstAfter === 0) await Promise.race([sleep(20), this.#running])
    this.#ended = true
    await this.#running
    return this.#firstAfter - this.#lastBefore
  }

  async #run(): Promise<void> {
    for (let n = 0; !this.#ended; n++) {
      const isNext = this.#next.url !== ''
      const server = isNext ? this.#next : this.#old
      const { status, headers, body } = await server.post('/api/crm/customers', { name: `${n}` })
      if (status === 201 && isNext) this.#firstAfter ||= performance.now()
      else if (status === 201) {
        this.#lastBefore = performance.now()
        this.positionBefore = headers.get('daybook-position') ?? ''
      } else if (status !== 503) throw new Error(JSON.stringify(body))
      await sleep(10)
    }
  }
}

import process from 'node:process'
import fc from 'fast-check'
import t from 'tap'
import { RebuildInProgress } from '#projections/engine/errors.ts'
import { testApi } from '#test/support/api.ts'
import { bulksOf } from '#test/support/fuzz/bulks.ts'
import { Fuzz } from '#test/support/fuzz/fuzz.ts'
import {
  type OpenApi,
  type Operation,
  operationsOf,
  withRoutes,
} from '#test/support/fuzz/openapi.ts'
import { requestsOf } from '#test/support/fuzz/requests.ts'
import { seed } from '#test/support/fuzz/seed.ts'
import { dig, eventually, owner, stranger } from '#test/support/server.ts'

/**
 * Every route is sent what its own description allows, and what it does not: FUZZ_RUNS requests each, made
 * from FUZZ_SEED. What fails is told as it went over the wire. FUZZ_VERBOSE tells of every route how often
 * it answered with which status.
 */
const numRuns = Number(process.env['FUZZ_RUNS'] ?? 25)
const isVerbose = process.env['FUZZ_VERBOSE'] !== undefined
/** Of what has no description of its own, and of HEAD, which does what GET does. */
const FEWER = 5

const { made: api, routes } = await withRoutes(() =>
  testApi(t, { DAYBOOK_BODY_BYTES: '65536', DAYBOOK_WAIT_DEADLINE_MS: '200' }),
)
// What they would write is no answer to a request.
await api.daybook.processes.stop()
const address = new URL(await api.app.listen({ port: 0 }))
const document = JSON.parse((await api.app.inject('/api/docs/json')).body) as OpenApi
const operations = operationsOf(routes, document)
const fuzz = new Fuzz(api, Number(address.port))
t.teardown(() => fuzz.close())

const isBulk = ({ url }: Operation): boolean => url === '/api/bulk'
const runsProjections = ({ url, method }: Operation): boolean =>
  method === 'POST' && url.startsWith('/api/projections')
const commands = operations.filter(({ isCommand }) => isCommand)
const bulks = operations.filter(isBulk)
const others = operations.filter((one) => !isBulk(one) && !one.isCommand && !runsProjections(one))
// What rebuilds all comes last.
const acts = operations.filter(runsProjections).toReversed()

for (const caller of [owner, stranger]) await fuzz.world.refresh(caller)

/** Each as a test of its own, so that one that fails leaves the others to be seen. */
function fuzzed(of: readonly Operation[], before: () => Promise<void>): void {
  for (const operation of of) {
    const { method, url, isDescribed } = operation
    const isPlain = method === 'HEAD' || !isDescribed
    const runs = isPlain ? Math.ceil(numRuns / FEWER) : numRuns
    t.test(`${method} ${url} keeps its word`, async () => {
      await before()
      const requests = isBulk(operation) ? bulksOf(operation, commands) : requestsOf(operation)
      const property = fc.asyncProperty(requests, (request) => fuzz.try(operation, request))
      await fc.assert(property, { numRuns: runs, seed: seed + operations.indexOf(operation) })
    })
  }
}

/** Every projection follows, and none is rebuilt. */
async function rested(): Promise<void> {
  for (const { name } of await api.daybook.engine.status()) {
    await api.daybook.engine.cancelRebuild(name)
    await api.daybook.engine.startProjection(name)
  }
}

/** What a rebuild that was cancelled holds is given back when it has noticed. */
async function verified(name: string): Promise<unknown> {
  let report: unknown
  const tried = async (): Promise<boolean> => {
    report = await api.daybook.engine.verify(name).catch((error: unknown) => {
      if (!(error instanceof RebuildInProgress)) throw error
    })
    return report !== undefined
  }
  await eventually(`${name} is verified`, tried, 60_000)
  return report
}

fuzzed(commands, () => fuzz.world.refresh(owner))
fuzzed(bulks, () => fuzz.world.refresh(owner))
t.test('everything that was done can be looked at', async () => {
  await api.caughtUp()
  for (const caller of [owner, stranger]) await fuzz.world.lookAround(caller)
})
fuzzed(others, async () => undefined)
fuzzed(acts, rested)

t.test('the books balance, rows are what the log says, and the server answers', async (t) => {
  await rested()
  await api.caughtUp()
  for (const caller of [owner, stranger]) {
    const balance = await api.get('/api/ledger/trial-balance', { caller })
    const totals = dig(balance, 'data', 'totals') as readonly { balance: { amount: string } }[]
    t.ok(totals.length > 0)
    for (const { balance } of totals) t.match(balance.amount, /^0(\.0+)?$/)
  }
  for (const { name } of await api.daybook.engine.status()) {
    t.match(await verified(name), { equal: true, findings: [] }, name)
  }
  t.equal((await api.get('/ready')).status, 200)
})

t.test('no route was left out', async (t) => {
  let cases = 0
  for (const operation of operations) {
    const counts = [...(fuzz.answers.get(operation) ?? [])]
    const route = `${operation.method} ${operation.url}`
    t.ok(counts.length > 0, route)
    if (isVerbose) t.comment(`${route} ${counts.map((count) => count.join(': ')).join(', ')}`)
    cases += counts.reduce((sum, [, count]) => sum + count, 0)
  }
  t.comment(`${operations.length} routes, ${cases} cases, seed ${seed}`)
})

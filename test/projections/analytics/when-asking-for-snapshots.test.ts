import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Database } from '#adapters/database/database.ts'
import { addDays } from '#domain/dates.ts'
import { analytics } from '#projections/analytics/analytics.ts'
import type { Snapshot } from '#projections/analytics/snapshot.ts'
import { dailySnapshots } from '#projections/analytics/snapshot-queries.ts'
import { statistics } from '#projections/finance/statistics-queries.ts'
import { allPages } from '#test/projections/all-pages.ts'
import { Company, type Deed, deeds } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { foldAll, recorded, type Told } from '#test/projections/fold-runner.ts'
import { recount, snapshotOf, statisticsOf } from '#test/projections/recount.ts'

const RUNS = 40
const USERS = ['ann', 'bob']
const [FIRST, LAST] = ['2025-12-31', '2026-03-10']

const handovers = fc.array(
  fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    customerId: fc.constantFrom('c-1', 'c-2', 'c-3'),
    agent: fc.constantFrom(...USERS),
  }),
  { maxLength: 6 },
)

interface Handover {
  readonly at: number
  readonly customerId: string
  readonly agent: string
}

/** What a company does, seven hours between each event, with customers handed over in between. */
function historyOf(done: readonly Deed[], given: readonly Handover[], organisation: string) {
  const company = new Company()
  for (const deed of done) company.does(deed)
  const story: Told[] = [...company.story]
  // After the registrations.
  const placeOf = ({ at }: Handover) => 3 + Math.floor(at * (company.story.length - 3))
  const agents = new Map<string, string>()
  for (const [index, handover] of given.toSorted((a, b) => a.at - b.at).entries()) {
    const { customerId, agent } = handover
    const agentBefore = agents.get(customerId) ?? 'ann'
    agents.set(customerId, agent)
    const data = { customerId, agent, agentBefore }
    const event = { type: 'CustomerDetailsChanged', data } as const
    story.splice(placeOf(handover) + index, 0, { event, stream: ['customer', customerId] })
  }
  const start = Date.UTC(2026, 0, 1)
  const spread = story.map((told, index) => {
    const recordedAt = new Date(start + index * 7 * 3_600_000).toISOString()
    return { ...told, organisation, metadata: { recordedAt } }
  })
  return recorded(spread)
}

async function store(database: Database, events: ReturnType<typeof historyOf>): Promise<void> {
  const { delta = [] } = foldAll(analytics, events)
  const rows = delta.map(({ organisation, row }) => ({ organisation, ...row }))
  await database.engine.query(
    `insert into analytics.delta
     select * from json_populate_recordset(null::analytics.delta, $1::json)`,
    [JSON.stringify(rows)],
  )
}

/** As a recount tells it: money without what is zero. */
function told({ figures }: Snapshot) {
  const entries = [...figures].map(([name, figure]) => {
    if (typeof figure === 'number') return [name, figure]
    const amounts = [...figure].filter(([, amount]) => amount !== 0n)
    return [name, Object.fromEntries(amounts.map(([currency, sum]) => [currency, String(sum)]))]
  })
  return Object.fromEntries(entries) as ReturnType<typeof snapshotOf>
}

t.test('whatever happens, a snapshot is what a recount of what was known says', async (t) => {
  const { database, query } = await filledDatabase(t, [])
  let runs = 0
  const property = fc.asyncProperty(
    deeds,
    handovers,
    fc.double({ min: 0, max: 1, noNaN: true }),
    async (done, given, share) => {
      const organisation = `run-${(runs += 1)}`
      const events = historyOf(done, given, organisation)
      await store(database, events)
      const knownAt = Math.ceil(share * events.length)
      const known = recount(events.slice(0, knownAt))
      const asked = { from: FIRST, to: LAST, knownAt: String(knownAt) }
      const shown = await query(
        (db) => allPages((cursor) => dailySnapshots(db, asked, { limit: 37, cursor })),
        organisation,
      )
      for (const snapshot of shown) {
        const { user, day } = snapshot
        assert.deepEqual(told(snapshot), snapshotOf(known, user, day), `${user} ${day}`)
      }
      const active = known.documents.map(({ agent }) => agent)
      const looking = known.customers.flatMap(({ agent, handedOver }) => [
        agent,
        ...handedOver.map(({ to }) => to),
      ])
      const users = new Set([...active, ...looking]).size
      assert.equal(shown.length, knownAt === 0 ? 0 : users * 70, 'each user on each day')
      assertTotalsAreSums(shown)
      const { documents } = known
      const { periods } = await query((db) => statistics(db, 'day', asked), organisation)
      for (const { agent, period, currency, ...figures } of periods) {
        const own = documents.filter(
          (one) => one.agent === agent && one.day === period && one.currency === currency,
        )
        assert.deepEqual(figures, statisticsOf(own))
      }
    },
  )
  await t.resolves(fc.assert(property, { numRuns: RUNS }))
})

/** What a total grew by on a day is what `today…` says of it. */
function assertTotalsAreSums(shown: readonly Snapshot[]): void {
  const byPlace = new Map(shown.map((one) => [`${one.user} ${one.day}`, told(one)]))
  for (const { user, day } of shown) {
    const [now, before] = [day, addDays(day, -1)].map((at) => byPlace.get(`${user} ${at}`))
    if (now === undefined || before === undefined) continue
    assert.equal(now.totalSales - before.totalSales, now.todaySales)
    const currencies = { ...now.totalRevenue, ...before.totalRevenue }
    for (const currency of Object.keys(currencies)) {
      const of = (amounts: Readonly<Record<string, string>>) => BigInt(amounts[currency] ?? '0')
      assert.equal(of(now.totalRevenue) - of(before.totalRevenue), of(now.todayRevenue))
    }
  }
}

import t from 'tap'
import { type Statistics, statistics } from '#projections/finance/statistics-queries.ts'
import { longStory } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { recorded } from '#test/projections/fold-runner.ts'
import { type CountedDocument, recount, statisticsOf } from '#test/projections/recount.ts'

const story = longStory(5)
const events = recorded(story)
const { documents } = recount(events)

/** The figures of documents by whatever tells them apart, in the order of it. */
function counted(some: readonly CountedDocument[], keyOf: (one: CountedDocument) => string) {
  return [...Map.groupBy(some, keyOf)]
    .map(([key, group]) => ({ key, ...statisticsOf(group) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
}

/** The same of what was asked for. */
function shown<Row extends Statistics>(rows: readonly Row[], keyOf: (row: Row) => string) {
  return rows.map((row) => {
    const { currency: _, agent: _agent, period: _period, ...figures } = { ...noPeriod, ...row }
    return { key: keyOf(row), ...figures }
  })
}
const noPeriod = { agent: '', period: '' }

t.test('statistics are summed by day, by month and altogether', async (t) => {
  const { query } = await filledDatabase(t, story)
  const { periods: days } = await query((db) => statistics(db, 'day', {}))
  t.same(
    shown(days, (row) => `${row.period} ${row.agent} ${row.currency}`),
    counted(documents, (one) => `${one.day} ${one.agent} ${one.currency}`),
  )
  const ofAnn = await query((db) => statistics(db, 'month', { agent: 'ann' }))
  const months = ofAnn.periods
  t.same(
    shown(months, (row) => `${row.period} ${row.agent} ${row.currency}`),
    counted(
      documents.filter((one) => one.agent === 'ann'),
      (one) => `${one.day.slice(0, 7)} ann ${one.currency}`,
    ),
  )
  t.ok(months.length >= 3)
  const filter = { currency: 'SAR', from: '2026-01-05', to: '2026-02-10' }
  const { totals } = await query((db) => statistics(db, 'month', filter))
  t.same(
    shown(totals, (row) => row.currency),
    counted(
      documents.filter(
        (one) => one.currency === 'SAR' && one.day >= '2026-01-05' && one.day <= '2026-02-10',
      ),
      (one) => one.currency,
    ),
  )
  t.same(await query((db) => statistics(db, 'day', {}), 'other'), { totals: [], periods: [] })
})

t.test('statistics are asked for as they were known at an ordinal', async (t) => {
  const { query } = await filledDatabase(t, story)
  for (const share of [0, 0.1, 0.5, 0.9, 1]) {
    const knownAt = Math.floor(events.length * share)
    const asked = { knownAt: String(knownAt) }
    const { totals } = await query((db) => statistics(db, 'day', asked))
    t.same(
      shown(totals, (row) => row.currency),
      counted(recount(events.slice(0, knownAt)).documents, (one) => one.currency),
      `after ${knownAt} events`,
    )
  }
})

import t from 'tap'
import { type DailyRow, financeStatistics } from '#projections/finance/statistics.ts'
import { statisticsBy, statisticsTotals } from '#projections/finance/statistics-queries.ts'
import { longStory } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { foldInto, recorded } from '#test/projections/fold-runner.ts'

const story = longStory(5)
const daily = foldInto(financeStatistics, recorded(story))['daily'] as readonly DailyRow[]

/** Turnover, commissions and counts summed by whatever tells rows apart, in the order of it. */
function summed(rows: readonly DailyRow[], keyOf: (row: DailyRow) => string) {
  const groups = Map.groupBy(rows, keyOf)
  const sum = (items: readonly DailyRow[], of: (row: DailyRow) => string | number): string =>
    String(items.reduce((total, row) => total + BigInt(of(row)), 0n))
  return [...groups]
    .map(([key, items]) => [
      key,
      sum(items, (row) => row.turnover),
      sum(items, (row) => row.commissions),
      sum(items, (row) => row.sales),
      sum(items, (row) => row.credited),
      sum(items, (row) => row.credit_notes),
      sum(items, (row) => row.cancelled_turnover),
      sum(items, (row) => row.cancelled_commissions),
      sum(items, (row) => row.cancelled_sales),
    ])
    .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1))
}

t.test('statistics are summed by day, by month and altogether', async (t) => {
  const { query } = await filledDatabase(t, story)
  const shown = (row: Awaited<ReturnType<typeof statisticsTotals>>[number], key: string) => [
    key,
    row.turnover,
    row.commissions,
    row.sales,
    row.credited,
    row.credit_notes,
    row.cancelled_turnover,
    row.cancelled_commissions,
    row.cancelled_sales,
  ]
  const days = await query((db) => statisticsBy(db, 'day', {}))
  t.same(
    days.map((row) => shown(row, `${row.period} ${row.agent} ${row.currency}`)),
    summed(daily, (row) => `${row.day} ${row.agent} ${row.currency}`),
  )
  const months = await query((db) => statisticsBy(db, 'month', { agent: 'ann' }))
  t.same(
    months.map((row) => shown(row, `${row.period} ${row.agent} ${row.currency}`)),
    summed(
      daily.filter((row) => row.agent === 'ann'),
      (row) => `${row.day.slice(0, 7)} ann ${row.currency}`,
    ),
  )
  t.ok(months.length >= 3)
  const filter = { currency: 'SAR', from: '2026-01-05', to: '2026-02-10' }
  const totals = await query((db) => statisticsTotals(db, filter))
  t.same(
    totals.map((row) => shown(row, row.currency)),
    summed(
      daily.filter(
        (row) => row.currency === 'SAR' && row.day >= '2026-01-05' && row.day <= '2026-02-10',
      ),
      (row) => row.currency,
    ),
  )
  t.same(await query((db) => statisticsTotals(db, {}), 'other'), [])
})

import { type ExpressionBuilder, sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Measure } from '../analytics/measure.ts'
import type { ReadModels } from '../read-models.ts'
import {
  cancelledCommissions,
  cancelledSales,
  commissions,
  creditNotes,
  financeAnalytics,
  sales,
} from './analytics.ts'

export interface StatisticsFilter {
  readonly agent?: string | undefined
  readonly currency?: string | undefined
  /** Days, included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** As it was known when the organisation's log held so many events. Default: all of them. */
  readonly knownAt?: string | undefined
}

/** Figures of one currency: amounts of different currencies never mix. All are sums of deltas. */
export interface Statistics {
  readonly currency: string
  readonly turnover: string
  readonly commissions: string
  readonly sales: string
  readonly credited: string
  readonly credit_notes: string
  readonly cancelled_turnover: string
  readonly cancelled_commissions: string
  readonly cancelled_sales: string
}
/** `period` is a day, YYYY-MM-DD, or a month, YYYY-MM. */
export type PeriodStatistics = Statistics & { readonly period: string; readonly agent: string }

const periods = {
  day: sql<string>`d.day::text`,
  month: sql<string>`to_char(d.day, 'YYYY-MM')`,
} as const

type Deltas = ExpressionBuilder<{ d: ReadModels['analytics.delta'] }, 'd'>

function sum(eb: Deltas, column: 'd.count' | 'd.amount', { name }: Measure) {
  const summed = eb.fn.sum<string | null>(column).filterWhere('d.measure', '=', name)
  return eb.fn.coalesce(summed, eb.lit(0)).$castTo<string>()
}

function figures(db: ReadonlyKysely<ReadModels>, filter: StatisticsFilter) {
  const names = financeAnalytics.measures.map(({ name }) => name)
  let query = db
    .selectFrom('analytics.delta as d')
    .where('d.measure', 'in', names)
    .select((eb) => [
      'd.currency',
      sum(eb, 'd.amount', sales).as('turnover'),
      sum(eb, 'd.amount', commissions).as('commissions'),
      sum(eb, 'd.count', sales).as('sales'),
      sum(eb, 'd.amount', creditNotes).as('credited'),
      sum(eb, 'd.count', creditNotes).as('credit_notes'),
      sum(eb, 'd.amount', cancelledSales).as('cancelled_turnover'),
      sum(eb, 'd.amount', cancelledCommissions).as('cancelled_commissions'),
      sum(eb, 'd.count', cancelledSales).as('cancelled_sales'),
    ])
    .groupBy('d.currency')
  if (filter.agent !== undefined) query = query.where('d.user_id', '=', filter.agent)
  if (filter.currency !== undefined) query = query.where('d.currency', '=', filter.currency)
  if (filter.from !== undefined) query = query.where('d.day', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('d.day', '<=', filter.to)
  if (filter.knownAt !== undefined) query = query.where('d.ordinal', '<=', filter.knownAt)
  return query
}

/** One row per agent, day or month, and currency, in the order of time. */
export async function statisticsBy(
  db: ReadonlyKysely<ReadModels>,
  period: keyof typeof periods,
  filter: StatisticsFilter,
): Promise<readonly PeriodStatistics[]> {
  return figures(db, filter)
    .select(['d.user_id as agent', periods[period].as('period')])
    .groupBy(['d.user_id', periods[period]])
    .orderBy('period')
    .orderBy('agent')
    .orderBy('d.currency')
    .execute()
}

/** Everything that the filter holds, in one row per currency. */
export async function statisticsTotals(
  db: ReadonlyKysely<ReadModels>,
  filter: StatisticsFilter,
): Promise<readonly Statistics[]> {
  return figures(db, filter).orderBy('d.currency').execute()
}

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

/** What each figure is the sum of. */
export const statisticsFigures = {
  turnover: { of: sales, shows: 'amount' },
  commissions: { of: commissions, shows: 'amount' },
  sales: { of: sales, shows: 'count' },
  credited: { of: creditNotes, shows: 'amount' },
  credit_notes: { of: creditNotes, shows: 'count' },
  cancelled_turnover: { of: cancelledSales, shows: 'amount' },
  cancelled_commissions: { of: cancelledCommissions, shows: 'amount' },
  cancelled_sales: { of: cancelledSales, shows: 'count' },
} as const satisfies Readonly<Record<string, SumOf>>

interface SumOf {
  readonly of: Measure
  readonly shows: 'count' | 'amount'
}

export type StatisticsFigure = keyof typeof statisticsFigures
const figureNames = Object.keys(statisticsFigures) as readonly StatisticsFigure[]

/** Figures of one currency: amounts of different currencies never mix. All are sums of deltas. */
export type Statistics = { readonly currency: string } & {
  readonly [Name in StatisticsFigure]: string
}
/** `period` is a day, YYYY-MM-DD, or a month, YYYY-MM. */
export type PeriodStatistics = Statistics & { readonly period: string; readonly agent: string }

const periods = {
  day: sql<string>`d.day::text`,
  month: sql<string>`to_char(d.day, 'YYYY-MM')`,
} as const

/**
 * One row per agent, day or month, and currency, in the order of time; and all of them together, in one
 * row per currency.
 */
export async function statistics(
  db: ReadonlyKysely<ReadModels>,
  period: keyof typeof periods,
  filter: StatisticsFilter,
): Promise<{
  readonly totals: readonly Statistics[]
  readonly periods: readonly PeriodStatistics[]
}> {
  const rows = await db
    .selectFrom(daily(db, filter).as('d'))
    .select(['d.user_id as agent', 'd.currency', periods[period].as('period')])
    .select(({ fn }) => figureNames.map((name) => fn.sum<string>(`d.${name}`).as(name)))
    .groupBy(['d.user_id', 'd.currency', periods[period]])
    .orderBy('period')
    .orderBy('agent')
    .orderBy('d.currency')
    .execute()
  return { totals: totalsOf(rows), periods: rows }
}

/** By day first: a month is then found for each day, and not for each delta. */
function daily(db: ReadonlyKysely<ReadModels>, filter: StatisticsFilter) {
  const names = financeAnalytics.measures.map(({ name }) => name)
  let query = db
    .selectFrom('analytics.delta as d')
    .where('d.measure', 'in', names)
    .select(['d.user_id', 'd.day', 'd.currency'])
    .select((eb) => figureNames.map((name) => sum(eb, statisticsFigures[name]).as(name)))
    .groupBy(['d.user_id', 'd.day', 'd.currency'])
  if (filter.agent !== undefined) query = query.where('d.user_id', '=', filter.agent)
  if (filter.currency !== undefined) query = query.where('d.currency', '=', filter.currency)
  if (filter.from !== undefined) query = query.where('d.day', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('d.day', '<=', filter.to)
  if (filter.knownAt !== undefined) query = query.where('d.ordinal', '<=', filter.knownAt)
  return query
}

type Deltas = ExpressionBuilder<{ d: ReadModels['analytics.delta'] }, 'd'>

function sum(eb: Deltas, { of, shows }: SumOf) {
  const summed = eb.fn.sum<string | null>(`d.${shows}`).filterWhere('d.measure', '=', of.name)
  return eb.fn.coalesce(summed, eb.lit(0)).$castTo<string>()
}

function totalsOf(rows: readonly Statistics[]): readonly Statistics[] {
  return [...Map.groupBy(rows, ({ currency }) => currency)]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, inIt]) => {
      const total = (name: StatisticsFigure): string =>
        String(inIt.reduce((amount, row) => amount + BigInt(row[name]), 0n))
      const figures = figureNames.map((name) => [name, total(name)])
      return { currency, ...Object.fromEntries(figures) } as Statistics
    })
}

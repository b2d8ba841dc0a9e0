import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { ReadModels } from '../read-models.ts'
import type { DailyRow } from './statistics.ts'

export interface StatisticsFilter {
  readonly agent?: string | undefined
  readonly currency?: string | undefined
  /** Days, included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

type Sums = Omit<DailyRow, 'agent' | 'day' | 'currency' | Counts> & {
  readonly [Count in Counts]: string
}
type Counts = 'sales' | 'credit_notes' | 'cancelled_sales'

/** Figures of one currency: amounts of different currencies never mix. */
export type Statistics = Sums & { readonly currency: string }
/** `period` is a day, YYYY-MM-DD, or a month, YYYY-MM. */
export type PeriodStatistics = Statistics & { readonly period: string; readonly agent: string }

const periods = {
  day: sql<string>`d.day::text`,
  month: sql<string>`to_char(d.day, 'YYYY-MM')`,
} as const

function figures(db: ReadonlyKysely<ReadModels>, filter: StatisticsFilter) {
  let query = db
    .selectFrom('finance_statistics.daily as d')
    .select(({ fn }) => [
      'd.currency',
      fn.sum<string>('d.turnover').as('turnover'),
      fn.sum<string>('d.commissions').as('commissions'),
      fn.sum<string>('d.sales').as('sales'),
      fn.sum<string>('d.credited').as('credited'),
      fn.sum<string>('d.credit_notes').as('credit_notes'),
      fn.sum<string>('d.cancelled_turnover').as('cancelled_turnover'),
      fn.sum<string>('d.cancelled_commissions').as('cancelled_commissions'),
      fn.sum<string>('d.cancelled_sales').as('cancelled_sales'),
    ])
    .groupBy('d.currency')
  if (filter.agent !== undefined) query = query.where('d.agent', '=', filter.agent)
  if (filter.currency !== undefined) query = query.where('d.currency', '=', filter.currency)
  if (filter.from !== undefined) query = query.where('d.day', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('d.day', '<=', filter.to)
  return query
}

/** One row per agent, day or month, and currency, in the order of time. */
export async function statisticsBy(
  db: ReadonlyKysely<ReadModels>,
  period: keyof typeof periods,
  filter: StatisticsFilter,
): Promise<readonly PeriodStatistics[]> {
  return figures(db, filter)
    .select(['d.agent', periods[period].as('period')])
    .groupBy(['d.agent', periods[period]])
    .orderBy('period')
    .orderBy('d.agent')
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

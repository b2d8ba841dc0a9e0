import { type RawBuilder, sql } from 'kysely'
import { isLocalDate } from '#domain/dates.ts'

/** A month, YYYY-MM, or a day, YYYY-MM-DD, of a calendar. */
export function isPeriod(text: string): boolean {
  return isLocalDate(text.length === 7 ? `${text}-01` : text)
}

export function isDay(period: string | undefined): boolean {
  return period?.length === 10
}

/** True for the days of a period; of all days where there is none. */
export function inPeriod(day: RawBuilder<unknown>, period: string | undefined) {
  if (period === undefined) return sql<boolean>`true`
  if (isDay(period)) return sql<boolean>`${day} = ${period}::date`
  const first = sql`${`${period}-01`}::date`
  return sql<boolean>`(${day} >= ${first} and ${day} < ${first} + interval '1 month')`
}

/** What a period is split into: all time into months, a month into days. */
export function periodWithin(day: RawBuilder<unknown>, period: string | undefined) {
  return sql<string>`to_char(${day}, ${sql.lit(period === undefined ? 'YYYY-MM' : 'YYYY-MM-DD')})`
}

/** What belongs to one period, in minor units. */
export interface PeriodSum {
  readonly period: string
  readonly amount: string
}

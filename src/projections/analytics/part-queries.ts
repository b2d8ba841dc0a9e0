import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { addDays } from '#domain/dates.ts'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { DeltaRow } from './analytics.ts'
import type { Measure } from './measure.ts'

/** Which deltas a figure is the sum of. */
export interface PartsQuestion {
  readonly of: readonly Measure[]
  readonly shows: 'count' | 'amount'
  readonly user?: string | undefined
  readonly currency?: string | undefined
  /** Days, included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** As it was known when the organisation's log held so many events. Default: all of them. */
  readonly knownAt?: string | undefined
}

/** What a time adds to a figure: a year, a month or a day, cut to the days that were asked for. */
export interface TimePart {
  readonly time: Time
  /** YYYY, YYYY-MM or YYYY-MM-DD. */
  readonly period: string
  readonly from: string
  readonly to: string
  readonly value: string
}

/** What an event adds to a figure. */
export type DeltaPart = Pick<
  DeltaRow,
  'measure' | 'user_id' | 'day' | 'currency' | 'ordinal' | 'event_id'
> & { readonly value: string }

export type FigurePart = TimePart | DeltaPart

type Time = 'year' | 'month' | 'day'

/**
 * The parts of a figure, one level down: its years, else its months, else its days, else the events of
 * its one day. A level with a single part is passed over.
 *
 * @throws Rejection CURSOR_INVALID
 */
export async function partsOf(
  db: ReadonlyKysely<ReadModels>,
  question: PartsQuestion,
  request: PageRequest,
): Promise<Page<FigurePart>> {
  const time = await timeOf(db, question)
  return time === undefined
    ? deltaParts(db, question, request)
    : timeParts(db, question, time, request)
}

/** All parts of that level together. */
export async function sumOfParts(
  db: ReadonlyKysely<ReadModels>,
  question: PartsQuestion,
): Promise<string> {
  const time = await timeOf(db, question)
  if (time !== undefined) {
    const parts = db.selectFrom(times(db, question, time).as('p'))
    const { total } = await parts
      .select(({ fn }) => fn.sum<string>('p.value').as('total'))
      .executeTakeFirstOrThrow()
    return total
  }
  const { total } = await deltas(db, question)
    .select(({ fn }) => fn.sum<string | null>(`d.${question.shows}`).as('total'))
    .executeTakeFirstOrThrow()
  return total ?? '0'
}

function deltas(db: ReadonlyKysely<ReadModels>, question: PartsQuestion) {
  const { of, user, currency, from, to, knownAt } = question
  let query = db.selectFrom('analytics.delta as d').where(
    'd.measure',
    'in',
    of.map(({ name }) => name),
  )
  if (user !== undefined) query = query.where('d.user_id', '=', user)
  if (currency !== undefined) query = query.where('d.currency', 'in', ['', currency])
  if (from !== undefined) query = query.where('d.day', '>=', from)
  if (to !== undefined) query = query.where('d.day', '<=', to)
  if (knownAt !== undefined) query = query.where('d.ordinal', '<=', knownAt)
  return query
}

/** The longest time of which there are several; undefined when it is all of one day. */
async function timeOf(
  db: ReadonlyKysely<ReadModels>,
  question: PartsQuestion,
): Promise<Time | undefined> {
  const { first, last } = await deltas(db, question)
    .select(({ fn }) => [
      fn.min<string | null>('d.day').as('first'),
      fn.max<string | null>('d.day').as('last'),
    ])
    .executeTakeFirstOrThrow()
  if (first === null || last === null || first === last) return undefined
  if (first.slice(0, 4) !== last.slice(0, 4)) return 'year'
  return first.slice(0, 7) === last.slice(0, 7) ? 'day' : 'month'
}

const formats: Readonly<Record<Time, string>> = {
  year: 'YYYY',
  month: 'YYYY-MM',
  day: 'YYYY-MM-DD',
}

/** By day first: the period is then found for each day, and not for each delta. */
function times(db: ReadonlyKysely<ReadModels>, question: PartsQuestion, time: Time) {
  const days = deltas(db, question)
    .select(({ fn }) => ['d.day', fn.sum<string>(`d.${question.shows}`).as('value')])
    .groupBy('d.day')
  return db
    .selectFrom(days.as('t'))
    .select(({ fn }) => [
      sql<string>`to_char(t.day, ${sql.lit(formats[time])})`.as('period'),
      fn.sum<string>('t.value').as('value'),
    ])
    .groupBy('period')
}

async function timeParts(
  db: ReadonlyKysely<ReadModels>,
  question: PartsQuestion,
  time: Time,
  { limit, cursor }: PageRequest,
): Promise<Page<TimePart>> {
  const [after] = cursor === undefined ? [''] : decodeCursor(cursor, ['text'])
  const rows = await db
    .selectFrom(times(db, question, time).as('p'))
    .select(['p.period', 'p.value'])
    .where('p.period', '>', after)
    .orderBy('p.period')
    .limit(limit + 1)
    .execute()
  const parts = rows.map((row) => ({ time, ...row, ...daysOf(row.period, question) }))
  return pageOf(parts, limit, ({ period }) => [period])
}

async function deltaParts(
  db: ReadonlyKysely<ReadModels>,
  question: PartsQuestion,
  { limit, cursor }: PageRequest,
): Promise<Page<DeltaPart>> {
  let query = deltas(db, question)
    .select(['d.measure', 'd.user_id', 'd.day', 'd.currency', 'd.ordinal', 'd.event_id'])
    .select(sql<string>`${sql.ref(`d.${question.shows}`)}::text`.as('value'))
    .orderBy('d.ordinal')
    .orderBy('d.user_id')
    .orderBy('d.measure')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [ordinal, user, measure] = decodeCursor(cursor, ['number', 'text', 'text'])
    query = query.where(
      sql<boolean>`(d.ordinal, d.user_id, d.measure) > (${ordinal}, ${user}, ${measure})`,
    )
  }
  const rows = await query.execute()
  return pageOf(rows, limit, (row) => [row.ordinal, row.user_id, row.measure])
}

/** The days of a period that were asked for. */
function daysOf(period: string, { from, to }: PartsQuestion) {
  const first = `${period}-01-01`.slice(0, 10)
  const last = lastDayOf(period)
  return {
    from: from !== undefined && from > first ? from : first,
    to: to !== undefined && to < last ? to : last,
  }
}

function lastDayOf(period: string): string {
  if (period.length === 4) return `${period}-12-31`
  if (period.length === 10) return period
  const nextMonth = addDays(`${period}-28`, 4).slice(0, 7)
  return addDays(`${nextMonth}-01`, -1)
}

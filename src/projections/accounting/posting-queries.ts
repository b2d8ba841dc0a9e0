import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import { inPeriod, type PeriodSum, periodWithin } from '../period.ts'
import type { ReadModels } from '../read-models.ts'
import type { PostingRow } from './posting.ts'

/** A side of an account, or what is left of both. */
export type BalanceFigure = 'debit' | 'credit' | 'balance'

/** Postings of one account in one currency. */
export interface PostingFilter {
  /** Code. */
  readonly account: string
  readonly currency: string
  readonly party?: string | undefined
  /** Days in the books up to this one, included. */
  readonly asOf?: string | undefined
  readonly knownAt?: string | undefined
  /** Of a month or a day in the books. */
  readonly period?: string | undefined
}

type Db = ReadonlyKysely<ReadModels>

const postedOn = sql.ref('p.posted_on')

const sumOf = {
  debit: sql<string>`coalesce(sum(p.amount), 0)::text`,
  credit: sql<string>`coalesce(-sum(p.amount), 0)::text`,
  balance: sql<string>`coalesce(sum(p.amount), 0)::text`,
} as const

function postings(db: Db, figure: BalanceFigure, filter: PostingFilter) {
  const { account, currency, party, asOf, knownAt, period } = filter
  let query = db
    .selectFrom('ledger.posting as p')
    .where('p.account', '=', account)
    .where('p.currency', '=', currency)
    .where(inPeriod(postedOn, period))
  if (party !== undefined) query = query.where('p.party', '=', party)
  if (asOf !== undefined) query = query.where('p.posted_on', '<=', asOf)
  if (knownAt !== undefined) query = query.where('p.entry', '<=', knownAt)
  if (figure === 'balance') return query
  return query.where('p.amount', figure === 'debit' ? '>' : '<', '0')
}

/** What the postings themselves sum to. */
export async function postingSum(
  db: Db,
  figure: BalanceFigure,
  filter: PostingFilter,
): Promise<string> {
  const sum = postings(db, figure, filter).select(sumOf[figure].as('sum'))
  return (await sum.executeTakeFirstOrThrow()).sum
}

/** The same as it is kept beside the postings; undefined when nothing is. */
export async function keptBalance(
  db: Db,
  figure: BalanceFigure,
  { account, currency, party }: PostingFilter,
): Promise<string | undefined> {
  const columns = {
    debit: sql<string>`debit::text`,
    credit: sql<string>`credit::text`,
    balance: sql<string>`(debit - credit)::text`,
  }
  const value = columns[figure].as('value')
  const found =
    party === undefined
      ? await db
          .selectFrom('ledger.account_balance')
          .select(value)
          .where('account', '=', account)
          .where('currency', '=', currency)
          .executeTakeFirst()
      : await db
          .selectFrom('ledger.party_balance')
          .select(value)
          .where('account', '=', account)
          .where('currency', '=', currency)
          .where('party', '=', party)
          .executeTakeFirst()
  return found?.value
}

/** By month, or by day of a month; oldest first. @throws Rejection CURSOR_INVALID */
export async function postingsByPeriod(
  db: Db,
  figure: BalanceFigure,
  filter: PostingFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<PeriodSum>> {
  const period = periodWithin(postedOn, filter.period)
  let query = postings(db, figure, filter)
    .select([period.as('period'), sumOf[figure].as('amount')])
    .groupBy(period)
    .orderBy('period')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.having(period, '>', decodeCursor(cursor, ['text'])[0])
  return pageOf(await query.execute(), limit, (row) => [row.period])
}

/** One by one, in the order of the log. @throws Rejection CURSOR_INVALID */
export async function postingsOneByOne(
  db: Db,
  figure: BalanceFigure,
  filter: PostingFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Pick<PostingRow, 'entry' | 'line' | 'party' | 'amount'>>> {
  let query = postings(db, figure, filter)
    .select(['p.entry', 'p.line', 'p.party'])
    .select(sql<string>`(p.amount * ${sql.lit(figure === 'credit' ? -1 : 1)})::text`.as('amount'))
    .orderBy('p.entry')
    .orderBy('p.line')
    .limit(limit + 1)
  if (cursor !== undefined) {
    const [entry, line] = decodeCursor(cursor, ['number', 'number'])
    query = query.where((eb) =>
      eb(eb.refTuple('p.entry', 'p.line'), '>', eb.tuple(entry, Number(line))),
    )
  }
  return pageOf(await query.execute(), limit, (row) => [row.entry, String(row.line)])
}

import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import { inPeriod, type PeriodSum, periodWithin } from '../period.ts'
import type { ReadModels } from '../read-models.ts'
import type { MovementRow } from './movement.ts'

/** Movements of one wallet. */
export interface MovementFilter {
  readonly walletId: string
  /** Days up to this one, included. */
  readonly asOf?: string | undefined
  /** The last one, in the order of a statement: by day, then as they were recorded. */
  readonly upTo?: string | undefined
  readonly knownAt?: string | undefined
  /** Of a month or a day. */
  readonly period?: string | undefined
  /** The hold that they speak of. */
  readonly hold?: string | undefined
}

type Db = ReadonlyKysely<ReadModels>
/** What a movement does to the balance, or to what is held. */
export type MovementFigure = 'amount' | 'held'

const occurredOn = sql.ref('m.occurred_on')

function movements(db: Db, filter: MovementFilter) {
  const { walletId, asOf, upTo, knownAt, period, hold } = filter
  let query = db
    .selectFrom('wallets.movement as m')
    .where('m.wallet_id', '=', walletId)
    .where(inPeriod(occurredOn, period))
  if (asOf !== undefined) query = query.where('m.occurred_on', '<=', asOf)
  if (upTo !== undefined) {
    const last = db
      .selectFrom('wallets.movement')
      .select(['occurred_on', 'movement'])
      .where('wallet_id', '=', walletId)
      .where('movement', '=', upTo)
    query = query.where(sql<boolean>`(m.occurred_on, m.movement) <= ${last}`)
  }
  if (knownAt !== undefined) query = query.where('m.ordinal', '<=', knownAt)
  if (hold !== undefined) query = query.where('m.about', '=', hold)
  return query
}

const sumOf = (figure: MovementFigure) =>
  sql<string>`coalesce(sum(${sql.ref(`m.${figure}`)}), 0)::text`

export async function movementSum(
  db: Db,
  figure: MovementFigure,
  filter: MovementFilter,
): Promise<string> {
  const sum = movements(db, filter).select(sumOf(figure).as('sum'))
  return (await sum.executeTakeFirstOrThrow()).sum
}

/** By month, or by day of a month; oldest first. @throws Rejection CURSOR_INVALID */
export async function movementsByPeriod(
  db: Db,
  filter: MovementFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<PeriodSum>> {
  const period = periodWithin(occurredOn, filter.period)
  let query = movements(db, filter)
    .select([period.as('period'), sumOf('amount').as('amount')])
    .groupBy(period)
    .orderBy('period')
    .limit(limit + 1)
  if (cursor !== undefined) query = query.having(period, '>', decodeCursor(cursor, ['text'])[0])
  return pageOf(await query.execute(), limit, (row) => [row.period])
}

/** One by one, those that move the figure. @throws Rejection CURSOR_INVALID */
export async function movementsOneByOne(
  db: Db,
  figure: MovementFigure,
  filter: MovementFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Pick<MovementRow, 'movement' | 'kind' | 'ordinal' | MovementFigure>>> {
  let query = movements(db, filter)
    .select(['m.movement', 'm.kind', 'm.ordinal', 'm.amount', 'm.held'])
    .where(`m.${figure}`, '<>', '0')
    .orderBy('m.movement')
    .limit(limit + 1)
  if (cursor !== undefined) {
    query = query.where('m.movement', '>', decodeCursor(cursor, ['number'])[0])
  }
  return pageOf(await query.execute(), limit, (row) => [row.movement])
}

/** What is left of each hold at the instant `at`, by what was known; those of which nothing is are left out. */
export async function openHolds(
  db: Db,
  filter: MovementFilter,
  at: string,
  { limit, cursor }: PageRequest,
): Promise<Page<{ readonly hold: string; readonly amount: string }>> {
  let query = movements(db, filter)
    .where('m.held', '<>', '0')
    .select(['m.about as hold', sumOf('held').as('amount')])
    .groupBy('m.about')
    .having(sql<boolean>`sum(m.held) <> 0`)
    .having(sql<boolean>`coalesce(max(m.expires_at) > ${at}::timestamptz, true)`)
    .orderBy('hold')
    .limit(limit + 1)
  if (cursor !== undefined) {
    query = query.having('m.about', '>', decodeCursor(cursor, ['number'])[0])
  }
  const page = pageOf(await query.execute(), limit, (row) => [row.hold ?? ''])
  return { ...page, items: page.items.map(({ hold, amount }) => ({ hold: hold ?? '', amount })) }
}

/** The credit limits that a wallet had, oldest first. @throws Rejection CURSOR_INVALID */
export async function creditLimits(
  db: Db,
  { walletId, knownAt }: MovementFilter,
): Promise<readonly { readonly ordinal: string; readonly credit_limit: string }[]> {
  let query = db
    .selectFrom('wallets.credit_limit')
    .select(['ordinal', 'credit_limit'])
    .where('wallet_id', '=', walletId)
    .orderBy('ordinal')
  if (knownAt !== undefined) query = query.where('ordinal', '<=', knownAt)
  return query.execute()
}

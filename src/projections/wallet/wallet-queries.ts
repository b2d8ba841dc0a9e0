import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { MovementRow } from './movement.ts'
import type { WalletRow } from './wallet.ts'

/** With its customer's name joined, and what is held now. */
export type Wallet = WalletRow & { readonly customer_name: string | null; readonly held: string }

/** What a wallet holds at an instant. Minor units. */
export interface WalletBalance {
  readonly currency: string
  readonly balance: string
  readonly held: string
  readonly credit_limit: string
}

export interface WalletFilter {
  readonly customerId?: string | undefined
  readonly currency?: string | undefined
  readonly suspended?: boolean | undefined
}

type Db = ReadonlyKysely<ReadModels>

/** What is left of open holds, less those whose time is over. */
const heldNow = (wallet: ReturnType<typeof sql.ref>, now: string) => sql<string>`coalesce((
  select sum(h.amount) from wallets.hold h
  where h.wallet_id = ${wallet} and (h.expires_at is null or h.expires_at > ${now}::timestamptz)
), 0)::text`

const wallets = (db: Db, now: string) =>
  db
    .selectFrom('wallets.wallet as w')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'w.customer_id')
    .selectAll('w')
    .select(['c.name as customer_name', heldNow(sql.ref('w.wallet_id'), now).as('held')])

/** Latest first; what is held is of the instant `now`. @throws Rejection CURSOR_INVALID */
export async function listWallets(
  db: Db,
  { customerId, currency, suspended }: WalletFilter,
  { limit, cursor }: PageRequest,
  now: string,
): Promise<Page<Wallet>> {
  let query = wallets(db, now)
    .orderBy('w.ordinal', 'desc')
    .limit(limit + 1)
  if (customerId !== undefined) query = query.where('w.customer_id', '=', customerId)
  if (currency !== undefined) query = query.where('w.currency', '=', currency)
  if (suspended !== undefined) {
    query = query.where('w.suspended', suspended ? 'is not' : 'is', null)
  }
  if (cursor !== undefined) {
    const [ordinal] = decodeCursor(cursor, ['number'])
    query = query.where('w.ordinal', '<', ordinal)
  }
  return pageOf(await query.execute(), limit, (row) => [row.ordinal])
}

export function findWallet(db: Db, walletId: string, now: string): Promise<Wallet | undefined> {
  return wallets(db, now).where('w.wallet_id', '=', walletId).executeTakeFirst()
}

/**
 * What is held at the instant `at`, by what is recorded up to an ordinal of the organisation; a hold whose
 * time is over counts no more.
 */
export async function heldAt(
  db: Db,
  walletId: string,
  ordinal: string,
  at: string,
): Promise<string> {
  const left = db
    .selectFrom('wallets.movement')
    .select(['about', sql<string>`sum(held)`.as('held'), sql`max(expires_at)`.as('expires_at')])
    .where('wallet_id', '=', walletId)
    .where('held', '<>', '0')
    .where('ordinal', '<=', ordinal)
    .groupBy('about')
  const { held } = await db
    .selectFrom(left.as('m'))
    .select(sql<string>`coalesce(sum(m.held), 0)::text`.as('held'))
    .where(sql<boolean>`(m.expires_at is null or m.expires_at > ${at}::timestamptz)`)
    .executeTakeFirstOrThrow()
  return held
}

/** As `heldAt`; undefined when the wallet was not open then. */
export async function walletBalanceAt(
  db: Db,
  walletId: string,
  ordinal: string,
  at: string,
): Promise<WalletBalance | undefined> {
  const limit = await db
    .selectFrom('wallets.credit_limit as l')
    .innerJoin('wallets.wallet as w', 'w.wallet_id', 'l.wallet_id')
    .select(['l.credit_limit', 'w.currency'])
    .where('l.wallet_id', '=', walletId)
    .where('l.ordinal', '<=', ordinal)
    .orderBy('l.ordinal', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (limit === undefined) return undefined
  const { balance } = await db
    .selectFrom('wallets.movement')
    .select(sql<string>`coalesce(sum(amount), 0)::text`.as('balance'))
    .where('wallet_id', '=', walletId)
    .where('ordinal', '<=', ordinal)
    .executeTakeFirstOrThrow()
  return { ...limit, balance, held: await heldAt(db, walletId, ordinal, at) }
}

/** The movements of some days, oldest first, and the balances before the first and after the last day. */
export interface Statement {
  readonly opening: string
  readonly closing: string
  readonly lines: Page<MovementRow & { readonly balance: string }>
}

export interface StatementQuestion {
  /** Days, included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  /** Movements up to this ordinal of the organisation. Default: all. */
  readonly knownAt?: string | undefined
}

/** Each line tells the balance after it. @throws Rejection CURSOR_INVALID */
export async function walletStatement(
  db: Db,
  walletId: string,
  { from, to, knownAt }: StatementQuestion,
  { limit, cursor }: PageRequest,
): Promise<Statement> {
  const movements = () => {
    const query = db.selectFrom('wallets.movement as m').where('m.wallet_id', '=', walletId)
    return knownAt === undefined ? query : query.where('m.ordinal', '<=', knownAt)
  }
  const sumOf = async (query: ReturnType<typeof movements>): Promise<string> => {
    const sum = sql<string>`coalesce(sum(m.amount), 0)::text`.as('sum')
    return (await query.select(sum).executeTakeFirstOrThrow()).sum
  }
  let lines = movements()
  if (from !== undefined) lines = lines.where('m.occurred_on', '>=', from)
  if (to !== undefined) lines = lines.where('m.occurred_on', '<=', to)
  if (cursor !== undefined) {
    const [day, movement] = decodeCursor(cursor, ['date', 'number'])
    lines = lines.where((eb) =>
      eb(eb.refTuple('m.occurred_on', 'm.movement'), '>', eb.tuple(day, movement)),
    )
  }
  const rows = await lines
    .selectAll()
    .orderBy('m.occurred_on')
    .orderBy('m.movement')
    .limit(limit + 1)
    .execute()
  const first = rows[0]
  const before = (day: string, movement: string) =>
    movements().where((eb) =>
      eb(eb.refTuple('m.occurred_on', 'm.movement'), '<', eb.tuple(day, movement)),
    )
  const [opening, closing, sum] = await Promise.all([
    from === undefined ? '0' : sumOf(movements().where('m.occurred_on', '<', from)),
    sumOf(to === undefined ? movements() : movements().where('m.occurred_on', '<=', to)),
    first === undefined ? '0' : sumOf(before(first.occurred_on, first.movement)),
  ])
  const texts = await correctedTexts(db, walletId, rows, knownAt)
  const corrected = rows.map((row) => ({ ...row, ...texts.get(row.movement) }))
  const page = pageOf(withBalances(corrected, sum), limit, (row) => [row.occurred_on, row.movement])
  return { opening, closing, lines: page }
}

type Texts = Partial<Pick<MovementRow, 'reference' | 'text'>>

/** How those texts of movements read that were corrected, by movement. */
async function correctedTexts(
  db: Db,
  walletId: string,
  lines: readonly Pick<MovementRow, 'movement'>[],
  knownAt: string | undefined,
): Promise<ReadonlyMap<string, Texts>> {
  const movements = lines.map(({ movement }) => movement)
  let query = db
    .selectFrom('wallets.corrected_text')
    .distinctOn(['movement', 'field'])
    .select(['movement', 'field', 'text'])
    .where('wallet_id', '=', walletId)
    .where(sql<boolean>`movement = any(${movements}::bigint[])`)
    .orderBy('movement')
    .orderBy('field')
    .orderBy('ordinal', 'desc')
  if (knownAt !== undefined) query = query.where('ordinal', '<=', knownAt)
  const texts = new Map<string, Texts>()
  for (const { movement, field, text } of await query.execute()) {
    texts.set(movement, { ...texts.get(movement), [field]: text })
  }
  return texts
}

function withBalances<Line extends { readonly amount: string }>(
  lines: readonly Line[],
  before: string,
): readonly (Line & { readonly balance: string })[] {
  let balance = BigInt(before)
  return lines.map((line) => {
    balance += BigInt(line.amount)
    return { ...line, balance: String(balance) }
  })
}

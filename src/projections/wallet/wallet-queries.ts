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

/** What was recorded until an instant and not given free by then: a hold whose time is over counts no more. */
const heldAt = (wallet: ReturnType<typeof sql.ref>, at: string) => sql<string>`coalesce((
  select sum(m.held) from wallets.movement m
  join wallets.movement h on h.wallet_id = m.wallet_id and h.movement = m.about and h.kind = 'hold'
  where m.wallet_id = ${wallet} and m.held <> 0 and m.recorded_at <= ${at}::timestamptz
    and (h.expires_at is null or h.expires_at > ${at}::timestamptz)
), 0)::text`

const wallets = (db: Db, now: string) =>
  db
    .selectFrom('wallets.wallet as w')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'w.customer_id')
    .selectAll('w')
    .select(['c.name as customer_name', heldAt(sql.ref('w.wallet_id'), now).as('held')])

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

/** As everything recorded until the instant says; undefined when the wallet was not open then. */
export async function walletBalanceAt(
  db: Db,
  walletId: string,
  at: string,
): Promise<WalletBalance | undefined> {
  const instant = sql<string>`${at}::timestamptz`
  const limit = await db
    .selectFrom('wallets.credit_limit as l')
    .innerJoin('wallets.wallet as w', 'w.wallet_id', 'l.wallet_id')
    .select(['l.credit_limit', 'w.currency', heldAt(sql.ref('w.wallet_id'), at).as('held')])
    .where('l.wallet_id', '=', walletId)
    .where('l.recorded_at', '<=', instant)
    .orderBy('l.ordinal', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (limit === undefined) return undefined
  const { balance } = await db
    .selectFrom('wallets.movement')
    .select(sql<string>`coalesce(sum(amount), 0)::text`.as('balance'))
    .where('wallet_id', '=', walletId)
    .where('recorded_at', '<=', instant)
    .executeTakeFirstOrThrow()
  return { ...limit, balance }
}

/** The movements of some days, oldest first, and the balances before the first and after the last day. */
export interface Statement {
  readonly opening: string
  readonly closing: string
  readonly lines: Page<MovementRow & { readonly balance: string }>
}

/** Days included. Each line tells the balance after it. @throws Rejection CURSOR_INVALID */
export async function walletStatement(
  db: Db,
  walletId: string,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  { limit, cursor }: PageRequest,
): Promise<Statement> {
  const sumUntil = async (day: string | undefined, included: boolean): Promise<string> => {
    let query = db
      .selectFrom('wallets.movement')
      .select(sql<string>`coalesce(sum(amount), 0)::text`.as('sum'))
      .where('wallet_id', '=', walletId)
    if (day !== undefined) query = query.where('occurred_on', included ? '<=' : '<', day)
    return (await query.executeTakeFirstOrThrow()).sum
  }
  const running = db
    .selectFrom('wallets.movement')
    .selectAll()
    .select(sql<string>`sum(amount) over (order by occurred_on, movement)::text`.as('balance'))
    .where('wallet_id', '=', walletId)
  let query = db
    .selectFrom(running.as('m'))
    .selectAll('m')
    .orderBy('m.occurred_on')
    .orderBy('m.movement')
    .limit(limit + 1)
  if (from !== undefined) query = query.where('m.occurred_on', '>=', from)
  if (to !== undefined) query = query.where('m.occurred_on', '<=', to)
  if (cursor !== undefined) {
    const [day, movement] = decodeCursor(cursor, ['date', 'number'])
    query = query.where((eb) =>
      eb(eb.refTuple('m.occurred_on', 'm.movement'), '>', eb.tuple(day, movement)),
    )
  }
  const [opening, closing, rows] = await Promise.all([
    from === undefined ? '0' : sumUntil(from, false),
    sumUntil(to, true),
    query.execute(),
  ])
  const lines = pageOf(rows, limit, (row) => [row.occurred_on, row.movement])
  return { opening, closing, lines }
}

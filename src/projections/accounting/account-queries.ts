import { type AliasedExpression, sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import { searchWords } from '../search-text.ts'
import type { PartyBalanceRow } from './balances.ts'
import { type Account, chartOfAccounts } from './chart-of-accounts.ts'
import { accountSums } from './trial-balance.ts'

/** Both sides of an account in one currency; `balance` is debit less credit. */
export interface Balance {
  readonly currency: string
  readonly debit: string
  readonly credit: string
  readonly balance: string
}

/** An account with a balance for each currency that was ever posted to it. */
export type AccountWithBalances = Account & { readonly balances: readonly Balance[] }

/**
 * The whole chart in the order of its codes, accounts that nothing was posted to included; as known at
 * an ordinal of the organisation, where one is named.
 */
export async function listAccounts(
  db: ReadonlyKysely<ReadModels>,
  knownAt?: string,
): Promise<readonly AccountWithBalances[]> {
  const rows = await db
    .selectFrom(accountSums(db, { knownAt }).as('b'))
    .select(['b.account', 'b.currency', 'b.debit', 'b.credit'])
    .select(sql<string>`b.debit - b.credit`.as('balance'))
    .orderBy('b.currency')
    .execute()
  const accounts: readonly Account[] = Object.values(chartOfAccounts)
  return accounts
    .toSorted((a, b) => Number(a.code) - Number(b.code))
    .map((account) => ({
      ...account,
      balances: rows
        .filter((row) => row.account === account.code)
        .map(({ currency, debit, credit, balance }) => ({ currency, debit, credit, balance })),
    }))
}

/** What a control account holds of one customer or agent, in one currency. */
export interface PartyBalance extends Balance {
  readonly account: string
  /** Empty: over the counter. */
  readonly party: string
  /** Of a customer; null for agents, who are user ids. */
  readonly name: string | null
}

export interface PartyFilter {
  readonly account?: string | undefined
  readonly party?: string | undefined
  readonly currency?: string | undefined
  /** Words that must all occur in what the customer is found by. */
  readonly search?: string | undefined
  /** True: parties with nothing left are shown too. */
  readonly settled?: boolean | undefined
  /** As the organisation's log had it at this ordinal. */
  readonly knownAt?: string | undefined
}

/** Both sides of each party of the control accounts. */
function partySums(
  db: ReadonlyKysely<ReadModels>,
  knownAt: string | undefined,
): AliasedExpression<PartyBalanceRow, 'b'> {
  if (knownAt === undefined) {
    return db
      .selectFrom('ledger.party_balance')
      .select(['account', 'party', 'currency', 'debit', 'credit'])
      .as('b')
  }
  const accounts: readonly Account[] = Object.values(chartOfAccounts)
  const control = accounts.flatMap(({ code, party }) => (party === undefined ? [] : [code]))
  return db
    .selectFrom('ledger.posting')
    .select(['account', 'party', 'currency'])
    .select([
      sql<string>`coalesce(sum(amount) filter (where amount > 0), 0)`.as('debit'),
      sql<string>`coalesce(-sum(amount) filter (where amount < 0), 0)`.as('credit'),
    ])
    .where('account', 'in', control)
    .where('entry', '<=', knownAt)
    .groupBy(['account', 'party', 'currency'])
    .as('b')
}

/** The largest balances first, on either side. @throws Rejection CURSOR_INVALID */
export async function listPartyBalances(
  db: ReadonlyKysely<ReadModels>,
  filter: PartyFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<PartyBalance>> {
  const size = sql<string>`abs(b.debit - b.credit)`
  let query = db
    .selectFrom(partySums(db, filter.knownAt))
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'b.party')
    .select(['b.account', 'b.party', 'b.currency', 'b.debit', 'b.credit', 'c.name'])
    .select(sql<string>`b.debit - b.credit`.as('balance'))
    .orderBy(size, 'desc')
    .orderBy('b.party', 'desc')
    .orderBy('b.account', 'desc')
    .orderBy('b.currency', 'desc')
    .limit(limit + 1)
  if (filter.account !== undefined) query = query.where('b.account', '=', filter.account)
  if (filter.party !== undefined) query = query.where('b.party', '=', filter.party)
  if (filter.currency !== undefined) query = query.where('b.currency', '=', filter.currency)
  if (filter.settled !== true) query = query.whereRef('b.debit', '<>', 'b.credit')
  for (const word of searchWords(filter.search ?? '')) {
    query = query.where(sql<boolean>`strpos(coalesce(c.search, b.party), ${word}) > 0`)
  }
  if (cursor !== undefined) {
    const [amount, party, account, currency] = decodeCursor(cursor, ['sum', 'text', 'text', 'text'])
    query = query.where(
      sql<boolean>`(${size}, b.party, b.account, b.currency) < (${amount}, ${party}, ${account}, ${currency})`,
    )
  }
  return pageOf(await query.execute(), limit, (row) => [
    row.balance.replace('-', ''),
    row.party,
    row.account,
    row.currency,
  ])
}

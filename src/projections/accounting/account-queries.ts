import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import { searchWords } from '../search-text.ts'
import { type Account, chartOfAccounts } from './chart-of-accounts.ts'

/** Both sides of an account in one currency; `balance` is debit less credit. */
export interface Balance {
  readonly currency: string
  readonly debit: string
  readonly credit: string
  readonly balance: string
}

/** An account with a balance for each currency that was ever posted to it. */
export type AccountWithBalances = Account & { readonly balances: readonly Balance[] }

/** The whole chart in the order of its codes, accounts that nothing was posted to included. */
export async function listAccounts(
  db: ReadonlyKysely<ReadModels>,
): Promise<readonly AccountWithBalances[]> {
  const rows = await db
    .selectFrom('ledger.account_balance as b')
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
}

/** The largest balances first, on either side. @throws Rejection CURSOR_INVALID */
export async function listPartyBalances(
  db: ReadonlyKysely<ReadModels>,
  filter: PartyFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<PartyBalance>> {
  const size = sql<string>`abs(b.debit - b.credit)`
  let query = db
    .selectFrom('ledger.party_balance as b')
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

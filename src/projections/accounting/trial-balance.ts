import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { ReadModels } from '../read-models.ts'
import type { Balance } from './account-queries.ts'

export interface TrialBalanceQuestion {
  /** What stands in the books up to this day (`posted_on`), included. Default: everything. */
  readonly asOf?: string | undefined
  /** As it was known when the organisation's log held so many events. Default: all of them. */
  readonly knownAt?: string | undefined
  readonly currency?: string | undefined
}

export interface TrialBalance {
  /** In the order of codes, then currencies. */
  readonly accounts: readonly (Balance & { readonly account: string })[]
  /** Per currency; each balance is zero, or the books are broken. */
  readonly totals: readonly Balance[]
}

/**
 * Both sides of every account. At a day or an ordinal it is summed from the postings themselves, never
 * taken from what the balances are now.
 */
export async function trialBalance(
  db: ReadonlyKysely<ReadModels>,
  question: TrialBalanceQuestion,
): Promise<TrialBalance> {
  const rows = await db
    .selectFrom(accountSums(db, question).as('s'))
    .select(['s.account', 's.currency', 's.debit', 's.credit'])
    .select(sql<string>`s.debit - s.credit`.as('balance'))
    .$if(question.currency !== undefined, (query) =>
      query.where('s.currency', '=', question.currency ?? ''),
    )
    .orderBy('s.account')
    .orderBy('s.currency')
    .execute()
  return { accounts: rows, totals: totalsOf(rows) }
}

/** Both sides of each account and currency that was ever posted to. */
export function accountSums(
  db: ReadonlyKysely<ReadModels>,
  question: Pick<TrialBalanceQuestion, 'asOf' | 'knownAt'>,
) {
  const now = question.asOf === undefined && question.knownAt === undefined
  return now ? currentSums(db) : sumsOfPostings(db, question)
}

function currentSums(db: ReadonlyKysely<ReadModels>) {
  return db.selectFrom('ledger.account_balance').select(['account', 'currency', 'debit', 'credit'])
}

function sumsOfPostings(db: ReadonlyKysely<ReadModels>, { asOf, knownAt }: TrialBalanceQuestion) {
  let query = db
    .selectFrom('ledger.posting')
    .select([
      'account',
      'currency',
      sql<string>`coalesce(sum(amount) filter (where amount > 0), 0)`.as('debit'),
      sql<string>`coalesce(-sum(amount) filter (where amount < 0), 0)`.as('credit'),
    ])
    .groupBy(['account', 'currency'])
  if (asOf !== undefined) query = query.where('posted_on', '<=', asOf)
  if (knownAt !== undefined) query = query.where('entry', '<=', knownAt)
  return query
}

function totalsOf(rows: readonly Balance[]): readonly Balance[] {
  const totals = new Map<string, { debit: bigint; credit: bigint }>()
  for (const { currency, debit, credit } of rows) {
    const total = totals.get(currency) ?? { debit: 0n, credit: 0n }
    total.debit += BigInt(debit)
    total.credit += BigInt(credit)
    totals.set(currency, total)
  }
  return [...totals]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, { debit, credit }]) => ({
      currency,
      debit: String(debit),
      credit: String(credit),
      balance: String(debit - credit),
    }))
}

import type { ReadonlyKysely } from 'kysely/readonly'
import { restrictedAmong } from '../crm/customer-queries.ts'
import { RESTRICTED } from '../crm/customers.ts'
import { customerNameAsOf } from '../crm/past-customers.ts'
import type { PastSource } from '../log/past-events.ts'
import type { ReadModels } from '../read-models.ts'
import { type Account, chartOfAccounts } from './chart-of-accounts.ts'
import type { Entry } from './entry-queries.ts'

/** What names a party of an account. */
export interface Named {
  readonly account: string
  readonly party: string
  /** Of a customer. */
  readonly name: string | null
}

const accounts: readonly Account[] = Object.values(chartOfAccounts)
const ofCustomers = new Set(
  accounts.flatMap(({ code, party }) => (party === 'customer' ? [code] : [])),
)

/**
 * The same lines with the names that their customers had at an ordinal of the organisation; as they are without
 * one. Of who is restricted now the ledger tells none, whatever was known then.
 */
export async function namedAsOf<Line extends Named>(
  source: PastSource,
  db: ReadonlyKysely<ReadModels>,
  lines: readonly Line[],
  until: string | undefined,
): Promise<readonly Line[]> {
  if (until === undefined) return lines
  const customers = new Set(
    lines.flatMap(({ account, party }) =>
      ofCustomers.has(account) && party !== '' ? [party] : [],
    ),
  )
  const restricted = await restrictedAmong(db, [...customers])
  const names = new Map<string, string | null>()
  for (const id of customers) {
    const isHidden = restricted.has(id)
    names.set(id, isHidden ? RESTRICTED : await customerNameAsOf(source, db, id, until))
  }
  return lines.map((line) => ({ ...line, name: names.get(line.party) ?? null }))
}

/** As `namedAsOf`, of the postings of entries. */
export async function entriesNamedAsOf<E extends Entry>(
  source: PastSource,
  db: ReadonlyKysely<ReadModels>,
  entries: readonly E[],
  until: string,
): Promise<readonly E[]> {
  const lines = entries.flatMap(({ postings }) => postings)
  const byEntry = Map.groupBy(await namedAsOf(source, db, lines, until), ({ entry }) => entry)
  return entries.map((entry) => ({ ...entry, postings: byEntry.get(entry.number) ?? [] }))
}

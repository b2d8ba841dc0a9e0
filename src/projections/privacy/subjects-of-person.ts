import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { SubjectKind } from '#domain/subjects.ts'
import type { ReadModels } from '../read-models.ts'
import { accessesAbout, projectionsOfAsked } from './asked-ids.ts'

/** What of a person has a key of its own, and can be told or destroyed by it. */
export interface PersonSubject {
  readonly kind: SubjectKind
  readonly id: string
}

/**
 * What `subjectsOfPerson` reads: a caller who must miss nothing waits until each of these has reached the
 * end of the log.
 */
export const projectionsOfPerson = [
  'person_links',
  'wallets',
  'finance_sales',
  ...projectionsOfAsked,
] as const

type Db = ReadonlyKysely<ReadModels>

/**
 * What an API key is called, and a user, are about no customer. Why something was looked at or unmasked is
 * found by what was asked for, or named, and not by whose it is.
 */
type OfCustomers = Exclude<SubjectKind, 'customer' | 'unmasking' | 'api_key' | 'access' | 'user'>

/** Where the subjects of each kind name the customer whose they are; the customers themselves come first. */
const tablesOfSubjects: {
  readonly [Kind in OfCustomers]: (db: Db, customers: readonly string[]) => Ids
} = {
  wallet: (db, customers) =>
    db
      .selectFrom('wallets.wallet as w')
      .select('w.wallet_id as id')
      .where(isOneOf('w.customer_id', customers))
      .orderBy('w.wallet_id')
      .execute(),
  sale: (db, customers) =>
    db
      .selectFrom('finance_sales.sale as s')
      .select('s.sale_id as id')
      .where(isOneOf('s.customer_id', customers))
      .orderBy('s.sale_id')
      .execute(),
  bad_debt: (db, customers) =>
    db
      .selectFrom('finance_sales.bad_debt as b')
      .select('b.bad_debt_id as id')
      .where(isOneOf('b.customer_id', customers))
      .orderBy('b.bad_debt_id')
      .execute(),
}

type Ids = Promise<readonly { readonly id: string }[]>

/** One parameter, however many there are. */
function isOneOf(column: string, ids: readonly string[]) {
  return sql<boolean>`${sql.ref(column)} = any(${ids}::text[])`
}

/**
 * Everything that is held on the person whom a customer is, of the organisation that `db` is open for: the
 * customers who are linked with them by whatever chain of links, the one asked for among them whether
 * known or not, the wallets, sales and bad debts of each, and the accesses with a reason that asked for what
 * is theirs. As far as `projectionsOfPerson` know.
 */
export async function subjectsOfPerson(
  db: Db,
  customerId: string,
): Promise<readonly PersonSubject[]> {
  const customers = await customersOfPerson(db, customerId)
  const kinds = Object.keys(tablesOfSubjects) as (keyof typeof tablesOfSubjects)[]
  const subjects: PersonSubject[] = customers.map((id) => ({ kind: 'customer', id }))
  for (const kind of kinds) {
    const found = await tablesOfSubjects[kind](db, customers)
    subjects.push(...found.map(({ id }) => ({ kind, id })))
  }
  const accesses = await accessesAbout(db, customers)
  return [...subjects, ...accesses.map((id) => ({ kind: 'access', id }) as const)]
}

/** The customers who are one person with this one, by whatever chain of links; this one first. */
export async function customersOfPerson(db: Db, customerId: string): Promise<readonly string[]> {
  const rows = await db
    .withRecursive('person(customer_id)', (cte) =>
      cte
        .selectNoFrom(sql<string>`${customerId}::text collate "C"`.as('customer_id'))
        .union(
          cte
            .selectFrom('person as p')
            .innerJoin('person_links.link as own', 'own.customer_id', 'p.customer_id')
            .innerJoin('person_links.link as other', 'other.link_id', 'own.link_id')
            .select('other.customer_id'),
        ),
    )
    .selectFrom('person')
    .select('customer_id')
    .where('customer_id', '<>', customerId)
    .orderBy('customer_id')
    .execute()
  return [customerId, ...rows.map((row) => row.customer_id)]
}

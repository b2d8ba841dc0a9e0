import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { projections } from '../all.ts'
import type { ReadModels } from '../read-models.ts'
import type { PersonSubject } from './subjects-of-person.ts'

type Db = ReadonlyKysely<ReadModels>
export type TableName = keyof ReadModels

/**
 * How the rows of each table are found that are about a person: by the columns that hold ids of what is
 * theirs; or why there are none to tell of. A table that is left out does not compile, and one with a
 * personal column that is not found by whose that is fails a test.
 */
export const tablesOfPerson: {
  readonly [Name in TableName]: readonly (keyof ReadModels[Name] & string)[] | string
} = {
  'crm_customers.customer': ['customer_id'],
  'crm_contacts.contact': 'Keyed hashes of the number and the address that the customer has.',
  'person_links.link': ['customer_id'],
  'finance_sales.sale': ['customer_id'],
  'finance_sales.document_lines': ['document_id'],
  'finance_sales.payment': ['customer_id', 'sale_id'],
  'finance_sales.credit_note': ['customer_id', 'credit_note_id'],
  'finance_sales.bad_debt': ['customer_id', 'bad_debt_id'],
  'finance_sales.customer_credit': ['customer_id'],
  'analytics.delta': 'Figures of those who sell, made of events that are told here.',
  'wallets.wallet': ['customer_id'],
  'wallets.movement': ['wallet_id'],
  'wallets.hold': ['wallet_id'],
  'wallets.credit_limit': ['wallet_id'],
  'wallets.corrected_text': ['wallet_id'],
  'ledger.entry': ['document_id'],
  'ledger.posting': ['party'],
  'ledger.account_balance': 'Sums of all whom the organisation deals with.',
  'ledger.party_balance': ['party'],
  'privacy.erasure': ['customer_id'],
  'privacy.legal_hold': ['customer_id'],
  'event_index.event': 'Where the events stand that are told here.',
  'event_index.reference': 'What the events that are told here concern.',
  'command_outcomes.outcome': 'Which command each event came of.',
  'api_keys.api_key': 'Of programs; what one is called is about whoever runs it.',
  'identity_members.member': 'Of those who belong to the organisation; a customer is none by that.',
  'accesses.access': 'Where the accesses stand that are told here.',
  'accesses.reason_about': 'What the accesses that are told here asked for.',
}

/** The tables in which rows about a person are found. */
export const toldTables: readonly TableName[] = (Object.keys(tablesOfPerson) as TableName[]).filter(
  (name) => typeof tablesOfPerson[name] !== 'string',
)

/** Why the others are left out, by their names. */
export const untoldTables: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(tablesOfPerson).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  ),
)

const keys: ReadonlyMap<string, readonly string[]> = new Map(
  projections.flatMap(({ name, tables }) =>
    tables.map((table): [string, readonly string[]] => [`${name}.${table.name}`, table.key]),
  ),
)

/** The subjects of a person and the credit notes on them: what rows and events name them by. */
export async function idsOfPerson(
  db: Db,
  subjects: readonly PersonSubject[],
): Promise<{ readonly ids: readonly string[]; readonly creditNotes: readonly string[] }> {
  const ids = subjects.map(({ id }) => id)
  const found = await db
    .selectFrom('finance_sales.credit_note')
    .select('credit_note_id')
    .where(holdsOneOf(['customer_id', 'sale_id'], ids))
    .orderBy('credit_note_id')
    .execute()
  const creditNotes = found.map((row) => row.credit_note_id)
  return { ids: [...ids, ...creditNotes], creditNotes }
}

export async function countRows(db: Db, name: TableName, ids: readonly string[]): Promise<number> {
  const { count } = await rowsAbout(db, name, ids)
    .select(({ fn }) => fn.countAll<string>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A row as its table has it, without the organisation; amounts in minor units. */
export type RowOfPerson = Readonly<Record<string, unknown>>

/** In the order of the table's key: the first ones, or those after another. */
export async function pageOfRows(
  db: Db,
  name: TableName,
  ids: readonly string[],
  { limit, after }: { readonly limit: number; readonly after: RowOfPerson | undefined },
): Promise<readonly RowOfPerson[]> {
  const key = keys.get(name) ?? []
  const place = sql.join(key.map((column) => sql.ref(column)))
  let query = rowsAbout(db, name, ids).selectAll().orderBy(sql`${place}`).limit(limit)
  if (after !== undefined) {
    const values = sql.join(key.map((column) => after[column]))
    query = query.where(sql<boolean>`(${place}) > (${values})`)
  }
  const rows: readonly object[] = await query.execute()
  return rows.map((row) => {
    const { organisation: _, ...columns } = row as { readonly organisation: string }
    return columns
  })
}

function rowsAbout(db: Db, name: TableName, ids: readonly string[]) {
  const columns = tablesOfPerson[name]
  if (typeof columns === 'string') throw new Error(`Rows of ${name} are told of nobody`)
  // Every table is asked alike: which row comes of it only its reader knows.
  return db.selectFrom(name as 'crm_customers.customer').where(holdsOneOf(columns, ids))
}

/** One parameter for each column, however many ids there are. */
function holdsOneOf(columns: readonly string[], ids: readonly string[]) {
  const each = columns.map((column) => sql`${sql.ref(column)} = any(${ids}::text[])`)
  return sql<boolean>`(${sql.join(each, sql` or `)})`
}

import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { EventType } from '#domain/events.ts'
import { decodeCursor, type Page, type PageRequest, pageOf } from '../page.ts'
import type { ReadModels } from '../read-models.ts'
import type { EntryRow } from './entry.ts'
import type { PostingRow } from './posting.ts'

/** A line of an entry as shown: the name of its customer is joined, never stored. */
export interface EntryPosting
  extends Pick<PostingRow, 'entry' | 'line' | 'account' | 'party' | 'currency' | 'amount'> {
  readonly name: string | null
}

/** Debits first. */
export type Entry = EntryRow & { readonly postings: readonly EntryPosting[] }

export type EntryDetail = Entry & {
  /** Numbers of the entries that this one undoes, or is undone by. */
  readonly mirrored: readonly string[]
  readonly mirrored_by: readonly string[]
}

export interface EntryFilter {
  readonly type?: EventType | undefined
  readonly documentId?: string | undefined
  readonly account?: string | undefined
  readonly party?: string | undefined
  readonly currency?: string | undefined
  /** Days in the books (`posted_on`), included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly late?: boolean | undefined
  /** Entries that the organisation's log held at this ordinal. */
  readonly knownAt?: string | undefined
}

const WHOLE_NUMBER = /^\d{1,18}$/

/** Latest in the log first. @throws Rejection CURSOR_INVALID */
export async function listEntries(
  db: ReadonlyKysely<ReadModels>,
  filter: EntryFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<Entry>> {
  const { account, party } = filter
  let query = db
    .selectFrom('ledger.entry as e')
    .selectAll()
    .orderBy('e.number', 'desc')
    .limit(limit + 1)
  if (filter.type !== undefined) query = query.where('e.type', '=', filter.type)
  if (filter.documentId !== undefined) query = query.where('e.document_id', '=', filter.documentId)
  if (filter.currency !== undefined) query = query.where('e.currency', '=', filter.currency)
  if (filter.from !== undefined) query = query.where('e.posted_on', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('e.posted_on', '<=', filter.to)
  if (filter.late !== undefined) query = query.where('e.late', '=', filter.late)
  if (filter.knownAt !== undefined) query = query.where('e.number', '<=', filter.knownAt)
  if (account !== undefined || party !== undefined) {
    query = query.where((eb) => {
      let lines = eb
        .selectFrom('ledger.posting as p')
        .whereRef('p.entry', '=', 'e.number')
        .select('p.line')
      if (account !== undefined) lines = lines.where('p.account', '=', account)
      if (party !== undefined) lines = lines.where('p.party', '=', party)
      return eb.exists(lines)
    })
  }
  if (cursor !== undefined) {
    const [number] = decodeCursor(cursor, ['number'])
    query = query.where('e.number', '<', number)
  }
  const page = pageOf(await query.execute(), limit, (row) => [row.number])
  return { ...page, items: await withPostings(db, page.items) }
}

/** As the organisation's log had it at an ordinal, where one is named. */
export async function findEntry(
  db: ReadonlyKysely<ReadModels>,
  number: string,
  knownAt?: string,
): Promise<EntryDetail | undefined> {
  if (!WHOLE_NUMBER.test(number)) return undefined
  if (knownAt !== undefined && BigInt(number) > BigInt(knownAt)) return undefined
  const row = await db
    .selectFrom('ledger.entry')
    .selectAll()
    .where('number', '=', number)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const [[entry], mirrored, mirroredBy] = await Promise.all([
    withPostings(db, [row]),
    row.mirrors === null
      ? []
      : entriesOf(db, row)
          .where('reference', '=', row.mirrors)
          .where('number', '<', number)
          .execute(),
    row.reference === null
      ? []
      : entriesOf(db, row)
          .where('mirrors', '=', row.reference)
          .where('number', '>', number)
          .$if(knownAt !== undefined, (query) => query.where('number', '<=', knownAt ?? ''))
          .execute(),
  ])
  return (
    entry && {
      ...entry,
      mirrored: mirrored.map((other) => other.number),
      mirrored_by: mirroredBy.map((other) => other.number),
    }
  )
}

/** The other entries of the same document, in the order of the log. */
function entriesOf(db: ReadonlyKysely<ReadModels>, row: EntryRow) {
  return db
    .selectFrom('ledger.entry')
    .select('number')
    .where('document_id', '=', row.document_id)
    .where('document_kind', '=', row.document_kind)
    .orderBy('number')
}

async function withPostings(
  db: ReadonlyKysely<ReadModels>,
  entries: readonly EntryRow[],
): Promise<readonly Entry[]> {
  if (entries.length === 0) return []
  const numbers = entries.map((entry) => entry.number)
  const lines = await db
    .selectFrom('ledger.posting as p')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'p.party')
    .select(['p.entry', 'p.line', 'p.account', 'p.party', 'p.currency', 'p.amount', 'c.name'])
    .where(sql<boolean>`p.entry = any(${numbers}::bigint[])`)
    .orderBy('p.entry')
    .orderBy(sql`p.amount < 0`)
    .orderBy('p.line')
    .execute()
  const byEntry = Map.groupBy(lines, (line) => line.entry)
  return entries.map((entry) => ({
    ...entry,
    postings: byEntry.get(entry.number) ?? [],
  }))
}

/** A line of an account with the entry that it belongs to. */
export type RegisterLine = EntryPosting &
  Pick<
    EntryRow,
    'type' | 'document_kind' | 'document_id' | 'occurred_on' | 'posted_on' | 'late'
  > & {
    readonly entry: string
  }

export interface RegisterFilter {
  readonly account: string
  readonly party?: string | undefined
  readonly currency?: string | undefined
  /** Days in the books (`posted_on`), included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly knownAt?: string | undefined
}

/** What was posted to an account, or to one party of it, in the order of the books. @throws Rejection CURSOR_INVALID */
export async function accountRegister(
  db: ReadonlyKysely<ReadModels>,
  filter: RegisterFilter,
  { limit, cursor }: PageRequest,
): Promise<Page<RegisterLine>> {
  let query = db
    .selectFrom('ledger.posting as p')
    .innerJoin('ledger.entry as e', 'e.number', 'p.entry')
    .leftJoin('crm_customers.customer as c', 'c.customer_id', 'p.party')
    .select(['p.entry', 'p.line', 'p.account', 'p.party', 'p.currency', 'p.amount', 'c.name'])
    .select(['e.type', 'e.document_kind', 'e.document_id', 'e.late'])
    .select(['p.occurred_on', 'p.posted_on'])
    .where('p.account', '=', filter.account)
    .orderBy('p.posted_on')
    .orderBy('p.entry')
    .limit(limit + 1)
  if (filter.party !== undefined) query = query.where('p.party', '=', filter.party)
  if (filter.currency !== undefined) query = query.where('p.currency', '=', filter.currency)
  if (filter.from !== undefined) query = query.where('p.posted_on', '>=', filter.from)
  if (filter.to !== undefined) query = query.where('p.posted_on', '<=', filter.to)
  if (filter.knownAt !== undefined) query = query.where('p.entry', '<=', filter.knownAt)
  if (cursor !== undefined) {
    const [day, entry] = decodeCursor(cursor, ['date', 'number'])
    query = query.where((eb) =>
      eb(eb.refTuple('p.posted_on', 'p.entry'), '>', eb.tuple(day, entry)),
    )
  }
  return pageOf(await query.execute(), limit, (row) => [row.posted_on, row.entry])
}

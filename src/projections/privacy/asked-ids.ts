import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import { customerNumber } from '#domain/crm/customer-number.ts'
import { personLink } from '#domain/privacy/person-link.ts'
import { streamName } from '#log/stream-name.ts'
import type { ReferenceKind } from '../log/reference.ts'
import type { ReadModels } from '../read-models.ts'

/**
 * Whose it is what somebody asked for by an id: by that of a customer or a document, or of an event that
 * concerns one, of its stream, be it the claim of a number, of its command or what it belongs to. Read in
 * both directions: from a person to the accesses, and from an id to the persons.
 */

/** What the queries of this file read. */
export const projectionsOfAsked = ['event_index', 'accesses'] as const

type Db = ReadonlyKysely<ReadModels>

/** What is a customer's: they themselves, and their documents. */
const theirs = [
  'customer',
  'sale',
  'credit_note',
  'bad_debt',
  'wallet',
] as const satisfies readonly ReferenceKind[]
const kinds = sql.join(theirs.map((kind) => sql.lit(kind)))

/** Accesses that gave a reason, which may be about them, and asked for what is of any of these customers. */
export async function accessesAbout(
  db: Db,
  customers: readonly string[],
): Promise<readonly string[]> {
  const found = sql<{ readonly id: string }>`(
    with customer as materialized (
      select unnest(${customers}::text[]) collate "C" as id
    ), own as materialized (
      select organisation_ordinal from event_index.reference
      where kind = 'customer' and id in (select id from customer)
    ), thing as materialized (
      select 'customer' as kind, id from customer
      union
      select r.kind, r.id from own join event_index.reference r using (organisation_ordinal)
      where r.kind in (${kinds})
    ), theirs as (
      select e.* from event_index.event e
      where e.organisation_ordinal in (
        select r.organisation_ordinal from thing join event_index.reference r using (kind, id))
    )
    select distinct a.access_id as id from accesses.reason_about a
    where a.id in (select id from thing)
      or a.id in (
        select i.id from theirs e cross join lateral (values
          (e.event_id::text), (substring(e.stream from '[.](.*)$')), (e.correlation_id),
          (e.command_id)) i(id)))`
  const rows = await db.selectFrom(found.as('f')).select('f.id').orderBy('f.id').execute()
  return rows.map(({ id }) => id)
}

/** A customer, or a document of one, behind an id that was asked for. */
export interface AskedThing {
  readonly asked: string
  readonly id: string
}

/**
 * The customers and documents behind ids, as `idsIn` finds them, of events, commands, links, claims of numbers
 * and credit notes, which have no key of their own; of other documents and of customers nothing, whose keys
 * say what is theirs.
 */
export async function thingsAsked(
  db: Db,
  organisation: string,
  ids: readonly string[],
): Promise<readonly AskedThing[]> {
  const links = streamName(personLink.category, organisation, '')
  const numbers = streamName(customerNumber.category, organisation, '')
  const found = sql<AskedThing>`(
    with asked as materialized (
      select distinct unnest(${ids}::text[]) collate "C" as id
    ), own as (
      select a.id as asked, e.organisation_ordinal
      from asked a
      join event_index.event e on e.event_id = case when length(a.id) = 36 then a.id::uuid end
      union
      select a.id, e.organisation_ordinal
      from asked a join event_index.event e on e.correlation_id = a.id
      union
      select a.id, e.organisation_ordinal
      from asked a join event_index.event e on e.command_id = a.id
      union
      select a.id, e.organisation_ordinal
      from asked a join event_index.event e on e.stream in (${links} || a.id, ${numbers} || a.id)
    ), thing as materialized (
      select o.asked, r.kind, r.id
      from own o join event_index.reference r using (organisation_ordinal)
      where r.kind in (${kinds})
      union
      select a.id, r.kind, r.id
      from asked a join event_index.reference r on r.kind = 'credit_note' and r.id = a.id
    )
    select asked, id from thing
    union
    select t.asked, r.id
    from thing t
    join event_index.reference n on n.kind = 'credit_note' and n.id = t.id
    join event_index.reference r on r.organisation_ordinal = n.organisation_ordinal
    where t.kind = 'credit_note' and r.kind in (${kinds}))`
  return db.selectFrom(found.as('f')).selectAll().execute()
}

/**
 * Of accesses with a reason, those that asked for more than what is named by these ids, and for events that
 * concern more: their reason may be about others.
 */
export async function reasonedAboutOthers(
  db: Db,
  organisation: string,
  accessIds: readonly string[],
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const found = await db
    .selectFrom('accesses.reason_about')
    .select(['access_id', 'id'])
    .where(sql<boolean>`access_id = any(${accessIds}::text[])`)
    .where(sql<boolean>`id <> all(${ids}::text[])`)
    .execute()
  const own = new Set(ids)
  const asked = [...new Set(found.map(({ id }) => id))]
  const behind = Map.groupBy(await thingsAsked(db, organisation, asked), (thing) => thing.asked)
  const isTheirs = (id: string) => behind.get(id)?.every((thing) => own.has(thing.id)) ?? false
  return new Set(found.filter(({ id }) => !isTheirs(id)).map((row) => row.access_id))
}

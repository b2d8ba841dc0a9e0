import { type Kysely, sql } from 'kysely'
import type { Database } from '#adapters/database/database.ts'
import {
  type DocumentsOfPerson,
  type FindDocumentsOfPerson,
  type FindLinkedCustomers,
  NotReadYet,
} from '#commands/privacy/documents-of-person.ts'
import type { KindOfDocuments } from '#domain/crm/retention.ts'
import type { EventStore } from '#log/event-store.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'
import { customersOfPerson } from '#projections/privacy/subjects-of-person.ts'

export interface FinderDeps {
  readonly database: Pick<Database, 'query'>
  readonly engine: Pick<ProjectionEngine, 'waitFor'>
  readonly log: Pick<EventStore, 'head'>
  /** How long a read model may take to know all of the log. */
  readonly deadlineMs: number
}

/** A document of the customer's, with the day of its last entry. */
interface Found {
  readonly kind: 'sale' | 'credit_note' | 'bad_debt' | 'wallet'
  readonly id: string
  readonly since: string
  readonly latest: string | null
}

const retained = {
  sale: 'sale',
  credit_note: 'creditNote',
  bad_debt: 'badDebt',
  wallet: 'wallet',
} as const

/**
 * Finds a customer's documents in the index of what every event concerns: a document is theirs when one
 * of its events names them, and its last entry is the latest of all events that concern it.
 */
export function createDocumentFinder(deps: FinderDeps): FindDocumentsOfPerson {
  const { database } = deps
  return async (organisation, customerId) => {
    await untilKnown(deps, ['event_index', 'accesses'])
    return database.query(organisation, (db) => documentsOf(db as unknown as Db, customerId))
  }
}

/** Finds linked customers in the read model of links. */
export function createLinkFinder(deps: FinderDeps): FindLinkedCustomers {
  return async (organisation, customerId) => {
    await untilKnown(deps, ['person_links'])
    const found = await deps.database.query(organisation, (db) => customersOfPerson(db, customerId))
    return found.filter((id) => id !== customerId)
  }
}

/** @throws NotReadYet when one of these does not know the log as it is now, in time. */
async function untilKnown(
  { engine, log, deadlineMs }: FinderDeps,
  projections: readonly string[],
): Promise<void> {
  const head = await log.head()
  if (head === undefined) return
  for (const projection of projections) {
    const { reached } = await engine.waitFor(projection, head, deadlineMs)
    if (!reached) throw new NotReadYet(projection)
  }
}

type Db = Kysely<unknown>

async function documentsOf(db: Db, customerId: string): Promise<DocumentsOfPerson> {
  const [found, refunds, upTo, accesses] = await Promise.all([
    sql<Found>`
      with own as materialized (
        select organisation_ordinal from event_index.reference
        where kind = 'customer' and id = ${customerId}
      ), document as materialized (
        select r.kind, r.id, min(r.organisation_ordinal) as since
        from own join event_index.reference r using (organisation_ordinal)
        where r.kind in ('sale', 'credit_note', 'bad_debt', 'wallet')
        group by 1, 2
      )
      select d.kind, d.id, d.since, max(e.occurred_on) as latest
      from document d
      join event_index.reference r on r.kind = d.kind and r.id = d.id
      join event_index.event e on e.organisation_ordinal = r.organisation_ordinal
      group by 1, 2, 3 order by 3`.execute(db),
    sql<{ readonly count: string; readonly latest: string | null }>`
      select count(*) as count, max(e.occurred_on) as latest
      from event_index.reference r
      join event_index.event e using (organisation_ordinal)
      where r.kind = 'customer' and r.id = ${customerId}
        and e.type = 'CustomerCreditRefunded'`.execute(db),
    sql<{ readonly ordinal: string | null }>`
      select max(organisation_ordinal) as ordinal from event_index.event`.execute(db),
    accessesTo(db, customerId),
  ])
  const [refunded] = refunds.rows
  return {
    upTo: Number(upTo.rows[0]?.ordinal ?? 0),
    kinds: [
      ...kindsOf(found.rows),
      ...(refunded === undefined || refunded.latest === null
        ? []
        : [
            {
              kind: 'customerCredit',
              documents: Number(refunded.count),
              latest: refunded.latest,
            } as const,
          ]),
    ],
    accesses,
    subjects: found.rows.flatMap(({ kind, id, since }) =>
      kind === 'credit_note' ? [] : [{ kind, id, since: Number(since) }],
    ),
  }
}

/**
 * Accesses that gave a reason and asked for the customer, for a document of theirs, for an event that
 * concerns one of these, or for its stream, its command or what it belongs to.
 */
async function accessesTo(db: Db, customerId: string): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly id: string }>`
    with own as materialized (
      select organisation_ordinal from event_index.reference
      where kind = 'customer' and id = ${customerId}
    ), thing as materialized (
      select 'customer' as kind, ${customerId}::text as id
      union
      select r.kind, r.id from own join event_index.reference r using (organisation_ordinal)
      where r.kind in ('sale', 'credit_note', 'bad_debt', 'wallet')
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
          (e.command_id)) i(id))
    order by 1`.execute(db)
  return rows.map(({ id }) => id)
}

function kindsOf(found: readonly Found[]): readonly KindOfDocuments[] {
  const kinds = new Map<Found['kind'], KindOfDocuments>()
  for (const { kind, latest } of found) {
    if (latest === null) continue
    const before = kinds.get(kind)
    kinds.set(kind, {
      kind: retained[kind],
      documents: (before?.documents ?? 0) + 1,
      latest: before === undefined || before.latest < latest ? latest : before.latest,
    })
  }
  return [...kinds.values()]
}

import { type Kysely, sql } from 'kysely'
import type { Database } from '#adapters/database/database.ts'
import {
  type DocumentsOfPerson,
  type FindDocumentsOfPerson,
  NotReadYet,
} from '#commands/privacy/documents-of-person.ts'
import type { KindOfDocuments } from '#domain/crm/retention.ts'
import type { EventStore } from '#log/event-store.ts'
import type { ProjectionEngine } from '#projections/engine/projection-engine.ts'

export interface FinderDeps {
  readonly database: Pick<Database, 'query'>
  readonly engine: Pick<ProjectionEngine, 'waitFor'>
  readonly log: Pick<EventStore, 'head'>
  /** How long the index of events may take to know all of the log. */
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
  const { database, engine, log, deadlineMs } = deps
  return async (organisation, customerId) => {
    const head = await log.head()
    const { reached } = head
      ? await engine.waitFor('event_index', head, deadlineMs)
      : { reached: true }
    if (!reached) throw new NotReadYet('The index of events does not know all of the log yet')
    return database.query(organisation, (db) => documentsOf(db as unknown as Db, customerId))
  }
}

type Db = Kysely<unknown>

async function documentsOf(db: Db, customerId: string): Promise<DocumentsOfPerson> {
  const [found, refunds, upTo] = await Promise.all([
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
    subjects: found.rows.flatMap(({ kind, id, since }) =>
      kind === 'credit_note' ? [] : [{ kind, id, since: Number(since) }],
    ),
  }
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

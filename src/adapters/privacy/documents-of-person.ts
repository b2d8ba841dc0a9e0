import { type Kysely, sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { Database } from '#adapters/database/database.ts'
import type {
  DocumentsOfPerson,
  FindDocumentsOfPerson,
  FindLinkedCustomers,
  FindThingsAsked,
} from '#commands/privacy/documents-of-person.ts'
import type { KindOfDocuments } from '#domain/crm/retention.ts'
import { accessesAbout, projectionsOfAsked, thingsAsked } from '#projections/privacy/asked-ids.ts'
import { customersOfPerson } from '#projections/privacy/subjects-of-person.ts'
import type { ReadModels } from '#projections/read-models.ts'
import { type UntilKnownDeps, untilKnown } from './until-known.ts'

export interface FinderDeps extends UntilKnownDeps {
  readonly database: Pick<Database, 'query'>
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
    await untilKnown(deps, projectionsOfAsked)
    return database.query(organisation, (db) => documentsOf(db, customerId))
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

/** Finds what is behind ids in the index of what every event concerns. */
export function createAskedFinder(deps: FinderDeps): FindThingsAsked {
  return async (organisation, ids) => {
    await untilKnown(deps, ['event_index'])
    const found = await deps.database.query(organisation, (db) =>
      thingsAsked(db, organisation, ids),
    )
    return [...new Set(found.map(({ id }) => id))]
  }
}

async function documentsOf(
  readable: ReadonlyKysely<ReadModels>,
  customerId: string,
): Promise<DocumentsOfPerson> {
  const db = readable as unknown as Kysely<unknown>
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
    accessesAbout(readable, [customerId]),
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

import { sql } from 'kysely'
import type { ReadonlyKysely } from 'kysely/readonly'
import type { EventType } from '#domain/events.ts'
import type { Role } from '#domain/identity/roles.ts'
import type { ActorKind } from '#log/actor-kind.ts'
import type { ReadModels } from '../read-models.ts'
import type { Reference, ReferenceKind } from './reference.ts'

/** Which events are meant: those that everything named here holds for. */
export interface EventFilter {
  /** Sales, customers, wallets … that the event concerns: all of them. */
  readonly concerns?: readonly Reference[] | undefined
  /** The same: any of them. */
  readonly concernsAny?: readonly Reference[] | undefined
  readonly stream?: string | undefined
  readonly category?: string | undefined
  readonly types?: readonly EventType[] | undefined
  readonly actor?: string | undefined
  /** `person` is what auditors call manual. */
  readonly actorKinds?: readonly ActorKind[] | undefined
  /** Roles that the actor had when it was done. */
  readonly roles?: readonly Role[] | undefined
  readonly sessionId?: string | undefined
  /** Whose approvals are meant. */
  readonly approver?: string | undefined
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  readonly commandId?: string | undefined
  /** UTC instants: at or after, before. */
  readonly recordedFrom?: string | undefined
  readonly recordedBefore?: string | undefined
  /** Days, included. */
  readonly occurredFrom?: string | undefined
  readonly occurredTo?: string | undefined
  /** Recorded more than so many days after the day on which it happened, by the organisation's calendar. */
  readonly lateDays?: number | undefined
  /** Recorded in a later month than it happened in, or not so. */
  readonly lateMonth?: boolean | undefined
  readonly outOfHours?: OutOfHours | undefined
  /** Minor units of `currency`, included. */
  readonly amountFrom?: string | undefined
  readonly amountTo?: string | undefined
  readonly currency?: string | undefined
  /** Of a sale, credit note or write-off that the event concerns. */
  readonly documentId?: string | undefined
  /** The same by the number that it had where it came from. */
  readonly documentNumber?: string | undefined
  /** Code of an account that it posts to. */
  readonly account?: string | undefined
  /** The organisation's ordinals, included. */
  readonly ordinalFrom?: string | undefined
  readonly ordinalTo?: string | undefined
}

/** Recorded outside working hours, or on a day off, by the organisation's clock as it was set then. */
export interface OutOfHours {
  /** Minutes of the day: work goes on from the one until before the other, over midnight when that is earlier. */
  readonly from: number
  readonly to: number
  /** Of ISO 8601: 1 is Monday, 7 Sunday. */
  readonly daysOff: readonly number[]
}

export function matching(db: ReadonlyKysely<ReadModels>, filter: EventFilter) {
  let query = written(db, filter)
  const { amountFrom, amountTo, currency, lateDays, lateMonth, outOfHours } = filter
  if (lateDays !== undefined) {
    query = query.where(sql<boolean>`e.recorded_on - e.occurred_on > ${lateDays}`)
  }
  if (lateMonth !== undefined) {
    const [later, earlier] = [sql`e.recorded_on`, sql`e.occurred_on`]
    query = query.where(
      sql<boolean>`(date_trunc('month', ${later}) > date_trunc('month', ${earlier})) = ${lateMonth}`,
    )
  }
  if (outOfHours !== undefined) query = query.where(isOutOfHours(outOfHours))
  if (currency !== undefined) query = query.where('e.currency', '=', currency)
  if (amountFrom !== undefined) query = query.where('e.amount', '>=', amountFrom)
  if (amountTo !== undefined) query = query.where('e.amount', '<=', amountTo)
  return concerning(query, filter)
}

/** By what an event says of its own writing. */
function written(db: ReadonlyKysely<ReadModels>, filter: EventFilter) {
  let query = db.selectFrom('event_index.event as e')
  const { stream, category, types, actor, actorKinds } = filter
  if (stream !== undefined) query = query.where('e.stream', '=', stream)
  if (category !== undefined) query = query.where('e.category', '=', category)
  if (types !== undefined && types.length > 0) query = query.where('e.type', 'in', types)
  if (actor !== undefined) query = query.where('e.actor', '=', actor)
  if (actorKinds !== undefined) query = query.where('e.actor_kind', 'in', actorKinds)
  const { roles, sessionId, approver } = filter
  if (roles !== undefined) query = query.where('e.role', 'in', roles)
  if (sessionId !== undefined) query = query.where('e.session_id', '=', sessionId)
  if (approver !== undefined) query = query.where('e.approver', '=', approver)
  const { correlationId, causationId, commandId } = filter
  if (correlationId !== undefined) query = query.where('e.correlation_id', '=', correlationId)
  if (causationId !== undefined) query = query.where('e.causation_id', '=', causationId)
  if (commandId !== undefined) query = query.where('e.command_id', '=', commandId)
  const { recordedFrom, recordedBefore, occurredFrom, occurredTo, ordinalFrom, ordinalTo } = filter
  if (recordedFrom !== undefined) query = query.where('e.recorded_at', '>=', recordedFrom)
  if (recordedBefore !== undefined) query = query.where('e.recorded_at', '<', recordedBefore)
  if (occurredFrom !== undefined) query = query.where('e.occurred_on', '>=', occurredFrom)
  if (occurredTo !== undefined) query = query.where('e.occurred_on', '<=', occurredTo)
  if (ordinalFrom !== undefined) query = query.where('e.organisation_ordinal', '>=', ordinalFrom)
  if (ordinalTo !== undefined) query = query.where('e.organisation_ordinal', '<=', ordinalTo)
  return query
}

const documentKinds: readonly ReferenceKind[] = ['sale', 'credit_note', 'bad_debt']

/** By what other read models know of an event. */
function concerning(
  start: ReturnType<typeof written>,
  { concerns = [], concernsAny, documentId, documentNumber, account }: EventFilter,
) {
  let query = start
  if (concernsAny !== undefined) {
    const [kinds, ids] = [concernsAny.map(({ kind }) => kind), concernsAny.map(({ id }) => id)]
    query = query.where('e.organisation_ordinal', 'in', (eb) =>
      eb
        .selectFrom('event_index.reference as r')
        .select('r.organisation_ordinal')
        .where(
          sql<boolean>`(r.kind, r.id) in (select * from unnest(${kinds}::text[], ${ids}::text[]))`,
        ),
    )
  }
  const things = concerns.map(({ kind, id }) => ({ kinds: [kind], id }))
  if (documentId !== undefined) things.push({ kinds: [...documentKinds], id: documentId })
  for (const { kinds, id } of things) {
    query = query.where('e.organisation_ordinal', 'in', (eb) =>
      eb
        .selectFrom('event_index.reference as r')
        .select('r.organisation_ordinal')
        .where('r.kind', 'in', kinds)
        .where('r.id', '=', id),
    )
  }
  if (documentNumber !== undefined) {
    query = query.where('e.organisation_ordinal', 'in', (eb) =>
      eb
        .selectFrom('event_index.reference as r')
        .select('r.organisation_ordinal')
        .where('r.kind', 'in', documentKinds)
        .where('r.id', 'in', numberedDocuments(documentNumber)),
    )
  }
  if (account !== undefined) {
    query = query.where('e.organisation_ordinal', 'in', (eb) =>
      eb.selectFrom('ledger.posting as p').select('p.entry').where('p.account', '=', account),
    )
  }
  return query
}

function numberedDocuments(number: string) {
  return sql<string>`(
    select s.sale_id from ${sql.table('finance_sales.sale')} s where s.number = ${number}
    union select c.credit_note_id from finance_sales.credit_note c where c.number = ${number}
    union select b.bad_debt_id from ${sql.table('finance_sales.bad_debt')} b where b.number = ${number})`
}

function isOutOfHours({ from, to, daysOff }: OutOfHours) {
  const minute = sql`e.recorded_minute`
  const working =
    from <= to
      ? sql`${minute} >= ${from} and ${minute} < ${to}`
      : sql`(${minute} >= ${from} or ${minute} < ${to})`
  const days = sql`any(${[...daysOff]}::integer[])`
  return sql<boolean>`(not (${working}) or extract(isodow from e.recorded_on) = ${days})`
}

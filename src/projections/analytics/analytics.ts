import type { DaybookEvent } from '#domain/events.ts'
import type { OrganisationContext } from '../engine/organisation-context.ts'
import {
  type Fold,
  type FoldedEvent,
  madeAt,
  type Projection,
  type Table,
  table,
} from '../engine/projection.ts'
import { measures, version } from './contexts.ts'
import type { Delta } from './measure.ts'

/** What an event changed of a measure, for a user and a day. */
export type DeltaRow = {
  readonly user_id: string
  readonly day: string
  readonly measure: string
  /** The organisation's ordinal of the event: rows up to it are what was known then. */
  readonly ordinal: string
  readonly event_id: string
  readonly count: number
  /** Empty where it is no matter of money. */
  readonly currency: string
  /** Minor units of the currency. */
  readonly amount: string
}

type DeltasOf = (event: FoldedEvent, context: OrganisationContext) => readonly Delta[]

/** The measures that each event type changes. */
const changedBy = Map.groupBy(
  measures.flatMap(({ name: measure, on }) =>
    Object.entries(on).map(([type, deltasOf]) => ({
      type,
      measure,
      deltasOf: deltasOf as DeltasOf,
    })),
  ),
  ({ type }) => type,
)

function rowsOf(event: FoldedEvent, context: OrganisationContext): readonly DeltaRow[] {
  return (changedBy.get(event.type) ?? []).flatMap(({ measure, deltasOf }) =>
    deltasOf(event, context).map(({ user, day, count, money }) => ({
      user_id: user,
      day,
      measure,
      ordinal: String(event.organisationOrdinal),
      event_id: event.id,
      count,
      currency: money?.currency ?? '',
      amount: money?.amount ?? '0',
    })),
  )
}

/** A row is all new and stands in its key already. */
const written: Fold<DeltaRow, DaybookEvent> = {
  keys: rowsOf,
  fold: (_, _event, _context, row) => row as DeltaRow,
}

const delta = table<DeltaRow>({
  name: 'delta',
  columns: {
    user_id: { type: 'text' },
    day: { type: 'date' },
    measure: { type: 'text' },
    ordinal: { type: 'bigint' },
    event_id: { type: 'uuid' },
    count: { type: 'integer' },
    currency: { type: 'text' },
    amount: { type: 'bigint' },
  },
  key: ['user_id', 'day', 'measure', 'ordinal'],
  insertOnly: true,
  indexes: [['day']],
  madeBy: ({ ordinal }) => madeAt(ordinal),
  on: Object.fromEntries(
    [...changedBy.keys()].map((type) => [type, written]),
  ) as Table<DeltaRow>['on'],
})

/**
 * Figures of users by day: the daily snapshots and the financial statistics. Only deltas are stored, each
 * with the ordinal it came from; totals over any days, as known at any ordinal, are queries.
 */
export const analytics: Projection = { name: 'analytics', version, tables: [delta] }

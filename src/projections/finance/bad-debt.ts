import type { EventOf } from '#domain/events.ts'
import { plus } from '#domain/money/money.ts'
import { concerning, type Fold, type FoldedEvent, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'

/** A debt given up, and what came of it; a reversal may stand alone, naming no write-off. */
export type BadDebtRow = {
  readonly bad_debt_id: string
  readonly source: string | null
  readonly number: string | null
  readonly customer_id: string | null
  readonly sale_id: string | null
  readonly currency: string
  readonly written_off: string
  readonly reversed: string
  readonly recovered: string
  readonly reason: string | null
  /** Of the document's first fact. */
  readonly occurred_on: string
  readonly recorded_at: string
  readonly revision: number
  readonly ordinal: string
}

type BadDebtEvent = EventOf<'BadDebtWrittenOff' | 'BadDebtWriteOffReversed' | 'BadDebtRecovered'>

function first(event: FoldedEvent<BadDebtEvent>): BadDebtRow {
  const { data } = event
  return {
    bad_debt_id: data.badDebtId,
    source: data.source?.system ?? null,
    number: data.source?.number ?? null,
    customer_id: data.customerId ?? null,
    sale_id: data.saleId ?? null,
    currency: data.currency,
    written_off: '0',
    reversed: '0',
    recovered: '0',
    reason: readable(data.reason),
    occurred_on: data.occurredOn,
    recorded_at: event.metadata.recordedAt,
    revision: event.revision,
    ordinal: String(event.organisationOrdinal),
  }
}

function adds<Event extends BadDebtEvent>(
  column: 'written_off' | 'reversed' | 'recovered',
): Fold<BadDebtRow, Event> {
  return {
    keys: ({ data }) => [{ bad_debt_id: data.badDebtId }],
    fold: (row, event) => {
      const before = row ?? first(event)
      return {
        ...before,
        [column]: plus(before[column], event.data.amount),
        revision: event.revision,
      }
    },
  }
}

export const badDebt = table<BadDebtRow>({
  name: 'bad_debt',
  columns: {
    bad_debt_id: { type: 'text' },
    source: { type: 'text', nullable: true },
    number: { type: 'text', nullable: true },
    customer_id: { type: 'text', nullable: true },
    sale_id: { type: 'text', nullable: true },
    currency: { type: 'text' },
    written_off: { type: 'numeric' },
    reversed: { type: 'numeric' },
    recovered: { type: 'numeric' },
    reason: { type: 'text', nullable: true, personal: 'bad_debt_id' },
    occurred_on: { type: 'date' },
    recorded_at: { type: 'timestamptz' },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
  },
  key: ['bad_debt_id'],
  indexes: [['occurred_on', 'ordinal'], ['customer_id']],
  madeBy: ({ bad_debt_id: id }) => concerning('bad_debt', id),
  on: {
    BadDebtWrittenOff: adds('written_off'),
    BadDebtWriteOffReversed: adds('reversed'),
    BadDebtRecovered: adds('recovered'),
    BadDebtTextCorrected: {
      keys: ({ data }) => [{ bad_debt_id: data.badDebtId }],
      // Reasons of parts stand in no row.
      fold: (row, { data: { partId, text }, revision }) => {
        if (row === undefined) return undefined
        return { ...row, reason: partId === undefined ? readable(text) : row.reason, revision }
      },
    },
  },
})

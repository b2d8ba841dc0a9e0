import type { EventOf } from '#domain/events.ts'
import { concerning, table } from '../engine/projection.ts'

type Issued = EventOf<'CreditNoteIssued'>['data']

/** A credit note as it was issued: a document of its own. */
export type CreditNoteRow = {
  readonly credit_note_id: string
  readonly source: string | null
  readonly number: string | null
  readonly customer_id: string | null
  /** The sale it credits, where it names one. */
  readonly sale_id: string | null
  readonly agent: string
  readonly basis: Issued['basis']
  readonly currency: string
  readonly net: string
  readonly tax: string
  readonly gross: string
  /** How it was paid back; null: it became credit of the customer. */
  readonly refund_method: NonNullable<Issued['refundMethod']> | null
  readonly occurred_on: string
  readonly recorded_at: string
  readonly revision: number
  readonly ordinal: string
}

export const creditNote = table<CreditNoteRow>({
  name: 'credit_note',
  columns: {
    credit_note_id: { type: 'text' },
    source: { type: 'text', nullable: true },
    number: { type: 'text', nullable: true },
    customer_id: { type: 'text', nullable: true },
    sale_id: { type: 'text', nullable: true },
    agent: { type: 'text' },
    basis: { type: 'text' },
    currency: { type: 'text' },
    net: { type: 'bigint' },
    tax: { type: 'bigint' },
    gross: { type: 'bigint' },
    refund_method: { type: 'text', nullable: true },
    occurred_on: { type: 'date' },
    recorded_at: { type: 'timestamptz' },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
  },
  key: ['credit_note_id'],
  indexes: [['occurred_on', 'ordinal'], ['customer_id'], ['sale_id']],
  madeBy: ({ credit_note_id: id }) => concerning('credit_note', id),
  on: {
    CreditNoteIssued: {
      keys: ({ data }) => [{ credit_note_id: data.creditNoteId }],
      fold: (_, event) => {
        const { data } = event
        return {
          credit_note_id: data.creditNoteId,
          source: data.source?.system ?? null,
          number: data.source?.number ?? null,
          customer_id: data.customerId ?? null,
          sale_id: data.saleId ?? null,
          agent: data.agent,
          basis: data.basis,
          currency: data.currency,
          net: data.net,
          tax: data.tax,
          gross: data.gross,
          refund_method: data.refundMethod ?? null,
          occurred_on: data.occurredOn,
          recorded_at: event.metadata.recordedAt,
          revision: event.revision,
          ordinal: String(event.organisationOrdinal),
        }
      },
    },
  },
})

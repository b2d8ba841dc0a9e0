import type { EventOf } from '#domain/events.ts'
import type { DocumentLine, DocumentTax } from '#domain/finance/documents.ts'
import { type Fold, type FoldedEvent, madeAt, table } from '../engine/projection.ts'

/**
 * The lines and taxes of a document, apart from the document's own row: they are many, and never
 * change again once it was issued.
 */
export type DocumentLinesRow = {
  readonly document_id: string
  readonly lines: readonly DocumentLine[]
  readonly taxes: readonly DocumentTax[]
  /** The sum in major units before it was rounded, where it was. */
  readonly exact: string | null
  readonly ordinal: string
}

type Document = EventOf<'SaleRecorded' | 'CreditNoteIssued'>

function linesOf<Event extends Document>(
  idOf: (data: Event['data']) => string,
): Fold<DocumentLinesRow, Event> {
  return {
    keys: (event: FoldedEvent<Event>) => {
      const { lines, taxes, roundedFrom } = event.data
      const none = lines === undefined && taxes.length === 0 && roundedFrom === undefined
      return none
        ? []
        : [{ document_id: idOf(event.data), ordinal: String(event.organisationOrdinal) }]
    },
    fold: (_, event) => ({
      document_id: idOf(event.data),
      lines: event.data.lines ?? [],
      taxes: event.data.taxes,
      exact: event.data.roundedFrom?.exact ?? null,
      ordinal: String(event.organisationOrdinal),
    }),
  }
}

export const documentLines = table<DocumentLinesRow>({
  name: 'document_lines',
  columns: {
    document_id: { type: 'text' },
    lines: { type: 'jsonb' },
    taxes: { type: 'jsonb' },
    exact: { type: 'text', nullable: true },
    ordinal: { type: 'bigint' },
  },
  key: ['document_id', 'ordinal'],
  insertOnly: true,
  madeBy: ({ ordinal }) => madeAt(ordinal),
  on: {
    SaleRecorded: linesOf((data) => data.saleId),
    CreditNoteIssued: linesOf((data) => data.creditNoteId),
  },
})

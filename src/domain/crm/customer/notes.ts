import type { CustomerDocument, CustomerEvent, RegisteredCustomer } from '../customer.ts'

/** Notes on a customer of what is about to be recorded for them, so that they are not deleted meanwhile. */

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** Before a sale is recorded, until one is known to be. */
export interface NoteCustomerSale {
  readonly type: 'NoteCustomerSale'
  readonly customerId: string
  readonly saleId: string
}

/** The noted sale was refused. */
export interface ReleaseCustomerSaleNote {
  readonly type: 'ReleaseCustomerSaleNote'
  readonly customerId: string
  readonly saleId: string
}

/** Before a wallet or a document of theirs that needs no sale is recorded, until one is known to be. */
export interface NoteCustomerDocument {
  readonly type: 'NoteCustomerDocument'
  readonly customerId: string
  readonly document: CustomerDocument
}

/** The noted document was refused, or never came. */
export interface ReleaseCustomerDocumentNote {
  readonly type: 'ReleaseCustomerDocumentNote'
  readonly customerId: string
  readonly document: CustomerDocument
}

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

export function noteSale(
  { customerId, saleId }: NoteCustomerSale,
  { hasSale, notedSales }: RegisteredCustomer,
): readonly CustomerEvent[] {
  if (hasSale || notedSales.includes(saleId)) return []
  return [{ type: 'CustomerSaleNoted', data: { customerId, saleId } }]
}

export function releaseSaleNote(
  { customerId, saleId }: ReleaseCustomerSaleNote,
  { notedSales }: RegisteredCustomer,
): readonly CustomerEvent[] {
  if (!notedSales.includes(saleId)) return []
  return [{ type: 'CustomerSaleNoteReleased', data: { customerId, saleId } }]
}

/** A sale keeps the customer as well: who has bought needs no further note. */
export function noteDocument(
  { customerId, document }: NoteCustomerDocument,
  { hasSale, notedDocuments }: RegisteredCustomer,
): readonly CustomerEvent[] {
  if (hasSale || notedDocuments.some((noted) => isSame(noted, document))) return []
  return [{ type: 'CustomerDocumentNoted', data: { customerId, document } }]
}

export function releaseDocumentNote(
  { customerId, document }: ReleaseCustomerDocumentNote,
  { notedDocuments }: RegisteredCustomer,
): readonly CustomerEvent[] {
  if (!notedDocuments.some((noted) => isSame(noted, document))) return []
  return [{ type: 'CustomerDocumentNoteReleased', data: { customerId, document } }]
}

export function isSame(one: CustomerDocument, other: CustomerDocument): boolean {
  return one.kind === other.kind && one.id === other.id
}

import { Rejection } from '../../rejection.ts'
import type {
  CustomerDocument,
  CustomerEvent,
  DeletionReason,
  RegisteredCustomer,
} from '../customer.ts'

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

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

/** For ever: who was deleted never comes back, and their id is never used again. */
export interface DeleteCustomer {
  readonly type: 'DeleteCustomer'
  readonly customerId: string
  readonly reason: DeletionReason
}

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

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

/** What the books know of stays: neither a sale nor a document may end up with nobody. */
export function remove(
  { customerId, reason }: DeleteCustomer,
  { details: { agent }, hasSale, notedSales, notedDocuments }: RegisteredCustomer,
): readonly CustomerEvent[] {
  if (hasSale || notedSales.length > 0) throw new Rejection('CUSTOMER_HAS_SALES', { customerId })
  if (notedDocuments.length > 0) throw new Rejection('CUSTOMER_HAS_DOCUMENTS', { customerId })
  return [{ type: 'CustomerDeleted', data: { customerId, agent, reason } }]
}

export function isSame(one: CustomerDocument, other: CustomerDocument): boolean {
  return one.kind === other.kind && one.id === other.id
}

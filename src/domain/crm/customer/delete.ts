import { Rejection } from '../../rejection.ts'
import type { CustomerEvent, DeletionReason, RegisteredCustomer } from '../customer.ts'
import { refuseLeaving } from './erase.ts'

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** For ever: who was deleted never comes back, and their id is never used again. */
export interface DeleteCustomer {
  readonly type: 'DeleteCustomer'
  readonly customerId: string
  readonly reason: DeletionReason
}

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

/** What the books know of stays: neither a sale nor a document may end up with nobody. */
export function remove(
  { customerId, reason }: DeleteCustomer,
  { details: { agent }, erasure, hasSale, notedSales, notedDocuments, isHeld }: RegisteredCustomer,
): readonly CustomerEvent[] {
  if (isHeld === true) throw new Rejection('LEGAL_HOLD_STANDS', { customerId })
  if (hasSale || notedSales.length > 0) throw new Rejection('CUSTOMER_HAS_SALES', { customerId })
  if (notedDocuments.length > 0) throw new Rejection('CUSTOMER_HAS_DOCUMENTS', { customerId })
  refuseLeaving(customerId, { erasure })
  return [{ type: 'CustomerDeleted', data: { customerId, agent, reason } }]
}

import { type CustomerDocument, customer } from '#domain/crm/customer.ts'
import type { CommandContext } from '../handler.ts'
import { type OperationDeps, stayingCustomer } from '../operation.ts'

/**
 * Before a wallet, or a document that names no sale, is recorded for a customer: it is noted on the
 * customer, so that they cannot be deleted meanwhile. Not needed once something of theirs is known to be
 * recorded; a note without its document is released.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_RESTRICTED, CUSTOMER_ERASED
 */
export async function noteDocument(
  deps: OperationDeps,
  customerId: string,
  document: CustomerDocument,
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  const { hasSale, notedSales, notedDocuments } = await stayingCustomer(
    deps,
    organisation,
    customerId,
  )
  const recorded = deps.recordedFor.get(`${organisation}/${customerId}`)
  const isKept =
    recorded !== undefined &&
    (notedSales.includes(recorded) || notedDocuments.some(({ id }) => id === recorded))
  if (hasSale || isKept) return
  const note = { type: 'NoteCustomerDocument', customerId, document } as const
  await deps.handler.handle(customer, customerId, note, context)
}

/** Spares later sales and documents of the customer their notes, in this process. */
export function wasRecorded(
  { recordedFor }: Pick<OperationDeps, 'recordedFor'>,
  { organisation }: CommandContext,
  customerId: string | undefined,
  id: string,
): void {
  if (customerId === undefined) return
  const key = `${organisation}/${customerId}`
  // The first stays: it is the one that was noted, and because of it later ones are not.
  if (recordedFor.get(key) === undefined) recordedFor.set(key, id)
}

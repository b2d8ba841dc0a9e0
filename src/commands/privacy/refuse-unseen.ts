import { refuseLeaving } from '#domain/crm/customer/erase.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext } from '../handler.ts'
import { knownCustomer, type OperationDeps } from '../operation.ts'

/** Who corrects a text. */
export interface Corrector {
  /** Whether they may know what has to be kept of people who are restricted. */
  readonly readsRestricted: boolean
}

/** More than any document has: all of it is read to find how a text reads so far. */
export const EVENTS_OF_DOCUMENT = 100_000

/**
 * Refuses to correct what was written of somebody who is not for this caller to know of. Of a sale over
 * the counter nobody is known.
 *
 * @throws Rejection CUSTOMER_ERASED, CUSTOMER_RESTRICTED
 */
export async function refuseUnseen(
  deps: Pick<OperationDeps, 'handler'>,
  { organisation }: CommandContext,
  customerId: string | undefined,
  { readsRestricted }: Corrector,
): Promise<void> {
  if (customerId === undefined) return
  const found = await knownCustomer(deps, organisation, customerId)
  if (found.erasure?.stage === 'erased') throw new Rejection('CUSTOMER_ERASED', { customerId })
  if (!readsRestricted) refuseLeaving(customerId, found)
}

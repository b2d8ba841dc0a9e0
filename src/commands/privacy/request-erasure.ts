import { type CustomerEvent, customer } from '#domain/crm/customer.ts'
import type { ErasureReason } from '#domain/crm/customer/erase.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { organisationFacts } from '../operation.ts'
import { carryOutErasure, type ErasureDeps } from './carry-out-erasure.ts'
import { NotReadYet } from './documents-of-person.ts'

/**
 * Asks for an erasure. Where nobody has to approve it, it has been carried out once this returns, as far
 * as it can be, unless what has to be looked in lags: then a process does it.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_ERASED, ERASURE_ALREADY_REQUESTED
 */
export async function requestErasure(
  deps: ErasureDeps,
  { customerId, reason }: { readonly customerId: string; readonly reason: ErasureReason },
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const { settings } = await organisationFacts(deps, context)
  const command = {
    type: 'RequestErasure',
    customerId,
    reason,
    requestedBy: context.actor,
    needsApproval: settings.erasureNeedsApproval,
  } as const
  const outcome = await deps.handler.handle(customer, customerId, command, context, options)
  await carryOutSoon(deps, customerId, context)
  return outcome
}

/**
 * A second person agrees; then as with `requestErasure`.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, ERASURE_UNKNOWN, ERASURE_ALREADY_DECIDED,
 *   ERASURE_NOT_APPROVED_BY_SAME_PERSON
 */
export async function approveErasure(
  deps: ErasureDeps,
  customerId: string,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const command = { type: 'ApproveErasure', customerId, approvedBy: context.actor } as const
  const outcome = await deps.handler.handle(customer, customerId, command, context, options)
  await carryOutSoon(deps, customerId, context)
  return outcome
}

/** It is on record that it is to be done: a process completes what cannot be done at once. */
export async function carryOutSoon(
  deps: ErasureDeps,
  customerId: string,
  context: CommandContext,
): Promise<void> {
  try {
    await carryOutErasure(deps, customerId, context)
  } catch (error) {
    if (!(error instanceof NotReadYet)) throw error
  }
}

import { type CustomerEvent, customer } from '#domain/crm/customer.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import type { ErasureDeps } from './carry-out-erasure.ts'
import { carryOutSoon } from './request-erasure.ts'

export interface LegalHold {
  readonly customerId: string
  /** Why it is placed or lifted; free text, kept under the customer's key. */
  readonly reason: string
}

/**
 * While it stands, nothing of the customer is erased.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_ERASED, LEGAL_HOLD_STANDS
 */
export function placeLegalHold(
  { handler }: Pick<OperationDeps, 'handler'>,
  hold: LegalHold,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const command = { ...hold, type: 'PlaceLegalHold' } as const
  return handler.handle(customer, hold.customerId, command, context, options)
}

/** An erasure that it suspended goes on. @throws Rejection CUSTOMER_UNKNOWN, LEGAL_HOLD_UNKNOWN */
export async function liftLegalHold(
  deps: ErasureDeps,
  hold: LegalHold,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const command = { ...hold, type: 'LiftLegalHold' } as const
  const outcome = await deps.handler.handle(customer, hold.customerId, command, context, options)
  await carryOutSoon(deps, hold.customerId, context)
  return outcome
}

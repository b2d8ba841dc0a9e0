import { type CustomerEvent, customer } from '#domain/crm/customer.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import { stateOf } from './carry-out-erasure.ts'
import { rejectLinked } from './cover-linked.ts'

/**
 * Neither they nor who is linked with them are to be erased; or it is taken back by whoever asked.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, ERASURE_UNKNOWN, ERASURE_ALREADY_DECIDED
 */
export async function rejectErasure(
  { handler }: Pick<OperationDeps, 'handler'>,
  { customerId, reason }: { readonly customerId: string; readonly reason: string },
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const rejectedBy = context.actor
  const repeated = await handler.replay(customer, customerId, context)
  if (repeated !== undefined) return repeated
  const { erasure } = await stateOf({ handler }, context.organisation, customerId)
  if (erasure?.stage === 'requested') {
    await rejectLinked({ handler }, erasure, { rejectedBy, reason }, context)
  }
  const command = { type: 'RejectErasure', customerId, reason, rejectedBy } as const
  return handler.handle(customer, customerId, command, context, options)
}

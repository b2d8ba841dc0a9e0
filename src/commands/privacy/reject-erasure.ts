import { type CustomerEvent, customer } from '#domain/crm/customer.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'

/** Not to be erased, or taken back by whoever asked. @throws Rejection CUSTOMER_UNKNOWN, ERASURE_UNKNOWN, ERASURE_ALREADY_DECIDED */
export function rejectErasure(
  { handler }: Pick<OperationDeps, 'handler'>,
  { customerId, reason }: { readonly customerId: string; readonly reason: string },
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const rejectedBy = context.actor
  const command = { type: 'RejectErasure', customerId, reason, rejectedBy } as const
  return handler.handle(customer, customerId, command, context, options)
}

import { type ChangeCustomerDetails, type CustomerEvent, customer } from '#domain/crm/customer.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'

export function changeCustomerDetails(
  { handler }: OperationDeps,
  change: Omit<ChangeCustomerDetails, 'type'>,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const command = { ...change, type: 'ChangeCustomerDetails' } as const
  return handler.handle(customer, change.customerId, command, context, {
    ...options,
    mayChangeNothing: true,
  })
}

import {
  type CustomerCreditEvent,
  customerCredit,
  type RefundCustomerCredit,
} from '#domain/finance/customer-credit.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import {
  knownCustomer,
  type OperationDeps,
  type Optional,
  organisationFacts,
} from '../operation.ts'

type Made = 'type' | 'refundId' | 'today' | 'occurredOn'
export type RefundCreditInput = Omit<RefundCustomerCredit, Made> &
  Optional<Pick<RefundCustomerCredit, 'occurredOn'>>

/**
 * Pays a customer's credit out; today unless said.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_CREDIT_NOT_ENOUGH, CUSTOMER_CREDIT_NOTHING_FREE
 */
export async function refundCredit(
  deps: OperationDeps,
  input: RefundCreditInput,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerCreditEvent> & { readonly refundId: string }> {
  const { customerId } = input
  await knownCustomer(deps, context.organisation, customerId)
  const { today } = await organisationFacts(deps, context)
  const refundId = createdBy(context.commandId, 'refund')
  const command: RefundCustomerCredit = {
    ...input,
    type: 'RefundCustomerCredit',
    refundId,
    occurredOn: input.occurredOn ?? today,
    today,
  }
  const { handler } = deps
  const outcome = await handler.handle(customerCredit, customerId, command, context, options)
  return { refundId, ...outcome }
}

import { type CustomerEvent, customer, type RegisterCustomer } from '#domain/crm/customer.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { type OperationDeps, type Optional, organisationFacts } from '../operation.ts'
import { claimNumber } from './claim-number.ts'

type Defaulted = 'agent' | 'status' | 'occurredOn'

/** Default: the caller's own lead, of today. */
export type NewCustomer = Omit<RegisterCustomer, 'type' | 'customerId' | 'today' | Defaulted> &
  Optional<Pick<RegisterCustomer, Defaulted>>

export type CustomerRegistration = CommandOutcome<CustomerEvent> & { readonly customerId: string }

/**
 * Claims the number, where there is one, then registers: a crash in between leaves a claim, which a
 * repeat completes, or which another customer takes over after a minute.
 *
 * @throws Rejection CUSTOMER_NUMBER_TAKEN, and what the customer refuses.
 */
export async function registerCustomer(
  deps: OperationDeps,
  input: NewCustomer,
  context: CommandContext,
  customerId: string = createdBy(context.commandId, 'customer'),
): Promise<CustomerRegistration> {
  const { handler } = deps
  const repeated = await handler.replay(customer, customerId, context)
  if (repeated !== undefined) return { customerId, ...repeated }

  const { today } = await organisationFacts(deps, context)
  const { agent = context.actor, status = 'lead', occurredOn = today, ...given } = input
  const command: RegisterCustomer = {
    ...given,
    type: 'RegisterCustomer',
    customerId,
    agent,
    status,
    occurredOn,
    today,
  }
  if (command.number !== undefined) {
    customer.decide(command, customer.initial)
    await claimNumber(deps, command.number, customerId, context)
  }
  const options = { isNew: true }
  const outcome = await handler.handle(customer, customerId, command, context, options)
  return { customerId, ...outcome }
}

import { customerNumber } from '#domain/crm/customer-number.ts'
import { Rejection } from '#domain/rejection.ts'
import { createdBy, stepOf, uuidFrom } from '../command-id.ts'
import type { CommandContext } from '../handler.ts'
import { knownCustomer, type OperationDeps, stepContext } from '../operation.ts'
import { numberId } from './claim-number.ts'
import { type NewCustomer, registerCustomer } from './register-customer.ts'

export interface FoundCustomer {
  readonly customerId: string
  /** False when the number was a customer's already; then nothing of them is changed. */
  readonly registered: boolean
}

/**
 * The customer who has the number, registered if nobody has it. Several that look for the same number
 * at the same time, in whatever process, register one customer.
 *
 * @throws Rejection CUSTOMER_NUMBER_TAKEN when somebody else has claimed it and not registered yet.
 */
export async function findOrRegisterCustomer(
  deps: OperationDeps,
  input: NewCustomer & { readonly number: string },
  context: CommandContext,
): Promise<FoundCustomer> {
  const { organisation } = context
  const id = numberId(deps, organisation, input.number)
  const ownId = uuidFrom('customer', organisation, id)
  try {
    return await register(deps, input, context, ownId)
  } catch (error) {
    if (!(error instanceof Rejection)) throw error
    // Who was deleted or erased does not come back; somebody else has their number now.
    const again = stepContext(context, stepOf(context.commandId, 'register anew'))
    const anew = createdBy(again.commandId, 'customer')
    if (error.code === 'CUSTOMER_DELETED' || error.code === 'CUSTOMER_ERASED')
      return register(deps, input, again, anew)
    if (error.code !== 'CUSTOMER_NUMBER_TAKEN') throw error
    const { state } = await deps.handler.load(customerNumber, organisation, id)
    const owner = state.owner ?? ownId
    if (owner === anew) return register(deps, input, again, anew)
    await knownCustomer(deps, organisation, owner).catch(() => {
      throw error
    })
    return { customerId: owner, registered: false }
  }
}

async function register(
  deps: OperationDeps,
  input: NewCustomer,
  context: CommandContext,
  customerId: string,
): Promise<FoundCustomer> {
  const { events } = await registerCustomer(deps, input, context, customerId)
  return { customerId, registered: events.length > 0 }
}

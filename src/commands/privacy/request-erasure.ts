import type { ErasureReason } from '#domain/crm/customer/erase.ts'
import { type CustomerEvent, customer } from '#domain/crm/customer.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { organisationFacts } from '../operation.ts'
import { approvalBy } from './approval.ts'
import { carryOutErasure, type ErasureDeps } from './carry-out-erasure.ts'
import { type FindLinkedCustomers, NotReadYet } from './documents-of-person.ts'

export interface RequestDeps extends ErasureDeps {
  readonly findLinked: FindLinkedCustomers
}

interface Asked {
  readonly customerId: string
  readonly reason: ErasureReason
}

/**
 * Asks for an erasure of a person: of the customer, and of those who are linked with them. Where nobody has to
 * approve it, it has been carried out once this returns, as far as it can be, unless what has to be looked in
 * lags: then a process does it.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_ERASED, ERASURE_ALREADY_REQUESTED
 * @throws NotReadYet when it is not known in time who is linked: nothing is asked then.
 */
export async function requestErasure(
  deps: RequestDeps,
  { customerId, reason }: Asked,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const repeated = await deps.handler.replay(customer, customerId, context)
  const outcome = repeated ?? (await ask(deps, { customerId, reason }, context, options))
  await carryOutSoon(deps, customerId, context)
  return outcome
}

async function ask(
  deps: RequestDeps,
  { customerId, reason }: Asked,
  context: CommandContext,
  options: HandleOptions | undefined,
): Promise<CommandOutcome<CustomerEvent>> {
  const { organisation, actor } = context
  const { settings } = await organisationFacts(deps, context)
  const linked: string[] = []
  for (const id of await deps.findLinked(organisation, customerId)) {
    const { state } = await deps.handler.load(customer, organisation, id, { age: 'now' })
    // A link outlives who was deleted or erased.
    if (state.registration === 'registered' && state.erasure?.stage !== 'erased') linked.push(id)
  }
  const needsApproval = settings.erasureNeedsApproval
  const asked = { customerId, reason, requestedBy: actor, needsApproval, linked }
  const command = { type: 'RequestErasure', ...asked } as const
  return deps.handler.handle(customer, customerId, command, context, options)
}

/**
 * A second person agrees, and not by an API key of the first one either; then as with `requestErasure`.
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
  const { organisation, actor } = context
  const command = await approvalBy(deps, organisation, customerId, actor)
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

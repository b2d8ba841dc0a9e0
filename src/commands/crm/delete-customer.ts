import { type CustomerEvent, customer, type DeletionReason } from '#domain/crm/customer.ts'
import { customerNumber } from '#domain/crm/customer-number.ts'
import { Rejection } from '#domain/rejection.ts'
import { type KeyRing, subjectOf } from '#log/key-ring.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { knownCustomer, type OperationDeps, organisationFacts } from '../operation.ts'
import { heldAmong, stateOf } from '../privacy/carry-out-erasure.ts'
import type { FindLinkedCustomers } from '../privacy/documents-of-person.ts'
import { numberId } from './claim-number.ts'

export interface DeletionDeps extends Pick<OperationDeps, 'handler' | 'keyedHash'> {
  readonly keyRing: Pick<KeyRing, 'destroy'>
}

export interface DeletionAskedDeps extends DeletionDeps {
  readonly findLinked: FindLinkedCustomers
}

export interface Deletion {
  readonly customerId: string
  readonly reason: DeletionReason
}

/**
 * Deletes a customer of whom nothing is in the books. Once this returns, nobody can read who it was; after
 * a crash in between, `completeDeletion` is called by a process.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, CUSTOMER_HAS_SALES, CUSTOMER_HAS_DOCUMENTS, LEGAL_HOLD_STANDS,
 *   CUSTOMER_RESTRICTED, CUSTOMER_ERASED, DELETION_NEEDS_APPROVAL; NotReadYet
 */
export async function deleteCustomer(
  deps: DeletionAskedDeps,
  deletion: Deletion,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<CustomerEvent>> {
  const { customerId } = deletion
  if (!(await wasDeleted(deps, customerId, context))) {
    await refuseUnapproved(deps, customerId, context)
    await refuseHeldElsewhere(deps, customerId, context)
  }
  const command = { ...deletion, type: 'DeleteCustomer' } as const
  const outcome = await deps.handler.handle(customer, customerId, command, context, options)
  await completeDeletion(deps, customerId, context)
  return outcome
}

async function refuseUnapproved(
  deps: DeletionDeps,
  customerId: string,
  context: CommandContext,
): Promise<void> {
  const { settings } = await organisationFacts(deps, context)
  if (!settings.erasureNeedsApproval) return
  await knownCustomer(deps, context.organisation, customerId)
  throw new Rejection('DELETION_NEEDS_APPROVAL', { customerId }, 'customerId')
}

/** A legal hold is on the person: it holds every customer who they are. */
async function refuseHeldElsewhere(
  deps: DeletionAskedDeps,
  customerId: string,
  { organisation }: CommandContext,
): Promise<void> {
  const { erasure } = await stateOf(deps, organisation, customerId)
  const linked = [...(erasure?.linked ?? []), ...(await deps.findLinked(organisation, customerId))]
  const held = await heldAmong(deps, organisation, linked)
  if (held !== undefined) throw new Rejection('LEGAL_HOLD_STANDS', { customerId: held })
}

/** A repeat is answered, whatever was set since. */
async function wasDeleted(
  { handler }: DeletionDeps,
  customerId: string,
  context: CommandContext,
): Promise<boolean> {
  return (await handler.replay(customer, customerId, context)) !== undefined
}

/** What follows from the event: the key is destroyed and the number is free. Safe to repeat. */
export async function completeDeletion(
  { handler, keyedHash, keyRing }: DeletionDeps,
  customerId: string,
  context: CommandContext,
): Promise<void> {
  const { organisation } = context
  await keyRing.destroy(subjectOf(organisation, customerId))
  const { state } = await handler.load(customer, organisation, customerId, { age: 'now' })
  if (state.registration !== 'deleted' || state.number === undefined) return
  const id = numberId({ keyedHash }, organisation, state.number)
  const release = { type: 'ReleaseCustomerNumber', customerId } as const
  await handler.handle(customerNumber, id, release, context)
}

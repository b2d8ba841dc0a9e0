import { refuseUnderErasure } from '#domain/crm/customer/erase.ts'
import { type LinkReason, type PersonLinkEvent, personLink } from '#domain/privacy/person-link.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { knownCustomer, type OperationDeps } from '../operation.ts'

export interface NewLink {
  readonly customerIds: readonly string[]
  readonly reason: LinkReason
}

export type Linking = CommandOutcome<PersonLinkEvent> & { readonly linkId: string }

/**
 * Says that customers of the organisation are one person.
 *
 * @throws Rejection CUSTOMER_UNKNOWN, also for a customer of another organisation; LINK_OF_ONE;
 *   ERASURE_ALREADY_REQUESTED, CUSTOMER_RESTRICTED, CUSTOMER_ERASED: who is covered is settled by then
 */
export async function linkCustomers(
  deps: OperationDeps,
  { customerIds, reason }: NewLink,
  context: CommandContext,
): Promise<Linking> {
  const linkId = createdBy(context.commandId, 'link')
  const repeated = await deps.handler.replay(personLink, linkId, context)
  if (repeated !== undefined) return { linkId, ...repeated }
  for (const customerId of customerIds) {
    refuseUnderErasure(
      customerId,
      await knownCustomer(deps, context.organisation, customerId, 'now'),
    )
  }
  const command = { type: 'LinkCustomers', linkId, customerIds, reason } as const
  const options = { isNew: true }
  const outcome = await deps.handler.handle(personLink, linkId, command, context, options)
  return { linkId, ...outcome }
}

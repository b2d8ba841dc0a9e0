import {
  type PersonLinkEvent,
  personLink,
  type UnlinkCustomers,
} from '#domain/privacy/person-link.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'

export function unlinkCustomers(
  { handler }: OperationDeps,
  asked: Omit<UnlinkCustomers, 'type'>,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<PersonLinkEvent>> {
  const command = { ...asked, type: 'UnlinkCustomers' } as const
  return handler.handle(personLink, asked.linkId, command, context, options)
}

import {
  type CreateOrganisation,
  type SettingsEvent,
  settings,
} from '#domain/organisation/settings.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import { type OperationDeps, SETTINGS_ID } from '../operation.ts'

/**
 * Creates the organisation of the context; one that callers of the configuration have worked in keeps what it
 * settled. Again, nothing happens.
 *
 * @throws Rejection ORGANISATION_EXISTS, TIME_ZONE_UNKNOWN, CURRENCY_UNKNOWN
 */
export function createOrganisation(
  { handler }: Pick<OperationDeps, 'handler'>,
  input: Omit<CreateOrganisation, 'type' | 'organisation'>,
  context: CommandContext,
): Promise<CommandOutcome<SettingsEvent>> {
  const { organisation } = context
  const command = { ...input, type: 'CreateOrganisation', organisation } as const
  return handler.handle(settings, SETTINGS_ID, command, context)
}

/** Whether it was created: callers of the configuration may work in one that never was. */
export async function isCreated(
  { handler }: Pick<OperationDeps, 'handler'>,
  organisation: string,
): Promise<boolean> {
  const { state } = await handler.load(settings, organisation, SETTINGS_ID, { age: 'now' })
  return state.name !== undefined
}

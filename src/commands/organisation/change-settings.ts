import { type ChangeSettings, type SettingsEvent, settings } from '#domain/organisation/settings.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import { type OperationDeps, SETTINGS_ID } from '../operation.ts'

export type SettingsChange = Omit<ChangeSettings, 'type' | 'organisation'>

export function changeSettings(
  { handler }: OperationDeps,
  change: SettingsChange,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<SettingsEvent>> {
  const { organisation } = context
  const command = { ...change, type: 'ChangeSettings', organisation } as const
  return handler.handle(settings, SETTINGS_ID, command, context, {
    ...options,
    mayChangeNothing: true,
  })
}

import { type ApiKeyEvent, apiKey } from '#domain/identity/api-key.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { ApiKeyDeps } from './issue-api-key.ts'

/**
 * Revokes a key: when this returns, every process has been told, or is by a process of the log after a
 * crash in between. Who revokes it again is told that it is revoked.
 *
 * @throws Rejection API_KEY_UNKNOWN
 */
export async function revokeApiKey(
  { handler, apiKeys }: ApiKeyDeps,
  apiKeyId: string,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<ApiKeyEvent>> {
  const command = { type: 'RevokeApiKey', apiKeyId } as const
  const outcome = await handler.handle(apiKey, apiKeyId, command, context, options)
  await apiKeys.changed(apiKeyId)
  return outcome
}

import { type ApiKeyEvent, apiKey, type IssueApiKey } from '#domain/identity/api-key.ts'
import { createdBy } from '../command-id.ts'
import type { CommandContext, CommandOutcome } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import type { ApiKeyHashes } from './api-keys.ts'
import { apiKeyHash, apiKeyPrefix, newApiKeyToken } from './api-key-token.ts'

export interface ApiKeyDeps extends Pick<OperationDeps, 'handler'> {
  readonly apiKeys: ApiKeyHashes
}

export type NewApiKey = Pick<IssueApiKey, 'name' | 'role' | 'scopes' | 'grantable' | 'expiresAt'>

export type ApiKeyIssue = CommandOutcome<ApiKeyEvent> & {
  /** To be shown once. Absent when the key was issued by the same command before: nobody has it any more. */
  readonly token?: string
}

/**
 * Issues a key. Its hash is kept before, so that whoever is shown a key has one; a hash that a crash leaves
 * is of no key that was issued, and opens nothing.
 *
 * @throws Rejection SCOPE_NOT_ALLOWED, API_KEY_EXPIRY_PAST
 */
export async function issueApiKey(
  { handler, apiKeys }: ApiKeyDeps,
  asked: NewApiKey,
  context: CommandContext,
): Promise<ApiKeyIssue> {
  const { organisation, now } = context
  const apiKeyId = createdBy(context.commandId, 'api_key')
  const repeated = await handler.replay(apiKey, apiKeyId, context)
  if (repeated !== undefined) return repeated
  const token = newApiKeyToken()
  const hash = apiKeyHash(token)
  const prefix = apiKeyPrefix(token)
  const command: IssueApiKey = { ...asked, type: 'IssueApiKey', apiKeyId, prefix, now }
  apiKey.decide(command, apiKey.initial)
  await apiKeys.keep(hash, { organisation, apiKeyId })
  const options = { isNew: true }
  const outcome = await handler.handle(apiKey, apiKeyId, command, context, options)
  if (!outcome.replayed) return { ...outcome, token }
  // Another process was first: what it issued is not this.
  await apiKeys.drop(hash)
  return outcome
}

import type { ApiKeys, KnownApiKey } from '#commands/identity/api-keys.ts'
import { apiKeyActor } from '#log/actor-kind.ts'
import type { Caller, ResolveToken } from '../authentication.ts'
import { ApiError } from '../errors.ts'
import type { Permission } from '../permissions.ts'

/**
 * Programs by their API keys. Whoever has a whole key has guessed nothing, and may be told what became of
 * it; everything else is merely not known.
 *
 * @throws ApiError API_KEY_REVOKED, API_KEY_EXPIRED
 */
export function apiKeyCallers(
  apiKeys: Pick<ApiKeys, 'find' | 'used'>,
  clock: () => string,
): ResolveToken {
  const callerOf = (key: KnownApiKey | undefined): Caller | undefined => {
    if (key === undefined) return undefined
    if (key.isRevoked) throw new ApiError('API_KEY_REVOKED')
    if (Date.parse(clock()) >= key.expiresAt) throw new ApiError('API_KEY_EXPIRED')
    apiKeys.used(key)
    return {
      kind: key.role === 'installation' ? 'installation' : 'machine',
      // Who runs the installation is of no organisation, whose streams ever the key's are.
      organisation: key.role === 'installation' ? '' : key.organisation,
      actor: apiKeyActor(key.apiKeyId),
      role: key.role,
      scopes: key.scopes as readonly Permission[],
    }
  }
  return (token) => {
    const found = apiKeys.find(token)
    return found instanceof Promise ? found.then(callerOf) : callerOf(found)
  }
}

import type { ApiKeyHashes } from '#commands/identity/api-keys.ts'
import type { Process } from './process.ts'

/** Whoever remembers a key hears that it was revoked, also when a crash came before that: R1.9. */
export function revokedApiKeysAreTold(apiKeys: Pick<ApiKeyHashes, 'changed'>): Process {
  return {
    name: 'revoked_api_keys_are_told',
    types: ['ApiKeyRevoked'],
    async react(event) {
      if (event.type === 'ApiKeyRevoked') await apiKeys.changed(event.data.apiKeyId)
    },
  }
}

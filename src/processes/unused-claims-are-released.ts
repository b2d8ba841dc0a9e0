import {
  claimableEmail,
  claimableIdentity,
  releaseUnused,
} from '#commands/identity/unused-claims.ts'
import type { OperationDeps } from '#commands/operation.ts'
import { parseStreamName } from '#log/stream-name.ts'
import { ABANDONED_AFTER_MS } from './abandoned-work-is-released.ts'
import type { Process } from './process.ts'

/**
 * What was claimed comes before what is recorded of its owner. Where that never came, by a crash, an erasure or
 * another choice in between, it is free again, or nobody could ever have that address or identity.
 */
export function unusedClaimsAreReleased(
  deps: Pick<OperationDeps, 'handler' | 'keyedHash'>,
  delayMs: number = ABANDONED_AFTER_MS,
): Process {
  return {
    name: 'unused_claims_are_released',
    types: ['UserEmailClaimed', 'UserIdentityClaimed'],
    delayMs,
    async react({ type, data, stream, revision }, context) {
      const id = parseStreamName(stream)?.id
      if (id === undefined) return
      if (type === 'UserEmailClaimed') {
        await releaseUnused(deps, claimableEmail, { userId: data.userId, id, revision }, context)
      }
      if (type === 'UserIdentityClaimed') {
        await releaseUnused(deps, claimableIdentity, { userId: data.userId, id, revision }, context)
      }
    },
  }
}

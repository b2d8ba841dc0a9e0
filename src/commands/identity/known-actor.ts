import { apiKey } from '#domain/identity/api-key.ts'
import { members, roleOf } from '#domain/identity/members.ts'
import { Rejection } from '#domain/rejection.ts'
import { apiKeyOfActor } from '#log/actor-kind.ts'
import type { OperationDeps } from '../operation.ts'
import { MEMBERS_ID } from './identity-deps.ts'

export interface KnownActorDeps extends Pick<OperationDeps, 'handler'> {
  /** Whether an actor is a caller of the configuration, in an organisation. */
  readonly isConfigured: (organisation: string, actor: string) => boolean
}

/**
 * Refuses an actor as whom nobody acts in the organisation: neither a member, by their user's id, nor a key that
 * counts, nor a caller of the configuration.
 *
 * @throws Rejection MEMBER_UNKNOWN, API_KEY_UNKNOWN
 */
export async function refuseUnknownActor(
  { handler, isConfigured }: KnownActorDeps,
  organisation: string,
  actor: string,
): Promise<void> {
  if (isConfigured(organisation, actor)) return
  const age = 'now'
  const apiKeyId = apiKeyOfActor(actor)
  if (apiKeyId !== undefined) {
    const key = await handler.load(apiKey, organisation, apiKeyId, { age })
    if (key.state.status === 'issued') return
    throw new Rejection('API_KEY_UNKNOWN', { apiKeyId }, 'actor')
  }
  const { state } = await handler.load(members, organisation, MEMBERS_ID, { age })
  if (roleOf(state, actor) !== undefined) return
  throw new Rejection('MEMBER_UNKNOWN', { userId: actor }, 'actor')
}

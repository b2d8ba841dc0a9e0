import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier } from '../event-schema.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// The stream is named by a keyed hash of a provider and of what it knows a person by, so that it tells
// nothing of them.

export const userIdentityEvents = {
  UserIdentityClaimed: z.object({ userId: identifier }),
  UserIdentityReleased: z.object({ userId: identifier }),
} as const
export type UserIdentityEvent = EventsOf<typeof userIdentityEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

/** Whose it is; it signs them in once it is linked to them as well. */
export interface UserIdentity {
  readonly owner?: string
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: UserIdentity, event: UserIdentityEvent): UserIdentity => {
  switch (event.type) {
    case 'UserIdentityClaimed':
      return { owner: event.data.userId }
    case 'UserIdentityReleased':
      return {}
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** Before it is linked; the owner may claim again after a crash. */
export interface ClaimUserIdentity {
  readonly type: 'ClaimUserIdentity'
  readonly userId: string
}

/** Before it is unlinked. */
export interface ReleaseUserIdentity {
  readonly type: 'ReleaseUserIdentity'
  readonly userId: string
}

export type UserIdentityCommand = ClaimUserIdentity | ReleaseUserIdentity

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (
  command: UserIdentityCommand,
  state: UserIdentity,
): readonly UserIdentityEvent[] => {
  switch (command.type) {
    case 'ClaimUserIdentity':
      return claim(command, state)
    case 'ReleaseUserIdentity':
      return release(command, state)
    default:
      return unreachable(command)
  }
}

function claim(
  { userId }: ClaimUserIdentity,
  { owner }: UserIdentity,
): readonly UserIdentityEvent[] {
  if (owner === userId) return []
  if (owner !== undefined) throw new Rejection('IDENTITY_TAKEN')
  return [{ type: 'UserIdentityClaimed', data: { userId } }]
}

function release(
  { userId }: ReleaseUserIdentity,
  { owner }: UserIdentity,
): readonly UserIdentityEvent[] {
  return owner === userId ? [{ type: 'UserIdentityReleased', data: { userId } }] : []
}

export const userIdentity: Decider<UserIdentity, UserIdentityCommand, UserIdentityEvent> = {
  category: 'userIdentity',
  stateVersion: 1,
  initial: {},
  evolve,
  decide,
}

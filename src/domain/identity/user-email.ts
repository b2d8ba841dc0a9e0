import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier } from '../event-schema.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// The stream is named by a keyed hash of the address, so that it tells nothing of it.

export const userEmailEvents = {
  UserEmailClaimed: z.object({ userId: identifier }),
  /** They have another address, or are erased: whoever comes with this one may claim it. */
  UserEmailReleased: z.object({ userId: identifier }),
} as const
export type UserEmailEvent = EventsOf<typeof userEmailEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface UserEmail {
  readonly owner?: string
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: UserEmail, event: UserEmailEvent): UserEmail => {
  switch (event.type) {
    case 'UserEmailClaimed':
      return { owner: event.data.userId }
    case 'UserEmailReleased':
      return {}
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** Before the user registers; the owner may claim again after a crash. */
export interface ClaimUserEmail {
  readonly type: 'ClaimUserEmail'
  readonly userId: string
}

/** After their address became another, or they were erased. */
export interface ReleaseUserEmail {
  readonly type: 'ReleaseUserEmail'
  readonly userId: string
}

export type UserEmailCommand = ClaimUserEmail | ReleaseUserEmail

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: UserEmailCommand, state: UserEmail): readonly UserEmailEvent[] => {
  switch (command.type) {
    case 'ClaimUserEmail':
      return claim(command, state)
    case 'ReleaseUserEmail':
      return release(command, state)
    default:
      return unreachable(command)
  }
}

function claim({ userId }: ClaimUserEmail, { owner }: UserEmail): readonly UserEmailEvent[] {
  if (owner === userId) return []
  if (owner !== undefined) throw new Rejection('EMAIL_TAKEN', {}, 'email')
  return [{ type: 'UserEmailClaimed', data: { userId } }]
}

/** What is somebody else's by now stays theirs. */
function release({ userId }: ReleaseUserEmail, { owner }: UserEmail): readonly UserEmailEvent[] {
  return owner === userId ? [{ type: 'UserEmailReleased', data: { userId } }] : []
}

export const userEmail: Decider<UserEmail, UserEmailCommand, UserEmailEvent> = {
  category: 'userEmail',
  stateVersion: 2,
  initial: {},
  evolve,
  decide,
}

/** As it is claimed and looked for: whoever writes it in capitals means the same. */
export function comparableEmail(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase()
}

import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier, millisecond, personal } from '../event-schema.ts'
import { lookup, present } from '../fields.ts'
import { INSTALLATION } from '../organisation/installation.ts'
import { Rejection } from '../rejection.ts'
import { roles } from './roles.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// An organisation's members are one stream, since that somebody owns it is a rule of them all. A person is
// held here as the organisation knows them, under a key of its own.

/** What a person may be to an organisation; `installation` to the installation alone. */
export const memberRole = z.enum(roles).exclude(['service'])
const name = personal('userId', z.string().min(1).max(200))
const email = personal('userId', z.string().min(3).max(254))

export const membersEvents = {
  /** May become a member by a one-time link. Invited again, the invitation before no longer counts. */
  MemberInvited: z.object({
    userId: identifier,
    role: memberRole,
    name,
    email,
    invitedBy: identifier,
    expiresAt: millisecond,
  }),
  MemberInvitationWithdrawn: z.object({ userId: identifier }),
  /** Name and e-mail stand here when no invitation came before. */
  MembershipGranted: z.object({
    userId: identifier,
    role: memberRole,
    /** Who gave them the role by inviting them. Absent: it was this event's actor. */
    invitedBy: identifier.optional(),
    name: name.optional(),
    email: email.optional(),
  }),
  MemberRoleChanged: z.object({ userId: identifier, from: memberRole, to: memberRole }),
  MembershipEnded: z.object({ userId: identifier, role: memberRole }),
} as const
export type MembersEvent = EventsOf<typeof membersEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────
// Nothing personal.

export type MemberRole = z.output<typeof memberRole>

export interface Member {
  readonly role: MemberRole
  readonly status: 'invited' | 'member'
  /** Of an invitation. */
  readonly invitedBy?: string
}

export interface Members {
  readonly members: Readonly<Record<string, Member>>
}

/** The user's role, once they are a member. */
export function roleOf({ members }: Members, userId: string): MemberRole | undefined {
  const found = lookup(members, userId)
  return found?.status === 'member' ? found.role : undefined
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: Members, event: MembersEvent): Members => {
  switch (event.type) {
    case 'MemberInvited': {
      const { userId, role, invitedBy } = event.data
      return withMember(state, userId, { role, status: 'invited', invitedBy })
    }
    case 'MembershipGranted':
      return withMember(state, event.data.userId, { role: event.data.role, status: 'member' })
    case 'MemberRoleChanged': {
      const { userId, to } = event.data
      const found = lookup(state.members, userId)
      return found === undefined ? state : withMember(state, userId, { ...found, role: to })
    }
    case 'MemberInvitationWithdrawn':
    case 'MembershipEnded': {
      const { [event.data.userId]: _, ...members } = state.members
      return { members }
    }
    default:
      return state
  }
}

function withMember({ members }: Members, userId: string, member: Member): Members {
  return { members: { ...members, [userId]: member } }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

interface OfMember {
  readonly organisation: string
  readonly userId: string
}

export interface InviteMember extends OfMember {
  readonly type: 'InviteMember'
  readonly role: MemberRole
  readonly name: string
  readonly email: string
  readonly invitedBy: string
  readonly expiresAt: string
}

/** By whoever had the link of the invitation, and is that user. */
export interface AcceptInvitation extends OfMember {
  readonly type: 'AcceptInvitation'
}

/** Without an invitation: by who runs the installation. */
export interface GrantMembership extends OfMember {
  readonly type: 'GrantMembership'
  readonly role: MemberRole
  readonly name: string
  readonly email: string
}

export interface ChangeMemberRole extends OfMember {
  readonly type: 'ChangeMemberRole'
  readonly role: MemberRole
}

/** An invitation is withdrawn by it. */
export interface EndMembership extends OfMember {
  readonly type: 'EndMembership'
  /** Who is erased stays nowhere, also where nobody else is an owner. */
  readonly isErased?: true
}

export type MembersCommand =
  | InviteMember
  | AcceptInvitation
  | GrantMembership
  | ChangeMemberRole
  | EndMembership

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

/** Members that one organisation may have, with those who are invited. */
export const MEMBERS_OF_ORGANISATION = 2000

const decide = (command: MembersCommand, state: Members): readonly MembersEvent[] => {
  switch (command.type) {
    case 'InviteMember':
      return invite(command, state)
    case 'AcceptInvitation':
      return accept(command, state)
    case 'GrantMembership':
      return grant(command, state)
    case 'ChangeMemberRole':
      return changeRole(command, state)
    case 'EndMembership':
      return end(command, state)
    default:
      return unreachable(command)
  }
}

function invite(command: InviteMember, state: Members): readonly MembersEvent[] {
  const { organisation, userId, role, name, email, invitedBy, expiresAt } = command
  checkRole(organisation, role)
  if (roleOf(state, userId) !== undefined) throw new Rejection('MEMBER_ALREADY', { userId })
  checkRoom(state, userId)
  return [{ type: 'MemberInvited', data: { userId, role, name, email, invitedBy, expiresAt } }]
}

function accept({ userId }: AcceptInvitation, state: Members): readonly MembersEvent[] {
  const found = lookup(state.members, userId)
  if (found === undefined) throw new Rejection('MEMBER_UNKNOWN', { userId }, 'userId')
  if (found.status === 'member') return []
  const { role, invitedBy } = found
  return [{ type: 'MembershipGranted', data: present({ userId, role, invitedBy }) }]
}

function grant(command: GrantMembership, state: Members): readonly MembersEvent[] {
  const { organisation, userId, role, name, email } = command
  checkRole(organisation, role)
  const now = roleOf(state, userId)
  if (now !== undefined) return changeRole({ ...command, type: 'ChangeMemberRole' }, state)
  checkRoom(state, userId)
  return [{ type: 'MembershipGranted', data: { userId, role, name, email } }]
}

function changeRole(
  { organisation, userId, role }: ChangeMemberRole,
  state: Members,
): readonly MembersEvent[] {
  checkRole(organisation, role)
  const found = lookup(state.members, userId)
  if (found === undefined) throw new Rejection('MEMBER_UNKNOWN', { userId }, 'userId')
  if (found.role === role) return []
  keepAnOwner(state, userId)
  return [{ type: 'MemberRoleChanged', data: { userId, from: found.role, to: role } }]
}

function end({ userId, isErased }: EndMembership, state: Members): readonly MembersEvent[] {
  const found = lookup(state.members, userId)
  if (found === undefined) throw new Rejection('MEMBER_UNKNOWN', { userId }, 'userId')
  if (found.status === 'invited') return [{ type: 'MemberInvitationWithdrawn', data: { userId } }]
  if (isErased !== true) keepAnOwner(state, userId)
  return [{ type: 'MembershipEnded', data: { userId, role: found.role } }]
}

/** Who runs the installation is of no organisation, and no organisation's owner runs it. */
function checkRole(organisation: string, role: MemberRole): void {
  if ((role === 'installation') === (organisation === INSTALLATION)) return
  throw new Rejection('ROLE_NOT_ALLOWED', { role }, 'role')
}

function checkRoom({ members }: Members, userId: string): void {
  if (lookup(members, userId) !== undefined) return
  if (Object.keys(members).length < MEMBERS_OF_ORGANISATION) return
  throw new Rejection('MEMBERS_TOO_MANY', { limit: MEMBERS_OF_ORGANISATION })
}

/** Without an owner nobody could invite anybody. */
function keepAnOwner(state: Members, leaving: string): void {
  if (isLastOwner(state, leaving)) throw new Rejection('LAST_OWNER', { userId: leaving })
}

export function isLastOwner(state: Members, userId: string): boolean {
  if (roleOf(state, userId) !== 'owner') return false
  const others = Object.keys(state.members).filter((other) => other !== userId)
  return !others.some((other) => roleOf(state, other) === 'owner')
}

export const members: Decider<Members, MembersCommand, MembersEvent> = {
  category: 'members',
  stateVersion: 1,
  initial: { members: {} },
  evolve,
  decide,
}

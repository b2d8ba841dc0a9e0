import type { EventOf } from '#domain/events.ts'
import { ERASED } from '#domain/event-schema.ts'
import {
  concerning,
  type Fold,
  type FoldedEvent,
  type Projection,
  table,
} from '../engine/projection.ts'

/** Who is a member, or is invited to become one, as the organisation knows them. */
export type MemberRow = {
  readonly user_id: string
  readonly name: string | null
  readonly email: string | null
  readonly role: EventOf<'MembershipGranted'>['data']['role']
  readonly role_since: string
  readonly role_given_by: string
  /** Null where no invitation came before. */
  readonly invited_by: string | null
  readonly invited_at: string | null
  readonly invitation_ends_at: string | null
  /** Null while they are invited. */
  readonly member_since: string | null
  /** The organisation's ordinal of how they came: who came later has a higher one. */
  readonly ordinal: string
}

type OfMember = { readonly data: { readonly userId: string } }

const byMember = ({ data }: OfMember): readonly Partial<MemberRow>[] => [{ user_id: data.userId }]

const leaves: Fold<MemberRow, OfMember> = { keys: byMember, fold: () => undefined }

/** What can still be read of what was written. */
function told(text: string | undefined): string | null {
  return text === undefined || text === ERASED ? null : text
}

function invited({
  data,
  metadata,
  organisationOrdinal,
}: FoldedEvent<EventOf<'MemberInvited'>>): MemberRow {
  return {
    user_id: data.userId,
    name: told(data.name),
    email: told(data.email),
    role: data.role,
    role_since: metadata.recordedAt,
    role_given_by: data.invitedBy,
    invited_by: data.invitedBy,
    invited_at: metadata.recordedAt,
    invitation_ends_at: data.expiresAt,
    member_since: null,
    ordinal: String(organisationOrdinal),
  }
}

/** Whoever was invited keeps what the invitation says of them, and who gave them their role. */
function granted(
  row: MemberRow | undefined,
  { data, metadata, organisationOrdinal }: FoldedEvent<EventOf<'MembershipGranted'>>,
): MemberRow {
  const { userId, role, invitedBy, name, email } = data
  const isOfInvitation = row !== undefined && invitedBy !== undefined
  return {
    user_id: userId,
    name: name === undefined ? (row?.name ?? null) : told(name),
    email: email === undefined ? (row?.email ?? null) : told(email),
    role,
    role_since: metadata.recordedAt,
    role_given_by: isOfInvitation ? row.role_given_by : (invitedBy ?? metadata.actor),
    invited_by: isOfInvitation ? row.invited_by : null,
    invited_at: isOfInvitation ? row.invited_at : null,
    invitation_ends_at: isOfInvitation ? row.invitation_ends_at : null,
    member_since: metadata.recordedAt,
    ordinal: row?.ordinal ?? String(organisationOrdinal),
  }
}

export const member = table<MemberRow>({
  name: 'member',
  columns: {
    user_id: { type: 'text' },
    name: { type: 'text', nullable: true, personal: 'user_id' },
    email: { type: 'text', nullable: true, personal: 'user_id' },
    role: { type: 'text' },
    role_since: { type: 'timestamptz' },
    role_given_by: { type: 'text' },
    invited_by: { type: 'text', nullable: true },
    invited_at: { type: 'timestamptz', nullable: true },
    invitation_ends_at: { type: 'timestamptz', nullable: true },
    member_since: { type: 'timestamptz', nullable: true },
    ordinal: { type: 'bigint' },
  },
  key: ['user_id'],
  indexes: [['ordinal']],
  madeBy: ({ user_id: id }) => concerning('user', id),
  on: {
    MemberInvited: { keys: byMember, fold: (_, event) => invited(event) },
    MembershipGranted: { keys: byMember, fold: granted },
    MemberRoleChanged: {
      keys: byMember,
      fold: (row, { data, metadata }) =>
        row && {
          ...row,
          role: data.to,
          role_since: metadata.recordedAt,
          role_given_by: metadata.actor,
        },
    },
    MemberInvitationWithdrawn: leaves,
    MembershipEnded: leaves,
  },
})

/** The members of an organisation, and who is invited to become one. */
export const identityMembers: Projection = {
  name: 'identity_members',
  version: 1,
  tables: [member],
}

export const memberStatuses = ['invited', 'expired', 'active'] as const

/** What of these somebody is at an instant: nobody records that an invitation is over. */
export function statusAt(
  { member_since, invitation_ends_at }: MemberRow,
  at: string,
): (typeof memberStatuses)[number] {
  if (member_since !== null) return 'active'
  const isOver = invitation_ends_at !== null && Date.parse(invitation_ends_at) <= Date.parse(at)
  return isOver ? 'expired' : 'invited'
}

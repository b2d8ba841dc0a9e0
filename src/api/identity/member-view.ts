import { z } from 'zod'
import { memberRole } from '#domain/identity/members.ts'
import { type MemberRow, memberStatuses, statusAt } from '#projections/identity/members.ts'

/** What members of an organisation are to it. Who runs the installation is of none. */
export const roleIn = memberRole.exclude(['installation'])

const person = {
  id: z.string().describe('As `actor` of what they do.'),
  name: z.string().nullable().describe('As the organisation knows them.'),
  email: z.string().nullable(),
  role: memberRole,
}

export const invitedOut = z
  .strictObject({
    ...person,
    expiresAt: z.string().describe('From then on the link leads nowhere.'),
    token: z
      .string()
      .nullable()
      .describe(
        'For `POST /api/auth/setup`: hand it to the person. Shown once: null when this repeats a request that was answered.',
      ),
  })
  .meta({ id: 'MemberInvited' })

export const memberOut = z
  .strictObject({
    ...person,
    status: z
      .enum(memberStatuses)
      .describe('Expired: the invitation is over, and can be made anew.'),
    since: z.string().nullable().describe('A member since then; null until they accept.'),
    roleSince: z.string(),
    roleGivenBy: z.string(),
    invitation: z
      .strictObject({ by: z.string(), at: z.string(), expiresAt: z.string() })
      .nullable()
      .describe('Null for whom who runs the installation made a member.'),
    lastSeenAt: z
      .string()
      .nullable()
      .describe(
        'Signed in here, or tokens refreshed; null when no session goes on, and for the past.',
      ),
  })
  .meta({ id: 'Member' })

/** As things stand at an instant. */
export function memberView(
  row: MemberRow,
  at: string,
  lastSeenAt: string | undefined,
): z.output<typeof memberOut> {
  const { invited_by: by, invited_at, invitation_ends_at } = row
  const isInvitation = by !== null && invited_at !== null && invitation_ends_at !== null
  return {
    id: row.user_id,
    name: row.name,
    email: row.email,
    role: row.role,
    status: statusAt(row, at),
    since: row.member_since,
    roleSince: row.role_since,
    roleGivenBy: row.role_given_by,
    invitation: isInvitation ? { by, at: invited_at, expiresAt: invitation_ends_at } : null,
    lastSeenAt: lastSeenAt ?? null,
  }
}

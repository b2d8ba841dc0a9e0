import { members } from '#domain/identity/members.ts'
import { user } from '#domain/identity/user.ts'
import { INSTALLATION } from '#domain/organisation/installation.ts'
import type { OperationDeps } from '../operation.ts'
import { MEMBERS_ID } from './identity-deps.ts'

/** More events than either stream will have. */
const ALL = 1_000_000

/** Longer than any operation takes: a note that made nobody a member by then was left by a crash. */
const GIVEN_UP_AFTER_MS = 10 * 60_000

/**
 * Whether somebody is making a user a member of an organisation at this moment: noted on them, not done yet, and
 * no leftover of a membership that ended after the note. `now`: UTC instant.
 */
export async function isBecomingMember(
  { handler }: Pick<OperationDeps, 'handler'>,
  { userId, organisation }: { readonly userId: string; readonly organisation: string },
  now: string,
): Promise<boolean> {
  const ofUser = await handler.history(user, INSTALLATION, userId, ALL)
  const note = ofUser.findLast(
    ({ type, data }) => type === 'UserOrganisationNoted' && data.organisation === organisation,
  )
  if (note === undefined) return false
  const notedAt = Date.parse(note.metadata.recordedAt)
  if (Date.parse(now) - notedAt >= GIVEN_UP_AFTER_MS) return false
  const ofMembers = await handler.history(members, organisation, MEMBERS_ID, ALL)
  const end = ofMembers.findLast(
    ({ type, data }) =>
      (type === 'MembershipEnded' || type === 'MemberInvitationWithdrawn') &&
      data.userId === userId,
  )
  return end === undefined || Date.parse(end.metadata.recordedAt) < notedAt
}

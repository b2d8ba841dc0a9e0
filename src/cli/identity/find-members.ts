import { MEMBERS_ID } from '#commands/identity/identity-deps.ts'
import { members } from '#domain/identity/members.ts'
import { PastRows } from '#projections/engine/past-rows.ts'
import { identityMembers, member, statusAt } from '#projections/identity/members.ts'
import type { Daybook } from '../../composition.ts'

export interface ListedMember {
  readonly id: string
  readonly name: string | null
  readonly email: string | null
  readonly role: string
  readonly status: string
  readonly since: string | null
  readonly lastSeenAt: string | null
}

/** More events than the members of any organisation will have. */
const ALL = 1_000_000

/**
 * The members of an organisation with those who are invited, as they came; from the log itself, by the folds of
 * the read model: nobody need be following it while this is asked.
 */
export async function findMembers(
  { handler, identity, clock }: Pick<Daybook, 'handler' | 'identity' | 'clock'>,
  organisation: string,
): Promise<readonly ListedMember[]> {
  const rows = new PastRows([identityMembers])
  const events = await handler.history(members, organisation, MEMBERS_ID, ALL)
  for (const [index, event] of events.entries()) {
    // Of the stream alone; they are shown to nobody.
    rows.fold({ ...event, ordinal: index + 1, organisationOrdinal: index + 1 })
  }
  const found = rows.rows(member)
  const ids = found.map(({ user_id }) => user_id)
  const seen = await identity.sessions.lastSeen(organisation, ids)
  return found.map((row) => ({
    id: row.user_id,
    name: row.name,
    email: row.email,
    role: row.role,
    status: statusAt(row, clock()),
    since: row.member_since,
    lastSeenAt: seen.get(row.user_id) ?? null,
  }))
}

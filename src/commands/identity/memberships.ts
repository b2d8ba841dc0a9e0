import { type MemberRole, members, roleOf } from '#domain/identity/members.ts'
import type { RegisteredUser } from '#domain/identity/user.ts'
import { settings } from '#domain/organisation/settings.ts'
import type { LoadOptions } from '../handler.ts'
import { type OperationDeps, SETTINGS_ID } from '../operation.ts'
import { MEMBERS_ID } from './identity-deps.ts'

export interface Membership {
  readonly organisation: string
  /** Of the organisation; its id where it was given none. */
  readonly name: string
  readonly role: MemberRole
}

type Deps = Pick<OperationDeps, 'handler'>

/** What the log says that the user may do there; undefined for who is no member. */
export async function currentRole(
  { handler }: Deps,
  userId: string,
  organisation: string,
  options: LoadOptions = { age: 'now' },
): Promise<MemberRole | undefined> {
  const { state } = await handler.load(members, organisation, MEMBERS_ID, options)
  return roleOf(state, userId)
}

/** Where a user is a member; the first they joined comes first. */
export async function membershipsOf(
  deps: Deps,
  userId: string,
  { organisations }: RegisteredUser,
): Promise<readonly Membership[]> {
  const found = await Promise.all(
    organisations.map(async (organisation) => {
      const role = await currentRole(deps, userId, organisation)
      if (role === undefined) return []
      const { state } = await deps.handler.load(settings, organisation, SETTINGS_ID)
      return [{ organisation, name: state.name ?? organisation, role }]
    }),
  )
  return found.flat()
}

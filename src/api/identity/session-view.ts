import { z } from 'zod'
import type { Profile } from '#commands/identity/find-user.ts'
import type { Membership } from '#commands/identity/memberships.ts'
import type { Session, Tokens } from '#commands/identity/sessions.ts'
import { languages } from '../languages.ts'

const membership = z.strictObject({
  id: z.string().describe('Of the organisation; `_installation` for who runs the installation.'),
  name: z.string(),
  role: z.string(),
})

const user = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    language: z.enum(languages).nullable().describe('Chosen by the user; null: nobody chose.'),
    organisation: z.string().describe('In which they are signed in.'),
    role: z.string(),
    organisations: z.array(membership).describe('Of which they are a member.'),
  })
  .meta({ id: 'SignedInUser' })
export const userOut = user

const tokens = {
  accessToken: z.string().describe('For 15 minutes, as `Authorization: Bearer …`.'),
  refreshToken: z.string().describe('For one use within 7 days, at /api/auth/refresh.'),
  expiresAt: z.string().describe('When the access token ends.'),
}
export const signedInOut = z.strictObject({ ...tokens, user }).meta({ id: 'SignedIn' })

export interface Shown {
  readonly session: Session
  readonly memberships: readonly Membership[]
  readonly profile: Profile
}

export function userView({ session, memberships, profile }: Shown): z.output<typeof userOut> {
  return {
    id: session.userId,
    ...profile,
    language: session.language ?? null,
    organisation: session.organisation,
    role: session.role,
    organisations: memberships.map(({ organisation, name, role }) => ({
      id: organisation,
      name,
      role,
    })),
  }
}

export function signedInView(tokens: Tokens, shown: Shown): z.output<typeof signedInOut> {
  return { ...tokens, user: userView(shown) }
}

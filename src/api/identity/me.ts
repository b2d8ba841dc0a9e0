import { z } from 'zod'
import { changeDetails } from '#commands/identity/change-details.ts'
import { knownUser, profileOf } from '#commands/identity/find-user.ts'
import { membershipsOf } from '#commands/identity/memberships.ts'
import { language } from '#domain/organisation/settings.ts'
import type { FastifyRequest } from 'fastify'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import { contextOf, type IdentityRouteDeps, signedIn } from './identity-requests.ts'
import { userOut, userView } from './session-view.ts'
import { ownSession } from './session.ts'

const meOut = z
  .strictObject({
    actor: z.string().describe('As events say who did something.'),
    organisation: z.string().describe('Empty for who runs the installation.'),
    role: z.string(),
    user: userOut.nullable().describe('Null for a caller who did not sign in.'),
  })
  .meta({ id: 'Me' })
const answered = z.strictObject({ success: z.literal(true), data: meOut })

/** Who one is, and in which language one is answered. */
export function addMe(app: App, deps: IdentityRouteDeps): void {
  const tags = ['sign-in']
  const response = { 200: answered, ...problems }
  app.get(
    '/api/auth/me',
    { ...may('own'), schema: { tags, summary: 'Who one is', response } },
    async (request) => answerOf(deps, request),
  )
  app.patch(
    '/api/auth/me',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'Change one’s name or language; what is absent stays',
        body: z
          .strictObject({
            name: z.string().min(1).max(200),
            language: language.nullable().describe('Null: as each request asks.'),
          })
          .partial(),
        response,
      },
    },
    async (request) => {
      const { userId } = signedIn(request)
      const change = { ...request.body, userId }
      await changeDetails(deps.identity, change, contextOf(request, userId, deps))
      return answerOf(deps, request)
    },
  )
}

async function answerOf({ identity }: IdentityRouteDeps, request: FastifyRequest) {
  const { actor, organisation, role, userId } = callerOf(request)
  if (userId === undefined) {
    return { success: true as const, data: { actor, organisation, role, user: null } }
  }
  const session = await ownSession(identity, signedIn(request))
  const known = await knownUser(identity, userId)
  const memberships = await membershipsOf(identity, userId, known)
  const user = userView({ session, memberships, profile: await profileOf(identity, userId) })
  return { success: true as const, data: { actor, organisation, role, user } }
}

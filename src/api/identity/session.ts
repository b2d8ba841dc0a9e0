import { z } from 'zod'
import { knownUser } from '#commands/identity/find-user.ts'
import type { IdentityDeps } from '#commands/identity/identity-deps.ts'
import type { Session } from '#commands/identity/sessions.ts'
import { switchOrganisation } from '#commands/identity/sign-in.ts'
import type { App } from '../app-type.ts'
import { problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { type IdentityRouteDeps, type SignedInCaller, signedIn } from './identity-requests.ts'
import { endedOut } from './sessions.ts'
import { tokensAnswer, tokensOut } from './sign-in.ts'

/** The session of who asks. @throws ApiError ACCESS_TOKEN_ENDED when it ended just now. */
export async function ownSession(
  { sessions }: Pick<IdentityDeps, 'sessions'>,
  { userId, sessionId }: SignedInCaller,
): Promise<Session> {
  const found = (await sessions.list(userId)).find((one) => one.sessionId === sessionId)
  if (found === undefined) throw new ApiError('ACCESS_TOKEN_ENDED')
  return found
}

/** The session of who asks: gone on with elsewhere, or ended. */
export function addSession(app: App, deps: IdentityRouteDeps): void {
  const { identity } = deps
  const tags = ['sign-in']
  app.post(
    '/api/auth/logout',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'End this session',
        body: z.strictObject({}),
        response: { 200: endedOut, ...problems },
      },
    },
    async (request) => {
      const { userId, sessionId } = signedIn(request)
      const done = await identity.sessions.end(userId, sessionId)
      return { success: true as const, data: { ended: Number(done) } }
    },
  )
  app.post(
    '/api/auth/switch',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'Go on in another of one’s organisations; all tokens of the session until now end',
        body: z.strictObject({ organisation: idIn }),
        response: { 200: tokensOut, ...problems },
      },
    },
    async (request) => {
      const { userId, sessionId } = signedIn(request)
      const who = { userId, user: await knownUser(identity, userId) }
      const { organisation } = request.body
      const found = await switchOrganisation(identity, who, sessionId, organisation)
      if (found === undefined) throw new ApiError('ACCESS_TOKEN_ENDED')
      return tokensAnswer(deps, found.tokens, found)
    },
  )
}

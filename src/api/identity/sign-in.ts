import type { FastifyRequest } from 'fastify'
import { z } from 'zod'
import { knownUser, profileOf } from '#commands/identity/find-user.ts'
import { membershipsOf } from '#commands/identity/memberships.ts'
import { refreshSession } from '#commands/identity/refresh-session.ts'
import { SignInFailed, signIn } from '#commands/identity/sign-in.ts'
import type { App } from '../app-type.ts'
import { problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { attemptedBy } from '../trail.ts'
import { shownExample } from '../shown-example.ts'
import { contextOf, type IdentityRouteDeps, networkOf } from './identity-requests.ts'
import { type Shown, signedInOut, signedInView } from './session-view.ts'

export const tokensOut = z.strictObject({ success: z.literal(true), data: signedInOut })
/** What no token and no password of anybody's comes near. */
export const secretIn = z.string().min(1).max(1024)

/** With e-mail address and password, and with a refresh token. */
export function addSignIn(app: App, deps: IdentityRouteDeps): void {
  const { identity } = deps
  const response = { 200: tokensOut, ...problems }
  const tags = ['sign-in']
  app.post(
    '/api/auth/login',
    {
      ...may('public'),
      schema: {
        tags,
        security: [],
        summary: 'Sign in with e-mail address and password',
        description:
          'Failures are answered alike, whether there is such a user or not, and beyond some of them with 429: `Retry-After` says when to come back.',
        body: z
          .strictObject({
            email: z.string().min(1).max(254),
            password: secretIn,
            organisation: idIn
              .optional()
              .describe('Of several: in which. The one that was joined first when absent.'),
          })
          .meta(shownExample({ email: 'owner@example.com', password: 'as it was set' })),
        response,
      },
    },
    async (request) => {
      const address = networkOf(request)
      const found = await noted(request, signIn(identity, { ...request.body, address }))
      return tokensAnswer(deps, found.tokens, found)
    },
  )
  app.post(
    '/api/auth/refresh',
    {
      ...may('public'),
      schema: {
        tags,
        security: [],
        summary: 'New tokens for a refresh token, which is used up',
        description:
          'A refresh token that comes a second time ends the session with all its tokens, since one of the two who had it has stolen it. So send each only once, and sign in again when an answer was lost.',
        body: z.strictObject({ refreshToken: secretIn }),
        response,
      },
    },
    async (request) => {
      const { refreshToken } = request.body
      const { session, tokens } = await refreshSession(identity, refreshToken, ({ userId }) =>
        contextOf(request, userId, deps),
      )
      const user = await knownUser(identity, session.userId)
      const memberships = await membershipsOf(identity, session.userId, user)
      return tokensAnswer(deps, tokens, { session, memberships })
    },
  )
}

/** Tokens, and whose they are. */
export async function tokensAnswer(
  { identity }: IdentityRouteDeps,
  tokens: Parameters<typeof signedInView>[0],
  { session, memberships }: Pick<Shown, 'session' | 'memberships'>,
) {
  const profile = await profileOf(identity, session.userId)
  const data = signedInView(tokens, { session, memberships, profile })
  return { success: true as const, data }
}

/** Puts on record whom somebody tried to be. */
export async function noted<T>(request: FastifyRequest, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof SignInFailed && error.userId !== undefined) {
      attemptedBy(request, { organisation: error.organisation ?? '', actor: error.userId })
    }
    throw error
  }
}

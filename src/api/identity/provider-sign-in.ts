import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import {
  BEGUN_MINUTES,
  type BegunWithProvider,
  signInWithProvider,
} from '#commands/identity/provider-sign-in.ts'
import type { IdentityProvider } from '#commands/identity/identity-provider.ts'
import { Rejection } from '#domain/rejection.ts'
import type { App } from '../app-type.ts'
import { problems } from '../envelope.ts'
import { ApiError } from '../errors.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { type BegunSignInDeps, forget, recall, remember } from './begun-sign-in.ts'
import { contextOf, type IdentityRouteDeps, networkOf } from './identity-requests.ts'
import { noted, tokensAnswer, tokensOut } from './sign-in.ts'

/** Providers add whatever they like; what it means is looked at when the person is known to have begun it. */
const answerIn = z
  .looseObject({
    code: z.string().max(4096),
    state: z.string().max(1024),
    iss: z.string().max(1024),
    error: z.string().max(255),
  })
  .partial()

/** With a provider of OpenID Connect, where one is configured: people go there, and come back with an answer. */
export function addProviderSignIn(app: App, deps: IdentityRouteDeps): void {
  const tags = ['sign-in']
  app.get(
    '/api/auth/oidc',
    {
      ...may('public'),
      schema: {
        tags,
        security: [],
        summary: 'Sign in with the identity provider: to be opened in a browser',
        description: `What has to be remembered stands in a cookie of that browser for ${BEGUN_MINUTES} minutes.`,
        querystring: z.strictObject({
          organisation: idIn
            .optional()
            .describe('Of several: in which, also to accept its invitation.'),
        }),
        response: { 302: z.any().describe('To the provider.'), ...problems },
      },
    },
    async (request, reply) => {
      const { organisation } = request.query
      return reply.redirect(await beginWithProvider(deps, reply, { organisation }))
    },
  )
  app.get(
    '/api/auth/oidc/callback',
    {
      ...may('public'),
      schema: {
        tags,
        security: [],
        summary: 'Where the identity provider sends people back to',
        description: 'Answers as POST /api/auth/login does.',
        querystring: answerIn,
        response: { 200: tokensOut, ...problems },
      },
    },
    async (request, reply) => {
      const { identity } = deps
      const identityProvider = providerOf(deps)
      const begun = beginningOf(deps, request, reply)
      const answer = new URL(request.url, identityProvider.redirectUri).searchParams
      const asked = { answer, begun, address: networkOf(request) }
      const signedIn = signInWithProvider({ ...identity, identityProvider }, asked, (userId) =>
        contextOf(request, userId, deps),
      )
      const found = await noted(request, signedIn)
      return tokensAnswer(deps, found.tokens, found)
    },
  )
}

/** @returns the address at which the person proves who they are. @throws ApiError, ProviderUnavailable */
export async function beginWithProvider(
  deps: IdentityRouteDeps,
  reply: FastifyReply,
  asked: Pick<BegunWithProvider, 'organisation' | 'link'>,
): Promise<string> {
  const { begun, url } = await providerOf(deps).begin()
  remember(cookieDeps(deps), reply, { ...begun, ...asked })
  return url
}

/** What the person who comes back had begun; it is forgotten by this. @throws Rejection SIGN_IN_NOT_BEGUN */
function beginningOf(
  deps: IdentityRouteDeps,
  request: FastifyRequest<{ Querystring: z.output<typeof answerIn> }>,
  reply: FastifyReply,
): BegunWithProvider {
  const begun = recall(cookieDeps(deps), request)
  if (begun === undefined || begun.state !== request.query.state) {
    throw new Rejection('SIGN_IN_NOT_BEGUN', { minutes: BEGUN_MINUTES })
  }
  forget(cookieDeps(deps), reply)
  return begun
}

/** @throws ApiError IDENTITY_PROVIDER_NOT_SET */
function providerOf({ identity }: IdentityRouteDeps): IdentityProvider {
  if (identity.identityProvider !== undefined) return identity.identityProvider
  throw new ApiError('IDENTITY_PROVIDER_NOT_SET')
}

function cookieDeps(deps: IdentityRouteDeps): BegunSignInDeps {
  const { keyedHash } = deps.identity
  return { keyedHash, clock: deps.clock, redirectUri: providerOf(deps).redirectUri }
}

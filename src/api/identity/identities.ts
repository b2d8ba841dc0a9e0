import { z } from 'zod'
import { knownUser } from '#commands/identity/find-user.ts'
import { unlinkIdentity } from '#commands/identity/link-identity.ts'
import { provePassword } from '#commands/identity/set-password.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { may } from '../permissions.ts'
import { contextOf, type IdentityRouteDeps, networkOf, signedIn } from './identity-requests.ts'
import { beginWithProvider } from './provider-sign-in.ts'
import { secretIn } from './sign-in.ts'

const identityOut = z
  .strictObject({
    id: z.string(),
    issuer: z.string().describe('The address of the identity provider.'),
  })
  .meta({ id: 'LinkedIdentity' })
const listed = z.strictObject({ success: z.literal(true), data: z.array(identityOut) })
const begunOut = z.strictObject({
  success: z.literal(true),
  data: z.strictObject({
    url: z.string().describe('To be opened in the same browser, which was given a cookie.'),
  }),
})
const unlinked = z.strictObject({ success: z.literal(true), data: z.strictObject({}) })

/** As whom a user signs in with the identity provider. */
export function addIdentities(app: App, deps: IdentityRouteDeps): void {
  const { identity } = deps
  const tags = ['sign-in']
  app.get(
    '/api/auth/identities',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'As whom one signs in with the identity provider',
        response: { 200: listed, ...problems },
      },
    },
    async (request) => {
      const { userId } = callerOf(request)
      const known = userId === undefined ? undefined : await knownUser(identity, userId)
      const data = (known?.identities ?? []).map(({ identity: id, issuer }) => ({ id, issuer }))
      return { success: true as const, data }
    },
  )
  app.post(
    '/api/auth/identities',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'Sign in with the identity provider from now on',
        description:
          'Begins it; it is done when one has signed in at the address that is answered. One of each provider, and one that is no other user’s.',
        body: z.strictObject({ password: secretIn }),
        response: { 200: begunOut, ...problems },
      },
    },
    async (request, reply) => {
      const { userId, sessionId } = signedIn(request)
      const { organisation } = callerOf(request)
      const { password } = request.body
      await provePassword(identity, { userId, password, address: networkOf(request) })
      const link = { userId, sessionId }
      const url = await beginWithProvider(deps, reply, {
        ...(organisation !== '' && { organisation }),
        link,
      })
      return { success: true as const, data: { url } }
    },
  )
  app.delete(
    '/api/auth/identities/:id',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'No longer sign in as that; all one’s other sessions end',
        params: z.strictObject({ id: idIn }),
        response: { 200: unlinked, ...problems },
      },
    },
    async (request) => {
      const caller = signedIn(request)
      const context = contextOf(request, caller.userId, deps)
      await unlinkIdentity(identity, { ...caller, identity: request.params.id }, context)
      return { success: true as const, data: {} }
    },
  )
}

import { z } from 'zod'
import { changePassword, useLink } from '#commands/identity/set-password.ts'
import { PASSWORD_LENGTH } from '#domain/identity/password-rule.ts'
import type { App } from '../app-type.ts'
import { problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import { contextOf, type IdentityRouteDeps, networkOf, signedIn } from './identity-requests.ts'
import { noted, secretIn } from './sign-in.ts'

const rule = `From ${PASSWORD_LENGTH.least} to ${PASSWORD_LENGTH.most} characters of any kind; none that is tried first.`
const isSet = z.strictObject({
  success: z.literal(true),
  data: z.strictObject({ email: z.string().describe('With which to sign in.') }),
})
const isChanged = z.strictObject({ success: z.literal(true), data: z.strictObject({}) })

/** By a one-time link, or by whoever knows the one before. */
export function addPassword(app: App, deps: IdentityRouteDeps): void {
  const { identity } = deps
  const tags = ['sign-in']
  app.post(
    '/api/auth/setup',
    {
      ...may('public'),
      schema: {
        tags,
        security: [],
        summary: 'Set the password by a one-time link; all sessions end',
        description:
          'A link that invites makes a member. Who has a password already gives that one: no invitation changes it.',
        body: z.strictObject({ token: secretIn, password: secretIn.describe(rule) }),
        response: { 200: isSet, ...problems },
      },
    },
    async (request) => {
      const asked = { ...request.body, address: networkOf(request) }
      const used = useLink(identity, asked, (userId) => contextOf(request, userId, deps))
      const { email } = await noted(request, used)
      return { success: true as const, data: { email } }
    },
  )
  app.post(
    '/api/auth/password',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'Change one’s password; all one’s other sessions end',
        body: z.strictObject({ password: secretIn, newPassword: secretIn.describe(rule) }),
        response: { 200: isChanged, ...problems },
      },
    },
    async (request) => {
      const caller = signedIn(request)
      const change = { ...request.body, ...caller, address: networkOf(request) }
      await changePassword(identity, change, contextOf(request, caller.userId, deps))
      return { success: true as const, data: {} }
    },
  )
}

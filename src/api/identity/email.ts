import { z } from 'zod'
import { changeEmail } from '#commands/identity/change-email.ts'
import type { App } from '../app-type.ts'
import { problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import { contextOf, type IdentityRouteDeps, networkOf, signedIn } from './identity-requests.ts'
import { secretIn } from './sign-in.ts'

const body = z.strictObject({
  password: secretIn,
  email: z.email().max(254).describe('With which to sign in from now on.'),
})
const isChanged = z.strictObject({
  success: z.literal(true),
  data: z.strictObject({ email: z.string() }),
})

/** By whoever knows the password. */
export function addEmail(app: App, deps: IdentityRouteDeps): void {
  app.post(
    '/api/auth/email',
    {
      ...may('own'),
      schema: {
        tags: ['sign-in'],
        summary: 'Change the e-mail address with which one signs in',
        description:
          'An address that another user has is refused. Ten changes are looked at, then one in 15 minutes: the rest gets 429. The address before is free at once.',
        body,
        response: { 200: isChanged, ...problems },
      },
    },
    async (request) => {
      const { userId } = signedIn(request)
      const change = { ...request.body, userId, address: networkOf(request) }
      await changeEmail(deps.identity, change, contextOf(request, userId, deps))
      return { success: true as const, data: { email: change.email } }
    },
  )
}

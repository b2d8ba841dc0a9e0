import { z } from 'zod'
import { revokeOtherSessions, revokeSession } from '#commands/identity/revoke-sessions.ts'
import { type Session, signInMethods } from '#commands/identity/sessions.ts'
import type { App } from '../app-type.ts'
import { callerOf } from '../authentication.ts'
import { problems } from '../envelope.ts'
import { may } from '../permissions.ts'
import { contextOf, type IdentityRouteDeps, signedIn } from './identity-requests.ts'

const sessionOut = z
  .strictObject({
    id: z.string(),
    organisation: z.string(),
    beganAt: z.string(),
    usedAt: z.string().describe('Signed in, or tokens refreshed.'),
    endsAt: z.string().describe('At the latest.'),
    signedInBy: z.enum(signInMethods),
    current: z.boolean().describe('The one that asks.'),
  })
  .meta({ id: 'Session' })

const listed = z.strictObject({ success: z.literal(true), data: z.array(sessionOut) })
export const endedOut = z.strictObject({
  success: z.literal(true),
  data: z.strictObject({ ended: z.int() }),
})

/** What is ended here is refused by every other process as soon as it hears of it, which is at once. */
export function addSessions(app: App, deps: IdentityRouteDeps): void {
  const { identity } = deps
  const tags = ['sign-in']
  app.get(
    '/api/auth/sessions',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'Where one is signed in',
        response: { 200: listed, ...problems },
      },
    },
    async (request) => {
      const { userId, sessionId } = callerOf(request)
      const found = userId === undefined ? [] : await identity.sessions.list(userId)
      const data = found.map((session) => viewOf(session, sessionId))
      return { success: true as const, data }
    },
  )
  app.delete(
    '/api/auth/sessions',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'End all one’s other sessions',
        response: { 200: endedOut, ...problems },
      },
    },
    async (request) => {
      const caller = signedIn(request)
      const context = contextOf(request, caller.userId, deps)
      const count = await revokeOtherSessions(identity, caller, context)
      return { success: true as const, data: { ended: count } }
    },
  )
  app.delete(
    '/api/auth/sessions/:id',
    {
      ...may('own'),
      schema: {
        tags,
        summary: 'End one of one’s sessions',
        params: z.strictObject({ id: z.uuid() }),
        response: { 200: endedOut, ...problems },
      },
    },
    async (request) => {
      const { userId } = signedIn(request)
      const context = contextOf(request, userId, deps)
      await revokeSession(identity, { userId, sessionId: request.params.id }, context)
      return { success: true as const, data: { ended: 1 } }
    },
  )
}

function viewOf(session: Session, current: string | undefined): z.output<typeof sessionOut> {
  const { sessionId, organisation, beganAt, usedAt, endsAt, signedInBy } = session
  const isCurrent = sessionId === current
  return { id: sessionId, organisation, beganAt, usedAt, endsAt, signedInBy, current: isCurrent }
}

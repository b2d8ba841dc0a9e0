import { z } from 'zod'
import { changeMemberRole } from '#commands/identity/change-member-role.ts'
import { endMembership } from '#commands/identity/end-membership.ts'
import { inviteMember } from '#commands/identity/invite-member.ts'
import type { MemberRole } from '#domain/identity/members.ts'
import { Rejection } from '#domain/rejection.ts'
import type { App } from '../app-type.ts'
import { type Caller, callerOf } from '../authentication.ts'
import { createdAnswer, doneAnswer, needData } from '../command-answers.ts'
import type { RunCommand } from '../command-requests.ts'
import { done, problems } from '../envelope.ts'
import { idIn } from '../fields.ts'
import { grantable, may, scopesOf } from '../permissions.ts'
import type { IdentityRouteDeps } from './identity-requests.ts'
import { invitedOut, roleIn } from './member-view.ts'

export interface MemberCommandDeps extends IdentityRouteDeps {
  readonly run: RunCommand
}

const path = '/api/members'
const tags = ['members']
const byId = z.strictObject({ id: idIn })
const body = z.strictObject({
  email: z.email().max(254).describe('With which they sign in.'),
  name: z.string().trim().min(1).max(200),
  role: roleIn,
})
const changedOut = z.strictObject({ id: z.string(), role: roleIn }).meta({ id: 'MemberChanged' })
const removedOut = z.strictObject({ id: z.string() }).meta({ id: 'MemberRemoved' })

/** People come to be members of the organisation, become something else to it, and leave. */
export function addMemberCommands(app: App, deps: MemberCommandDeps): void {
  addInvite(app, deps)
  addChangeRole(app, deps)
  addRemove(app, deps)
}

function addInvite(app: App, { identity, run }: MemberCommandDeps): void {
  app.post(
    path,
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Invite somebody; the token of the link is shown once',
        description:
          'No mail is sent: hand the token over. It is good once, until `expiresAt`; invited again, somebody gets another, and the one before no longer counts. The answer is the same whether the address is a user’s already or not.',
        body,
        response: { 201: done(invitedOut), ...problems },
      },
    },
    async (request, reply) => {
      refuseBeyond(callerOf(request), request.body.role)
      const outcome = await run(request, reply, (context, options) =>
        inviteMember(identity, request.body, context, options),
      )
      const { userId, name, email, role, expiresAt } = needData(outcome.events, 'MemberInvited')
      const token = outcome.link?.token ?? null
      const data = { id: userId, name, email, role, expiresAt, token }
      return createdAnswer(reply, outcome, [path, userId], data)
    },
  )
}

function addChangeRole(app: App, { identity, run }: MemberCommandDeps): void {
  app.patch(
    `${path}/:id`,
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Give a member, or who is invited, another role; it holds at once',
        params: byId,
        body: z.strictObject({ role: roleIn }),
        response: { 200: done(changedOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const { role } = request.body
      refuseBeyond(callerOf(request), role)
      const outcome = await run(request, reply, (context, options) =>
        changeMemberRole(identity, { userId: id, role }, context, options),
      )
      return doneAnswer(outcome, { id, role })
    },
  )
}

function addRemove(app: App, { identity, run }: MemberCommandDeps): void {
  app.delete(
    `${path}/:id`,
    {
      ...may('administer'),
      schema: {
        tags,
        summary: 'Remove a member, whose sessions here end at once, or withdraw an invitation',
        params: byId,
        response: { 200: done(removedOut), ...problems },
      },
    },
    async (request, reply) => {
      const { id } = request.params
      const outcome = await run(request, reply, (context, options) =>
        endMembership(identity, id, context, options),
      )
      return doneAnswer(outcome, { id })
    },
  )
}

/** A key that may do less than its role makes nobody who may do more than it. */
function refuseBeyond(caller: Caller, role: MemberRole): void {
  const given = grantable(caller, role)
  if (scopesOf(role).every((one) => given.includes(one))) return
  throw new Rejection('ROLE_NOT_ALLOWED', { role }, 'role')
}

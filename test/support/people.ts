import { randomUUID } from 'node:crypto'
import type { CommandContext } from '#commands/handler.ts'
import { grantMembership } from '#commands/identity/grant-membership.ts'
import { MEMBERS_ID } from '#commands/identity/identity-deps.ts'
import { linkExpiry, makeLink } from '#commands/identity/make-link.ts'
import { findOrRegisterUser } from '#commands/identity/register-user.ts'
import { type MemberRole, members } from '#domain/identity/members.ts'
import type { ApiAnswer, TestApi } from './api.ts'
import { pick, type TestCaller } from './server.ts'

/** People who sign in, as tests need them. */

export interface Person {
  readonly userId: string
  readonly name: string
  readonly email: string
  readonly password: string
}

export function asked(organisation: string, actor = 'cli:test'): CommandContext {
  const now = new Date().toISOString()
  return { organisation, actor, commandId: randomUUID(), correlationId: randomUUID(), now }
}

/** A user who is a member of these organisations, and has no password yet. */
export async function newcomer(
  { daybook }: Pick<TestApi, 'daybook'>,
  name: string,
  roles: Readonly<Record<string, MemberRole>>,
): Promise<Omit<Person, 'password'>> {
  const email = `${name.toLowerCase()}@example.com`
  const { userId } = await findOrRegisterUser(daybook.identity, { name, email }, asked('main'))
  for (const [organisation, role] of Object.entries(roles)) {
    const grant = { organisation, userId, role, name, email }
    await grantMembership(daybook.identity, grant, asked(organisation))
  }
  return { userId, name, email }
}

/** A user with a password, who is a member of these organisations. */
export async function person(
  { daybook, call }: Pick<TestApi, 'daybook' | 'call'>,
  name: string,
  roles: Readonly<Record<string, MemberRole>>,
): Promise<Person> {
  const { userId, email } = await newcomer({ daybook }, name, roles)
  const password = `${name} sold nineteen lamps`
  const link = { userId, purpose: 'reset' } as const
  const { token } = await makeLink(daybook.identity, link, asked('main'))
  const answer = await call('POST', '/api/auth/setup', { body: { token, password } })
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  return { userId, name, email, password }
}

/** As an owner of that organisation invites. @returns the token of the link */
export async function invitation(
  { daybook }: Pick<TestApi, 'daybook'>,
  { userId, name, email }: Pick<Person, 'userId' | 'name' | 'email'>,
  organisation: string,
): Promise<string> {
  const { identity } = daybook
  const context = asked(organisation, 'the-inviter')
  const expiresAt = linkExpiry('invitation', context.now)
  const who = { userId, name, email, invitedBy: 'the-inviter', expiresAt }
  const command = { type: 'InviteMember', organisation, role: 'accountant', ...who } as const
  await identity.handler.handle(members, MEMBERS_ID, command, context)
  const link = { userId, purpose: 'invitation', organisation } as const
  return (await makeLink(identity, link, context)).token
}

/** From an address of the network, where the test has a proxy. */
export function logIn(
  { call }: Pick<TestApi, 'call'>,
  { email, password }: Pick<Person, 'email' | 'password'>,
  { from, organisation }: { readonly from?: string; readonly organisation?: string } = {},
): Promise<ApiAnswer> {
  return call('POST', '/api/auth/login', {
    body: { email, password, organisation },
    caller: nobody,
    ...(from !== undefined && { headers: { 'x-forwarded-for': from } }),
  })
}

/** Who presents the access token of an answer. */
export function callerWith(answer: Pick<ApiAnswer, 'status' | 'body'>): TestCaller {
  return {
    token: pick(answer, 'data', 'accessToken'),
    organisation: pick(answer, 'data', 'user', 'organisation'),
    actor: pick(answer, 'data', 'user', 'id'),
    role: pick(answer, 'data', 'user', 'role'),
  }
}

export const nobody: TestCaller = { token: '', organisation: '', actor: '', role: '' }

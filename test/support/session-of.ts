import type { SessionOf } from '#commands/identity/sessions.ts'

/** What begins when this user signs in with a password, as an operator of the main organisation. */
export function sessionOf(userId: string): SessionOf {
  return {
    userId,
    organisation: 'main',
    role: 'operator',
    language: undefined,
    signedInBy: 'password',
  }
}

import { type LinkPurpose, user } from '#domain/identity/user.ts'
import type { CommandContext } from '../handler.ts'
import { type IdentityDeps, ofInstallation } from './identity-deps.ts'

const HOUR_MS = 3_600_000
/** How long a one-time link is good for. */
export const LINK_HOURS: Readonly<Record<LinkPurpose, number>> = { reset: 24, invitation: 7 * 24 }

export interface MadeLink {
  /** Shown once, and kept nowhere. */
  readonly token: string
  /** UTC instant. */
  readonly expiresAt: string
}

export function linkExpiry(purpose: LinkPurpose, now: string): string {
  return new Date(Date.parse(now) + LINK_HOURS[purpose] * HOUR_MS).toISOString()
}

/** A one-time link for a user: one before it no longer counts. @throws Rejection USER_UNKNOWN */
export async function makeLink(
  { handler, credentials }: Pick<IdentityDeps, 'handler' | 'credentials'>,
  link: {
    readonly userId: string
    readonly purpose: LinkPurpose
    readonly organisation?: string | undefined
  },
  context: CommandContext,
): Promise<MadeLink> {
  const { userId, purpose, organisation } = link
  const expiresAt = linkExpiry(purpose, context.now)
  const note = { type: 'NoteUserLink', userId, purpose, organisation, expiresAt } as const
  await handler.handle(user, userId, note, ofInstallation(context))
  return {
    token: await credentials.makeLink({ userId, purpose, organisation }, expiresAt),
    expiresAt,
  }
}

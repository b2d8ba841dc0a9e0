import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier, impersonal, millisecond, personal } from '../event-schema.ts'
import { Rejection } from '../rejection.ts'
import { roles } from './roles.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// Neither a key nor its hash is ever an event's; who issued or revoked it stands in the metadata.

/** What a program may be to an organisation; `installation` to the installation alone. */
export const apiKeyRole = z.enum(roles)

export const apiKeyEvents = {
  ApiKeyIssued: z.object({
    apiKeyId: identifier,
    /** By which people know it: free text. */
    name: personal('apiKeyId', z.string().min(1).max(100)),
    role: apiKeyRole,
    /** All that the key may do, whatever its role may come to be allowed: names of permissions. */
    scopes: z.array(impersonal('a permission of ours', z.string().min(1).max(64))),
    /** How the key begins, for people to tell keys apart; the rest of it cannot be told from this. */
    prefix: z.string().regex(/^dbk_[0-9A-Za-z]{8}$/),
    /** The first instant at which it is no key any more; absent: it stays one until it is revoked. */
    expiresAt: millisecond.optional(),
  }),
  ApiKeyRevoked: z.object({ apiKeyId: identifier }),
} as const
export type ApiKeyEvent = EventsOf<typeof apiKeyEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────
// Nothing personal.

export type ApiKeyRole = z.output<typeof apiKeyRole>

export type ApiKey = { readonly status: 'none' } | IssuedApiKey

export interface IssuedApiKey {
  readonly status: 'issued' | 'revoked'
  readonly role: ApiKeyRole
  readonly scopes: readonly string[]
  readonly prefix: string
  /** UTC instant. */
  readonly expiresAt?: string | undefined
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: ApiKey, event: ApiKeyEvent): ApiKey => {
  switch (event.type) {
    case 'ApiKeyIssued': {
      const { role, scopes, prefix, expiresAt } = event.data
      return { status: 'issued', role, scopes, prefix, expiresAt }
    }
    case 'ApiKeyRevoked':
      return state.status === 'none' ? state : { ...state, status: 'revoked' }
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export interface IssueApiKey {
  readonly type: 'IssueApiKey'
  readonly apiKeyId: string
  readonly name: string
  readonly role: ApiKeyRole
  /** Absent: all that may be given. */
  readonly scopes?: readonly string[] | undefined
  /** What the role may do, and whoever issues the key may do too. */
  readonly grantable: readonly string[]
  readonly prefix: string
  /** UTC instant. */
  readonly expiresAt?: string | undefined
  /** UTC instant. */
  readonly now: string
}

export interface RevokeApiKey {
  readonly type: 'RevokeApiKey'
  readonly apiKeyId: string
}

export type ApiKeyCommand = IssueApiKey | RevokeApiKey

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: ApiKeyCommand, state: ApiKey): readonly ApiKeyEvent[] => {
  switch (command.type) {
    case 'IssueApiKey':
      return issue(command, state)
    case 'RevokeApiKey':
      return revoke(command, state)
    default:
      return unreachable(command)
  }
}

function issue(command: IssueApiKey, state: ApiKey): readonly ApiKeyEvent[] {
  const { apiKeyId, name, role, grantable, prefix, expiresAt, now } = command
  if (state.status !== 'none') return []
  const scopes = [...new Set(command.scopes ?? grantable)]
  const beyond = scopes.find((scope) => !grantable.includes(scope))
  if (beyond !== undefined) {
    throw new Rejection('SCOPE_NOT_ALLOWED', { scope: beyond, role }, 'scopes')
  }
  // Of two instants written alike the later one is the greater text.
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new Rejection('API_KEY_EXPIRY_PAST', { now }, 'expiresAt')
  }
  const data = { apiKeyId, name, role, scopes, prefix }
  return [{ type: 'ApiKeyIssued', data: expiresAt === undefined ? data : { ...data, expiresAt } }]
}

function revoke({ apiKeyId }: RevokeApiKey, state: ApiKey): readonly ApiKeyEvent[] {
  if (state.status === 'none') throw new Rejection('API_KEY_UNKNOWN', { apiKeyId })
  return state.status === 'revoked' ? [] : [{ type: 'ApiKeyRevoked', data: { apiKeyId } }]
}

export const apiKey: Decider<ApiKey, ApiKeyCommand, ApiKeyEvent> = {
  category: 'apiKey',
  stateVersion: 1,
  initial: { status: 'none' },
  evolve,
  decide,
}

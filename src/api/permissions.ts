import { z } from 'zod'
import type { Role } from '#domain/identity/roles.ts'
import type { AccessKind } from '#domain/access/access-record.ts'
import type { CommandOrder } from './command-order.ts'

/**
 * What a route asks of its caller, each the least that some role has and another has not; `own` is what
 * all have. All but `watch`, `verify` and `operate` are about the books of the caller's own organisation; what those three
 * are about is shared by all organisations.
 */
export const permissions = {
  public: 'Nobody need say who they are.',
  own: 'One’s own sessions, password and language.',
  watch: 'See how the installation runs: projections, processes, what was done with them.',
  read: 'Customers, documents, wallets, settings and figures, and what those are made of.',
  readLedger: 'The ledger: accounts, entries, balances, and what those are made of.',
  readLog: 'Events, streams, and aggregates as they were. Each look goes on record.',
  audit:
    'Export the log; see who is a member, who was refused what, and who looked. Each look goes on record.',
  verify: 'Hold read models against the log; rows that differ are shown of the own organisation.',
  write: 'Record what happened.',
  administer:
    'Change settings and tiers; delete customers; invite members, change and end what they are; issue API keys; let somebody see personal data for a time.',
  seePersonalData:
    'Names, telephone numbers, e-mail addresses and whatever people wrote; without it they read •••.',
  readRestricted:
    'Who a restricted customer is, and what was written of them: what the law makes us keep.',
  erase: 'Erase a person, approve or reject it, place and lift legal holds.',
  disclose: 'Hand out all that is held on a person. Each is on record before it is answered.',
  operate: 'Rebuild, start, stop, roll back and drop what all organisations share.',
} as const
export type Permission = keyof typeof permissions

/** Of every role but the installation's operator, who has no organisation's books. */
const reader = ['own', 'watch', 'read'] as const
/**
 * Of those who deal with persons: whoever records what happened, and whoever collects what is owed and
 * tells whose a payment is. Figures need no names, and nor does an audit, unless it is granted for a time.
 */
const clerk = [...reader, 'seePersonalData'] as const

export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  owner: [
    ...clerk,
    'readLedger',
    'readLog',
    'audit',
    'verify',
    'write',
    'administer',
    'readRestricted',
    'erase',
    'disclose',
  ],
  operator: [...clerk, 'write'],
  accountant: [...clerk, 'readLedger', 'readLog', 'readRestricted'],
  analyst: reader,
  auditor: [...reader, 'readLedger', 'readLog', 'audit', 'verify', 'readRestricted'],
  service: [...clerk, 'write'],
  installation: ['own', 'watch', 'verify', 'operate'],
}

/** True when the role has the permission; a role that is not known has none. */
export function mayRole(role: string, permission: Permission): boolean {
  return Object.hasOwn(permissionsOf, role) && permissionsOf[role as Role].includes(permission)
}

/** What an API key can be given. It signs in nowhere, so that there is nothing of its own. */
export type Scope = Exclude<Permission, 'public' | 'own'>
const isScope = (permission: string): permission is Scope =>
  permission !== 'public' && permission !== 'own'
export const scopeIn = z.enum(Object.keys(permissions).filter(isScope))

/** All that a key of the role can be given. */
export function scopesOf(role: Role): readonly Scope[] {
  return permissionsOf[role].filter(isScope)
}

/** What of a role a caller can give: no more than the caller has. */
export function grantable(
  caller: { readonly role: string; readonly scopes?: readonly Permission[] },
  role: Role,
): readonly Scope[] {
  return scopesOf(role).filter(
    (one) => mayRole(caller.role, one) && caller.scopes?.includes(one) !== false,
  )
}

/** As what each use of a route goes on record; undefined where it does not. */
export function onRecordAs(config: object): AccessKind | undefined {
  const { permission, onRecord } = config as Partial<RouteConfig>
  if (onRecord !== undefined) return onRecord
  return permission === 'readLog' || permission === 'audit' ? 'read' : undefined
}

/** Spread into a route's options: who may call it, and how its commands stand to others in a bulk. */
export function may(
  permission: Permission,
  order?: CommandOrder,
): { readonly config: RouteConfig & { url?: string } } {
  return { config: { permission, ...(order !== undefined && { order }) } }
}

/** The same for what goes on record as more than a look into the log. */
export function mayOnRecord(
  permission: Permission,
  onRecord: AccessKind,
): { readonly config: RouteConfig & { url?: string } } {
  return { config: { permission, onRecord } }
}

export interface RouteConfig {
  readonly permission: Permission
  readonly onRecord?: AccessKind
  readonly order?: CommandOrder
  /** Its body holds commands that are looked at one by one. */
  readonly isBulk?: true
}

import type { Role } from '#config'
import type { CommandOrder } from './command-order.ts'

/**
 * What a route asks of its caller, each the least that some role has and another has not. All but
 * `watch`, `verify` and `operate` are about the books of the caller's own organisation; what those three
 * are about is shared by all organisations.
 */
export const permissions = {
  public: 'Nobody need say who they are.',
  watch: 'See how the installation runs: projections, processes, what was done with them.',
  read: 'Customers, documents, wallets, settings and figures, and what those are made of.',
  readLedger: 'The ledger: accounts, entries, balances, and what those are made of.',
  readLog: 'Events, streams, and aggregates as they were. Each look goes on record.',
  audit: 'Export the log; see who was refused what, and who looked. Each look goes on record.',
  verify: 'Hold read models against the log; rows that differ are shown of the own organisation.',
  write: 'Record what happened.',
  administer: 'Change the organisation’s settings and tiers.',
  operate: 'Rebuild, start, stop, roll back and drop what all organisations share.',
} as const
export type Permission = keyof typeof permissions

/** Of every role but the installation's operator, who has no organisation's books. */
const reader = ['watch', 'read'] as const

export const permissionsOf: Readonly<Record<Role, readonly Permission[]>> = {
  owner: [...reader, 'readLedger', 'readLog', 'audit', 'verify', 'write', 'administer'],
  operator: [...reader, 'write'],
  accountant: [...reader, 'readLedger', 'readLog'],
  analyst: reader,
  auditor: [...reader, 'readLedger', 'readLog', 'audit', 'verify'],
  service: [...reader, 'write'],
  installation: ['watch', 'verify', 'operate'],
}

/** True when the role has the permission; a role that is not known has none. */
export function mayRole(role: string, permission: Permission): boolean {
  return Object.hasOwn(permissionsOf, role) && permissionsOf[role as Role].includes(permission)
}

/** Whether each use of the permission goes on record, as auditors' looks do. */
export function isOnRecord(permission: Permission | undefined): boolean {
  return permission === 'readLog' || permission === 'audit'
}

/** Spread into a route's options: who may call it, and how its commands stand to others in a bulk. */
export function may(
  permission: Permission,
  order?: CommandOrder,
): { readonly config: RouteConfig & { url?: string } } {
  return { config: { permission, ...(order !== undefined && { order }) } }
}

export interface RouteConfig {
  readonly permission: Permission
  readonly order?: CommandOrder
  /** Its body holds commands that are looked at one by one. */
  readonly isBulk?: true
}

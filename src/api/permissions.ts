import type { Role } from '#config'
import type { CommandOrder } from './command-order.ts'

/**
 * What a route asks of its caller. `read`: look at the books. `write`: record what happened.
 * `operate`: run the projections. `administer`: change the organisation's settings and tiers.
 */
export type Permission = 'public' | 'read' | 'write' | 'operate' | 'administer'

const permissions: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ['read', 'write', 'operate', 'administer'],
  operator: ['read', 'write', 'operate'],
  accountant: ['read'],
  auditor: ['read'],
  analyst: ['read'],
}

/** True when the role has the permission; a role that is not known has none. */
export function mayRole(role: string, permission: Permission): boolean {
  return Object.hasOwn(permissions, role) && permissions[role as Role].includes(permission)
}

/** Spread into a route's options: who may call it, and how its commands stand to others in a bulk. */
export function may(
  permission: Permission,
  order?: CommandOrder,
): { readonly config: RouteConfig & { url?: string } } {
  return { config: { permission, ...(order !== undefined && { order }) } }
}

/** As `may('read')`, for what auditors look at: each look goes on record. */
export function mayAudit(): { readonly config: RouteConfig & { url?: string } } {
  return { config: { permission: 'read', audited: true } }
}

export interface RouteConfig {
  readonly permission: Permission
  readonly order?: CommandOrder
  /** Its body holds commands that are looked at one by one. */
  readonly isBulk?: true
  /** Auditors' routes: each look goes on record. */
  readonly audited?: true
}

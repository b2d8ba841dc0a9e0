import type { Role } from '#config'

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

/** Spread into a route's options: who may call it. */
export function may(permission: Permission): {
  readonly config: { readonly permission: Permission; url?: string }
} {
  return { config: { permission } }
}

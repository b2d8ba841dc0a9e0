import type { MembersCommand, MembersEvent } from '#domain/identity/members.ts'

export const ORGANISATION = 'main'
export const olga = '0198c0de-0000-7000-8000-0000000000a1'
export const omar = '0198c0de-0000-7000-8000-0000000000a2'

export const ofOlga = { userId: olga, name: 'Olga', email: 'olga@example.com' }
export const ofOmar = { userId: omar, name: 'Omar', email: 'omar@example.com' }

export const olgaOwns: MembersEvent = {
  type: 'MembershipGranted',
  data: { ...ofOlga, role: 'owner' },
}
export const omarKeepsBooks: MembersEvent = {
  type: 'MembershipGranted',
  data: { ...ofOmar, role: 'accountant' },
}

export function grant(who: typeof ofOlga, role: 'owner' | 'auditor'): MembersCommand {
  return { type: 'GrantMembership', organisation: ORGANISATION, ...who, role }
}

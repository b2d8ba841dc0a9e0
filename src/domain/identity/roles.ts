/**
 * What callers are to their organisation, and `installation`, who runs what all organisations share and
 * belongs to none; what each may do is the API's to say. Events name them: none is ever renamed or taken away.
 */
export const roles = [
  'owner',
  'operator',
  'accountant',
  'analyst',
  'auditor',
  'service',
  'installation',
] as const
export type Role = (typeof roles)[number]

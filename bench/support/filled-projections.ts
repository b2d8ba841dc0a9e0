import { projections } from '#projections/all.ts'

/** Not filled by the invented year, which has no wallets and links nobody, or not written by hand. */
const others = new Set(['wallets', 'person_links', 'crm_contacts'])

/** What the invented year fills, and is written by hand as well. */
export const filledProjections = projections.filter(({ name }) => !others.has(name))

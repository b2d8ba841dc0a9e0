import { projections } from '#projections/all.ts'

/** What the invented year fills, and is written by hand as well: its shop has no wallets. */
export const filledProjections = projections.filter(({ name }) => name !== 'wallets')

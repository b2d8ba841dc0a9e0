import type { Projection } from '../engine/projection.ts'
import { erasure } from './erasure.ts'
import { legalHold } from './legal-hold.ts'

/** Who is to be forgotten, how far that is, and what stands against it. */
export const privacy: Projection = {
  name: 'privacy',
  version: 2,
  tables: [erasure, legalHold],
}

/**
 * Where a projection's tables stand: `live` is what everybody reads; `next` is being rebuilt; `kept` was
 * live before, and is followed so that it can be again; `verify` is folded to compare and dropped;
 * `dropped` is let go of and about to vanish.
 */
export type Slot = 'live' | 'next' | 'kept' | 'verify' | 'dropped'

/**
 * The tables that follow the log. Whatever must reach every row that is retained about somebody, an
 * erasure above all, has to reach both: tables in other slots are gone within the work that made them.
 */
export const FOLLOWED = ['live', 'kept'] as const satisfies readonly Slot[]
export type FollowedSlot = (typeof FOLLOWED)[number]

/** Name of the schema, unquoted. */
export function schemaName(projection: string, slot: Slot): string {
  return slot === 'live' ? projection : `${projection}__${slot}`
}

/** An identifier for SQL. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

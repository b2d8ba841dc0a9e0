/**
 * Where a projection's tables stand: `live` is what everybody reads; `next` is being rebuilt;
 * `previous` was live until the last rebuild; `verify` is folded to compare and dropped.
 */
export type Slot = 'live' | 'next' | 'previous' | 'verify'

/** Name of the schema, unquoted. */
export function schemaName(projection: string, slot: Slot): string {
  return slot === 'live' ? projection : `${projection}__${slot}`
}

/** An identifier for SQL. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`
}

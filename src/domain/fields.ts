/** The fields that have a value. Events hold no `undefined`: as JSON they would not come back the same. */
export function present<T extends object>(fields: T): T {
  // Mostly all have one; this runs for every line of every document.
  if (!Object.values(fields).includes(undefined)) return fields
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as T
}

/** The fields that are given and say something else than now; absent and `null` say the same. */
export function changes<T extends object>(given: T, now: object): Partial<T> {
  const before = new Map<string, unknown>(Object.entries(now))
  const entries = Object.entries(given).filter(
    ([field, value]) => value !== undefined && !sameJson(value ?? null, before.get(field) ?? null),
  )
  return Object.fromEntries(entries) as Partial<T>
}

/** The entry of that key and nothing inherited: ids come from callers, and `constructor` is no id. */
export function lookup<T>(entries: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(entries, key) ? entries[key] : undefined
}

/** True when two plain JSON values say the same, whatever the order of their fields. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a).filter(([, value]) => value !== undefined)
  const right = Object.entries(b).filter(([, value]) => value !== undefined)
  const other = new Map<string, unknown>(right)
  return (
    left.length === right.length && left.every(([key, value]) => sameJson(value, other.get(key)))
  )
}

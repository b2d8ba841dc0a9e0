import { lookup, sameJson } from '#domain/fields.ts'

/** One field that differs between two states of the same thing. */
export interface ChangedField {
  /** JSON Pointer (RFC 6901). */
  readonly field: string
  /** Absent where there was nothing. */
  readonly before?: unknown
  readonly after?: unknown
}

/** The fields in which two plain JSON values differ, in the order in which they stand; lists differ as a whole. */
export function changedFields(before: unknown, after: unknown): readonly ChangedField[] {
  const found: ChangedField[] = []
  collect(found, before, after, '')
  return found
}

/** States share what an event left as it was: it is not gone into, and everything else once. */
function collect(found: ChangedField[], before: unknown, after: unknown, at: string): void {
  if (before === after) return
  if (isObject(before) && isObject(after)) {
    const inside = (key: string): void => {
      const [old, now] = [lookup(before, key), lookup(after, key)]
      if (old !== now) collect(found, old, now, `${at}/${escaped(key)}`)
    }
    for (const key of Object.keys(before)) inside(key)
    for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) inside(key)
  } else if (!sameJson(before, after)) {
    found.push({
      field: at,
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    })
  }
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

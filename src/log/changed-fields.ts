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
export function changedFields(before: unknown, after: unknown, at = ''): readonly ChangedField[] {
  if (sameJson(before, after)) return []
  if (!isObject(before) || !isObject(after)) {
    return [
      { field: at, ...(before !== undefined && { before }), ...(after !== undefined && { after }) },
    ]
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)])
  return [...keys].flatMap((key) =>
    changedFields(lookup(before, key), lookup(after, key), `${at}/${escaped(key)}`),
  )
}

function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

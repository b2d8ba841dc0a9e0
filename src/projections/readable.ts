import { ERASED } from '#domain/event-schema.ts'

/**
 * A personal text as a row keeps it: nothing where there is none, and nothing where it was erased. So a
 * row folded after an erasure is the one that was cleared by it.
 */
export function readable(text: string | null | undefined): string | null {
  return text === undefined || text === ERASED ? null : text
}

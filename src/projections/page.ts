import { isLocalDate } from '#domain/dates.ts'
import { Rejection } from '#domain/rejection.ts'

/** What a list is asked for: at most so many rows, after the place that a cursor names. */
export interface PageRequest {
  readonly limit: number
  /** `next` of the page before; absent for the first. */
  readonly cursor?: string | undefined
}

export interface Page<Item> {
  readonly items: readonly Item[]
  /** Where the next page begins; absent on the last. */
  readonly next: string | undefined
}

/** The kinds of values that a list may be ordered by. */
export type CursorPart = 'text' | 'number' | 'sum' | 'date'

const fits: Readonly<Record<CursorPart, (value: string) => boolean>> = {
  text: (value) => !value.includes('\u0000'),
  // What a bigint column can hold, and sums of such.
  number: (value) => /^-?\d{1,18}$/.test(value),
  sum: (value) => /^-?\d{1,30}$/.test(value),
  date: isLocalDate,
}
const MAX_CURSOR_CHARACTERS = 2000

/** The place of a row in its list: opaque to callers. */
export function encodeCursor(values: readonly string[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url')
}

/**
 * The values of the last row seen, each checked for its kind, so that nothing made up reaches SQL.
 *
 * @throws Rejection CURSOR_INVALID
 */
export function decodeCursor<const Parts extends readonly CursorPart[]>(
  cursor: string,
  parts: Parts,
): { readonly [Index in keyof Parts]: string } {
  const values = cursor.length > MAX_CURSOR_CHARACTERS ? undefined : parsed(cursor)
  if (
    !Array.isArray(values) ||
    values.length !== parts.length ||
    !parts.every((part, index) => fitsPart(part, values[index]))
  ) {
    throw new Rejection('CURSOR_INVALID', {}, 'cursor')
  }
  return values as unknown as { readonly [Index in keyof Parts]: string }
}

/** A page of rows of which one more than `limit` was asked for, to know whether there is a next. */
export function pageOf<Item>(
  rows: readonly Item[],
  limit: number,
  keyOf: (row: Item) => readonly string[],
): Page<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return {
    items,
    next: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : undefined,
  }
}

function parsed(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}

function fitsPart(part: CursorPart, value: unknown): boolean {
  return typeof value === 'string' && fits[part](value)
}

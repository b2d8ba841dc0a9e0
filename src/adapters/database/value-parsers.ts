import pg from 'pg'

/**
 * How values of PostgreSQL become values of rows: whole numbers beyond 32 bits, exact decimals, days
 * and instants are strings, never a number or a Date that would lose digits or a zone. Given to each
 * connection rather than set globally.
 */

const { builtins } = pg.types

const asIs = (text: string): string => text

/**
 * An instant as `Date.toISOString` writes it, with at least three decimals of a second and more only
 * where PostgreSQL holds more. Connections are in UTC, so the text ends in +00.
 */
export function instantText(text: string): string {
  const found = /^(\S+) (\d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/.exec(text)
  if (found === null) return text
  return `${found[1]}T${found[2]}.${(found[3] ?? '').padEnd(3, '0')}Z`
}

const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  [builtins.INT8]: asIs,
  [builtins.NUMERIC]: asIs,
  [builtins.DATE]: asIs,
  [builtins.TIMESTAMP]: asIs,
  [builtins.TIMESTAMPTZ]: instantText,
}

export const valueParsers: pg.CustomTypesConfig = {
  getTypeParser: (oid: Parameters<typeof pg.types.getTypeParser>[0], format?: 'text' | 'binary') =>
    (format === 'binary' ? undefined : parsers[oid]) ?? pg.types.getTypeParser(oid, format),
}

import fc from 'fast-check'
import { jsonText, Raw } from './request.ts'

/** Values that break what reads them carelessly. */

const numbers = [
  ['-0', '0', '-1', '1e2', '5E+2', '1e400', '-1e400', '1e-400', '1.0', '0.1', '1.005'],
  ['9007199254740993', '123456789012345678901234567890', '1e99999999999', '2147483648'],
  [`1${'0'.repeat(400)}`],
].flat()
const texts = [
  ['', ' ', '\t\n', '\0', 'a\0b', '\ud800', 'x\udfff', '\u202eabc\u202c', '\ufeff', '\u200f'],
  ['👩‍👩‍👧‍👦', 'é', 'e\u0301', '\u{10ffff}', '٣٤٥', '١٫٥', '﷽', 'İ', 'ß', '\u2028', '\u0085'],
  ['NaN', 'Infinity', '-0', '00', '1.', '.5', '1,000', '+1', '0x10', '1e3', '1_000', ' 1'],
  ['0000-01-01', '9999-12-31', '-0001-01-01', '+275760-09-13', '2026-02-30', '2026-13-01'],
  ['0001-01-01', '2026-1-1', '10000-01-01', '2026-00-10', '2025-02-29', '99999-12-31'],
  ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2026-02-30T00:00:00Z'],
  ['2026-01-01T24:00:00Z', '2026-01-01T00:00:60Z', '2026-01-01T00:00:00+99:99'],
  ['0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-14:00', '2026-01-01'],
  ["' or 1=1; --", '%', '%00', '_', '\\', '\\u0000', '../..', '.', '..', '/', '{{7*7}}'],
  ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'null', 'true'],
  ['<script>alert(1)</script>', 'a,b;c"d', '=1+1', '$1', ':id', '*', '@', '-', '--', 'main.x'],
  ['customer-main.x', 'settings-other.settings', 'sale-other.', '$all', '-other.x'],
  ['18446744073709551616', '9223372036854775808', '999999999999999', '1000000000000000'],
  ['x'.repeat(65), 'x'.repeat(301), 'ق'.repeat(2001), 'x'.repeat(5000), '9'.repeat(64)],
].flat()
const structures = [
  ['null', 'true', 'false', '[]', '{}', '[null]', '[[]]', '{"":""}', '{"amount":{}}'],
  ['{"__proto__":{"isAdmin":true}}', '{"\\u005f_proto__":1}'],
  ['{"constructor":{"prototype":{"x":1}}}', '{"toString":1}', '{"text":"1"}', '{"length":1e9}'],
  ['{"amount":"1.00"}', '{"amount":"1.00","currency":"sar"}', '{"amount":1e2,"currency":"SAR"}'],
  ['{"amount":"1.00","currency":"SAR","currency":"USD"}', '{"a":1,"a":2}'],
  [`${'['.repeat(28)}${']'.repeat(28)}`, `${'{"a":'.repeat(40)}1${'}'.repeat(40)}`],
  [`[${'0,'.repeat(3000)}0]`, `[${'{},'.repeat(3000)}{}]`],
  [`{${Array.from({ length: 1000 }, (_, i) => `"k${i}":1`).join(',')}}`],
].flat()
const bodies = [
  ['', ' ', '{', '}', '{"a":}', '{"a":1,}', "{'a':1}", '{"a":1}{"b":2}', 'null', '1', '"x"'],
  ['[]', '[{}]', 'a=1', '<a/>', '{"a":01}', '{"a":"\t"}', '{"a":NaN}', '{"a":"\\ud800"}'],
  [`${'['.repeat(20_000)}${']'.repeat(20_000)}`, `{"name":"${'x'.repeat(70_000)}"}`],
  structures,
].flat()
const noTexts = [
  [0xff, 0xfe],
  [0xef, 0xbb, 0xbf, 0x7b, 0x7d],
  [0x22, 0xc0, 0xaf, 0x22],
  [0x1f, 0x8b],
]

/** Of a query, a path or a header. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...texts, ...numbers) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
)

/** Of a body. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...texts) },
  { weight: 2, arbitrary: fc.constantFrom(...numbers).map((text) => new Raw(text)) },
  { weight: 2, arbitrary: fc.constantFrom(...structures).map((text) => new Raw(text)) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
)

/** Bodies that are none, or not what they say. */
export const hostileBody: fc.Arbitrary<Raw | Buffer> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...bodies).map((text) => new Raw(text)) },
  { weight: 1, arbitrary: fc.constantFrom(...noTexts).map((bytes) => Buffer.from(bytes)) },
)

/** A value in a body and how to put another in its place; undefined takes it out. */
interface Spot {
  readonly value: unknown
  readonly put: (value: unknown) => void
}

type Break = (spot: Spot, value: unknown) => void
const breaks: Readonly<Record<string, Break>> = {
  replace: ({ put }, value) => put(value),
  remove: ({ put }) => put(undefined),
  unknownField: ({ value, put }, other) => put(isTree(value) ? { ...value, other } : other),
  sameKeyTwice: ({ value, put }, other) => put(isTree(value) ? doubled(value, other) : other),
  longerList: ({ value, put }, other) => put(Array.isArray(value) ? [other, ...value] : [value]),
}

/** A copy of a body with one of its values replaced, taken out, or with something beside it. */
export const breakBody: fc.Arbitrary<(body: unknown) => unknown> = fc
  .tuple(fc.nat(1000), fc.constantFrom(...Object.values(breaks)), hostileValue)
  .map(([at, broken, value]) => (body) => {
    const root = { body: copyOf(body) }
    const spots = spotsIn(root)
    const spot = spots[at % spots.length]
    if (spot !== undefined) broken(spot, value)
    return root.body
  })

function isTree(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof Raw || value instanceof Buffer)
  )
}

function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf)
  if (!isTree(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copyOf(inner)]))
}

/** Every value below, the outermost first. */
function spotsIn(holder: Record<string, unknown>): readonly Spot[] {
  return Object.entries(holder).flatMap(([key, value]) => {
    const put = (other: unknown): void => {
      holder[key] = other
    }
    return [{ value, put }, ...(isTree(value) ? spotsIn(value) : [])]
  })
}

/** JSON lets a key be written twice. */
function doubled(fields: Readonly<Record<string, unknown>>, other: unknown): Raw {
  const written = jsonText(fields)
  const [key = 'name'] = Object.keys(fields)
  const again = `${JSON.stringify(key)}:${jsonText(other)}}`
  return new Raw(written === '{}' ? `{${again}` : `${written.slice(0, -1)},${again}`)
}

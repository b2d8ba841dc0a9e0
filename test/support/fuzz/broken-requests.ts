import fc from 'fast-check'
import type { TestCaller } from '#test/support/server.ts'
import { breakBody, hostileBody, hostileText } from './broken-values.ts'
import { type FuzzRequest, Raw, withContent } from './request.ts'

/** Of a request that was right, one that is not. */
export type Breaking = (request: FuzzRequest) => FuzzRequest

const rawPaths = [
  ['%', '%zz', '%c0%af', '%ed%a0%80', '%00', '%2e%2e', '%2F', '..', '.', '', '%25', ';x=1', '%E0'],
  ["'", '(', '%F0%9F%92%A9', 'a%0d%0aX-Y:1', 'x'.repeat(401), '%d9%82'.repeat(100), 'ÿ', '[]'],
  ['x'.repeat(8000), 'x'.repeat(17_000), '#', '@'],
].flat()
const rawQueries = [
  ['%', '%zz', '%ed%a0%80', '%00', '%FF', 'a&limit=1', 'a&limit=1&limit=2', '&&&', '=', '?', '+'],
  ['x&unknown=1', 'x&__proto__=1', 'x&limit[]=1', 'x&known_at=1', 'x&cursor=', 'x'.repeat(2001)],
  ['x&constructor.prototype.y=1'],
].flat()
const raw = (texts: readonly string[]) => fc.constantFrom(...texts).map((text) => new Raw(text))
/** Cursors of ours are such lists, and nothing keeps anybody from writing one. */
const forged = fc
  .array(fc.oneof(hostileText, fc.constantFrom<unknown>('2026-01-01', '1', 'x', 1, null, {})), {
    maxLength: 4,
  })
  .map((parts) => Buffer.from(JSON.stringify(parts)).toString('base64url'))
const cursors = fc.oneof(forged, fc.constantFrom('AAAA', '!!!!', 'e30', '=', 'bnVsbA', '5'))

const badHeaders: Readonly<Record<string, readonly string[]>> = {
  'idempotency-key': ['', ' ', 'a b', 'x'.repeat(256), 'é', '@{mark}, x', 'x'.repeat(4000)],
  'if-match': ['*', 'W/"1"', '"', '""', '1', '"-1"', '"1e3"', '"99999999999999999999"', '"1", "2"'],
  'x-correlation-id': ['', 'x', 'é', "' or 1=1", 'x'.repeat(5000)],
  'accept-language': ['*', ';;;', 'en;q=x', 'fa;q=-1', ','.repeat(3000), 'é', 'ar;q=1e400'],
  'content-type': [
    'text/plain',
    'application/xml',
    '',
    'application/json; charset=latin1',
    ';',
    'x',
  ],
  'content-encoding': ['gzip', 'x'],
  accept: ['text/html', 'x', ''],
  authorization: ['', 'Bearer', 'Bearer x', 'Basic eDp5', `Bearer ${'x'.repeat(5000)}`, 'é'],
}

const breakPath = fc.tuple(fc.nat(20), fc.oneof(hostileText, raw(rawPaths))).map(
  ([at, value]): Breaking =>
    (request) => {
      const named = request.path.flatMap((segment, i) => (segment instanceof Raw ? [] : [i]))
      const place = named[at % named.length] ?? request.path.length
      const path = [...request.path]
      path[place] = value
      return { ...request, path, isAddressed: false }
    },
)
const breakQuery = fc.tuple(fc.nat(20), fc.oneof(hostileText, raw(rawQueries)), hostileText).map(
  ([at, value, name]): Breaking =>
    ({ query, ...request }) => {
      const place = at % (query.length + 1)
      const changed = [query[place]?.[0] ?? name, value] as const
      return { ...request, query: query.toSpliced(place, 1, changed) }
    },
)
const breakCursor = cursors.map(
  (cursor): Breaking =>
    (request) => ({
      ...request,
      query: [...request.query.filter(([name]) => name !== 'cursor'), ['cursor', cursor] as const],
    }),
)
const breakHeader = fc
  .constantFrom(...Object.entries(badHeaders))
  .chain(([name, values]) => fc.constantFrom(...values.map((value) => [name, value] as const)))
  .map(
    ([name, value]): Breaking =>
      (request) => ({
        ...request,
        headers: { ...request.headers, [name]: value },
      }),
  )
const breakContent = fc
  .oneof(
    { weight: 3, arbitrary: breakBody },
    { weight: 1, arbitrary: hostileBody.map((b) => () => b) },
  )
  .map(
    (change): Breaking =>
      (request) => {
        const body = change(request.body)
        return { ...request, body, headers: { ...withContent(body), ...request.headers } }
      },
  )
const breakCaller = fc.constant<TestCaller | undefined>(undefined).map(
  (caller): Breaking =>
    (request) => ({ ...request, caller }),
)

/** What can be wrong with a request, content most often. */
export const broken: fc.Arbitrary<Breaking> = fc.oneof(
  { weight: 8, arbitrary: breakContent },
  { weight: 4, arbitrary: breakPath },
  { weight: 5, arbitrary: breakQuery },
  { weight: 2, arbitrary: breakCursor },
  { weight: 3, arbitrary: breakHeader },
  { weight: 1, arbitrary: breakCaller },
)

import fc from 'fast-check'
import { auditor, operator } from '#test/support/api.ts'
import { owner, stranger } from '#test/support/server.ts'
import { broken } from './broken-requests.ts'
import type { Operation, Parameter } from './openapi.ts'
import { type FuzzRequest, Raw, withContent } from './request.ts'
import { sometimes, valid } from './valid-values.ts'

/** Requests of an operation: half of them as its description has them, half of them broken. */
export function requestsOf(operation: Operation): fc.Arbitrary<FuzzRequest> {
  const asDescribed = described(operation)
  return fc.oneof(asDescribed, spoilt(asDescribed))
}

/** Requests of which something was broken. */
export function spoilt(requests: fc.Arbitrary<FuzzRequest>): fc.Arbitrary<FuzzRequest> {
  const breaks = fc.array(broken, { minLength: 1, maxLength: 2 })
  return fc
    .tuple(requests, breaks)
    .map(([request, all]) => all.reduce((found, breakIt) => breakIt(found), request))
}

const callers = fc.oneof(
  { weight: 12, arbitrary: fc.constant(owner) },
  { weight: 3, arbitrary: fc.constant(stranger) },
  { weight: 1, arbitrary: fc.constantFrom(operator, auditor) },
)

const languages = fc.constantFrom('en', 'ar', 'fa-IR, en;q=0.5', 'de')
const keys = fc.uuid().map((id) => `key-${id}`)

/** A request that its description allows. */
export function described(operation: Operation): fc.Arbitrary<FuzzRequest> {
  const { method, url, parameters, body, isCommand } = operation
  const of = (place: Parameter['in']) => parameters.filter((one) => one.in === place)
  const path = fc.record(
    Object.fromEntries(of('path').map(({ name, schema }) => [name, valid(schema, { name, url })])),
  )
  const query = fc.record(
    Object.fromEntries(
      of('query').map(({ name, schema, required }) => {
        const value = valid(schema, { name, url }).map(String)
        return [name, required === true ? value : sometimes(value, of('query').length)]
      }),
    ),
  )
  const headers = fc.record({
    'accept-language': sometimes(languages),
    'x-correlation-id': sometimes(fc.uuid()),
    'idempotency-key': isCommand ? fc.option(keys, { nil: undefined, freq: 3 }) : absent,
    'if-match': isCommand
      ? sometimes(
          fc.nat({ max: 9 }).map((n) => `"${n}"`),
          9,
        )
      : absent,
    ...Object.fromEntries(
      of('header')
        .filter(({ required }) => required === true)
        .map(({ name, schema }) => [name, valid(schema, { name, url }).map(headerText)]),
    ),
  })
  const sent = body === undefined ? absent : valid(body, { name: '', url })
  return fc
    .record({ path, query, headers, body: sent, caller: callers })
    .map(({ path, query, headers, body, caller }) => ({
      method,
      path: segmentsOf(url, path),
      query: Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, value] as const],
      ),
      headers: { ...withContent(body), ...present(headers) },
      body,
      caller,
      isAddressed: true,
    }))
}

/** As headers carry what is not ASCII. */
const headerText = (value: unknown): string => encodeURIComponent(String(value))
const absent = fc.constant(undefined)

function present(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const found = Object.entries(headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(found) as Record<string, string>
}

function segmentsOf(
  url: string,
  values: Readonly<Record<string, unknown>>,
): readonly (string | Raw)[] {
  const [, ...segments] = url.split('/')
  return segments.map((segment) =>
    segment.startsWith(':') ? String(values[segment.slice(1)]) : new Raw(segment),
  )
}

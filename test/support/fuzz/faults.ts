import { z } from 'zod'
import { problem } from '#api/envelope.ts'
import { httpStatus } from '#api/errors.ts'
import type { Operation } from './openapi.ts'
import type { FuzzRequest, Wire } from './request.ts'
import type { Spoken } from './speak.ts'

/** What no answer may be, whatever was asked. */

/** What tells of our insides, and not of what was asked. */
const insides = [
  /\n\s+at /,
  /node_modules|node:internal|file:\/\/|\/src\/[\w/-]+|\.ts\b/,
  /syntax error|violates|relation "|column "|duplicate key|invalid input syntax|SQLSTATE/i,
  /\b(zod|kysely|fastify|FST_\w+|undici|ajv|grpc|postgres|eventstore\w*)\b/i,
  /\b(Type|Range|Syntax|Reference|Assertion)Error\b/,
  /\[object \w+\]|\bundefined\b|\bNaN\b/,
]

interface Answered {
  readonly operation: Operation
  readonly request: FuzzRequest
  readonly wire: Wire
  readonly answer: Spoken
}

/** Everything that is wrong with an answer by itself; nothing when all is well. */
export function faultsOf({ operation, request, wire, answer }: Answered): readonly string[] {
  const { status, text } = answer
  const type = answer.headers['content-type']?.split(';')[0] ?? ''
  const described = operation.answers[status]
  if (status >= 500 && described === undefined) return [`status ${status}`]
  if (wire.method === 'HEAD') return text === '' ? [] : ['a body to HEAD']
  if (status >= 400 && described === undefined) {
    if (type !== 'application/problem+json') return [`${status} ${type} is no problem document`]
    const other = answer.headers['x-request-id'] === requestIdIn(text) ? [] : ['another request id']
    return [...other, ...problemFaults(answer, wire)]
  }
  // A broken path can lead to another operation.
  if (!operation.isDescribed || !request.isAddressed) return []
  const parser = described?.[type]
  if (parser === undefined) return [`${status} ${type} is not described`]
  return type === 'application/json' ? unlikeFaults(parser, text) : []
}

function unlikeFaults(parser: z.ZodType, text: string): readonly string[] {
  const parsed = parser.safeParse(JSON.parse(text))
  return parsed.success ? [] : [`not as described: ${z.prettifyError(parsed.error)}`]
}

function requestIdIn(text: string): unknown {
  return (JSON.parse(text) as { readonly requestId?: unknown }).requestId
}

/** What is wrong with a problem document (RFC 9457). */
export function problemFaults(
  { status, text }: Pick<Spoken, 'status' | 'text'>,
  wire: Wire,
): readonly string[] {
  const parsed = problem.safeParse(JSON.parse(text))
  if (!parsed.success) return [`no problem document: ${z.prettifyError(parsed.error)}`]
  const { code, status: told, type } = parsed.data
  return [
    ...(status >= 500 ? [`status ${status}`] : []),
    ...(told === status ? [] : [`status ${status}, and ${told} in the problem`]),
    ...(Object.hasOwn(httpStatus, code) ? [] : [`no such code: ${code}`]),
    ...(type === `/api/problems/${code}` ? [] : [`type ${type}`]),
    ...insideFaults(text, wire),
  ]
}

/** What stands in the request may be said back. */
function insideFaults(text: string, { url, body }: Wire): readonly string[] {
  const asked = `${decoded(url)} ${body?.toString() ?? ''}`
  return insides.flatMap((inside) => {
    const found = inside.exec(text)?.[0]
    return found === undefined || asked.includes(found) ? [] : [`tells of our insides: ${found}`]
  })
}

function decoded(url: string): string {
  try {
    return `${url} ${decodeURIComponent(url)}`
  } catch {
    return url
  }
}

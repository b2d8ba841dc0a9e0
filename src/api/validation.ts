import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { unreachable } from '#domain/decider.ts'
import type { RejectionFacts } from '#domain/rejection.ts'
import { ApiError, type FieldError, type MessageCode } from './errors.ts'
import { escapePointer, JsonNumber } from './json-body.ts'

/** A rule of ours that a value breaks; `fieldIssue` puts it into a zod issue, `fieldErrors` gets it out. */
interface CodedParams {
  readonly code: MessageCode
  readonly facts: RejectionFacts
}

/** For `ctx.addIssue` of a transform: an issue with a code of ours. */
export function fieldIssue(code: MessageCode, facts: RejectionFacts = {}, path: string[] = []) {
  const params: CodedParams = { code, facts }
  return { code: 'custom', path, params } as const
}

const places = { body: 'body', querystring: 'query', params: 'path', headers: 'header' } as const

/** Parses by zod and answers every broken rule at once, each with pointer and code. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const place = places[(httpPart ?? 'body') as keyof typeof places]
  return (data) => parsed(schema, place, data)
}

type Parsed = { readonly value: unknown } | { readonly error: ApiError }

/** What was sent, as its schema has it, or everything that is wrong with it. */
export function parsed(schema: z.ZodType, place: FieldError['in'], data: unknown): Parsed {
  const result = schema.safeParse(data, { reportInput: true })
  if (result.success) return { value: result.data }
  return { error: new ApiError('REQUEST_INVALID', {}, fieldErrors(result.error.issues, place)) }
}

/**
 * Refuses parameters that have no say in what is asked, which would be answered as if they had.
 *
 * @throws ApiError REQUEST_INVALID
 */
export function refuseUnheard(
  query: Readonly<Record<string, unknown>>,
  names: readonly string[],
): void {
  const unheard = names.filter((name) => query[name] !== undefined)
  if (unheard.length === 0) return
  const fields = unheard.map((name) => error('query', [name], 'FIELD_UNKNOWN', {}))
  throw new ApiError('REQUEST_INVALID', {}, fields)
}

/** The issues of zod as fields with codes of ours. */
export function fieldErrors(
  issues: readonly z.core.$ZodIssue[],
  place: FieldError['in'],
): readonly FieldError[] {
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => error(place, [...issue.path, key], 'FIELD_UNKNOWN', {}))
    }
    if (issue.code === 'invalid_union') {
      const branch = closestBranch(issue.errors)
      const inner = branch.map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
      if (inner.length > 0) return fieldErrors(inner, place)
    }
    const { code, facts } = isRepeated(issue, place) ? repeated : coded(issue)
    return [error(place, issue.path, code, facts)]
  })
}

/** Of the ways in which a value could have been sent, the one that it comes closest to. */
function closestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] {
  const ofType = branches.find(
    (issues) => !issues.some(({ code, path }) => code === 'invalid_type' && path.length === 0),
  )
  return ofType ?? []
}

function error(
  place: FieldError['in'],
  path: readonly PropertyKey[],
  code: MessageCode,
  facts: RejectionFacts,
): FieldError {
  const pointer = path.map((key) => `/${escapePointer(String(key))}`).join('')
  const field = path.map(String).join('.')
  return { in: place, pointer, code, facts: { field, ...facts } }
}

const repeated: CodedParams = { code: 'FIELD_REPEATED', facts: {} }

/** What stands twice in a query comes as a list; where one may be sent, no rule finds fault with a list itself. */
function isRepeated({ code, input }: z.core.$ZodIssue, place: FieldError['in']): boolean {
  const isOfOne = code === 'invalid_type' || code === 'invalid_value'
  return place === 'query' && isOfOne && Array.isArray(input)
}

function coded(issue: z.core.$ZodIssue): CodedParams {
  if (issue.input === undefined && issue.code !== 'custom') {
    return { code: 'FIELD_REQUIRED', facts: {} }
  }
  switch (issue.code) {
    case 'custom':
      return isCoded(issue.params) ? issue.params : { code: 'FIELD_INVALID', facts: {} }
    case 'invalid_type':
      return wrongType(issue)
    case 'too_small':
      return { code: tooSmall(issue.origin), facts: { limit: Number(issue.minimum) } }
    case 'too_big':
      return { code: tooBig(issue.origin), facts: { limit: Number(issue.maximum) } }
    case 'invalid_value':
      return { code: 'VALUE_NOT_ALLOWED', facts: { allowed: issue.values.map(String).join(', ') } }
    case 'invalid_format':
      return { code: wrongFormat(issue.format), facts: {} }
    case 'invalid_union':
    case 'invalid_key':
    case 'invalid_element':
    case 'not_multiple_of':
    case 'unrecognized_keys':
      return { code: 'FIELD_INVALID', facts: {} }
    default:
      return unreachable(issue)
  }
}

function wrongType(issue: z.core.$ZodIssueInvalidType): CodedParams {
  const numeric = issue.expected === 'number' || issue.expected === 'int'
  // 30.0 and 3e1 are whole numbers to some, but a count is written as one.
  if (numeric && (issue.input instanceof JsonNumber || typeof issue.input === 'number')) {
    return { code: 'NUMBER_NOT_WHOLE', facts: {} }
  }
  return { code: 'TYPE_WRONG', facts: { expected: typeNames[issue.expected] ?? issue.expected } }
}

const typeNames: Readonly<Record<string, string>> = { int: 'number', record: 'object' }

function tooSmall(origin: string): MessageCode {
  if (origin === 'string') return 'TEXT_TOO_SHORT'
  return origin === 'array' ? 'LIST_TOO_SHORT' : 'NUMBER_TOO_SMALL'
}

function tooBig(origin: string): MessageCode {
  if (origin === 'string') return 'TEXT_TOO_LONG'
  return origin === 'array' ? 'LIST_TOO_LONG' : 'NUMBER_TOO_LARGE'
}

function wrongFormat(format: string): MessageCode {
  if (format === 'date') return 'DATE_INVALID'
  if (format === 'datetime') return 'INSTANT_INVALID'
  return format === 'email' ? 'EMAIL_INVALID' : 'FIELD_INVALID'
}

function isCoded(params: unknown): params is CodedParams {
  return typeof params === 'object' && params !== null && 'code' in params && 'facts' in params
}

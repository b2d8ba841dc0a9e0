import type { RejectionFacts } from '#domain/rejection.ts'
import type { FieldError } from './errors.ts'
import { escapePointer } from './json-body.ts'

/** A request as its schemas parsed it; a part is undefined where it was not parsed, or has none. */
export interface AskedParts {
  readonly params?: unknown
  readonly query?: unknown
  readonly body?: unknown
}

/** Where a field stands, and its name there, with dots. */
interface FieldPlace {
  readonly in: FieldError['in']
  readonly pointer: string
  readonly field: string
}

/**
 * Where a caller finds a field that the domain names: in the address, where that is what the domain
 * calls otherwise (`:id` for its `customerId`), or in a list of the body (`customerIds` for one of
 * them). In the body when it is nowhere, since then it is missing there.
 *
 * @param field with dots: `lines.3.quantity`
 */
export function fieldAsked(field: string, facts: RejectionFacts, asked: AskedParts): FieldPlace {
  const { params, query, body } = asked
  const [name = ''] = field.split('.', 1)
  const isMeant = (value: unknown): boolean => facts[name] === value
  if (valueOf(body, name) !== undefined) return placed('body', field)
  if (valueOf(query, name) !== undefined) return placed('query', field)
  const list = valueOf(body, `${name}s`)
  const index = Array.isArray(list) ? list.findIndex(isMeant) : -1
  if (index >= 0) return placed('body', `${name}s.${index}`)
  const param = entriesOf(params).find(([key, value]) => key === name || isMeant(value))
  return param === undefined ? placed('body', field) : placed('path', param[0])
}

function placed(place: FieldError['in'], field: string): FieldPlace {
  const parts = field.split('.').map((part) => `/${escapePointer(part)}`)
  return { in: place, pointer: parts.join(''), field }
}

function valueOf(part: unknown, name: string): unknown {
  return entriesOf(part).find(([key]) => key === name)?.[1]
}

function entriesOf(part: unknown): readonly (readonly [string, unknown])[] {
  return typeof part === 'object' && part !== null ? Object.entries(part) : []
}

import { ApiError } from './errors.ts'

/**
 * A JSON number whose text is not what JavaScript prints for its value: `5e5`, `500000.00`, or more
 * digits than a double holds. Every other number stays a plain number, whose text can be had back
 * exactly. So money and quantities can be read from the digits that were sent.
 */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The digits of a JSON number as they stood in the request; undefined when the value is no number. */
export function numberText(value: unknown): string | undefined {
  if (value instanceof JsonNumber) return value.text
  return typeof value === 'number' ? String(value) : undefined
}

/**
 * Parses the body of a request.
 *
 * @throws ApiError BODY_NOT_JSON, BODY_TOO_DEEP or BODY_KEY_FORBIDDEN.
 */
export function parseJsonBody(body: Buffer, maxDepth: number): unknown {
  const text = decodeUtf8(body)
  if (text.trim() === '') return undefined
  checkDepth(text, maxDepth)
  try {
    return NEEDS_REVIVING.test(text) ? JSON.parse(text, revive) : JSON.parse(text)
  } catch (cause) {
    if (cause instanceof ApiError) throw cause
    const position = /position (\d+)/.exec(String(cause))?.[1]
    throw new ApiError('BODY_NOT_JSON', { position: position ?? text.length })
  }
}

/** A number, or what may be a key that is refused, written in whatever way: a reviver costs as much as the rest. */
const NEEDS_REVIVING = /(?:^|[:[,])\s*-?\d|__proto__|\\u/

function revive(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  // Such keys reach prototypes as soon as somebody copies an object carelessly.
  if (key === '__proto__') throw new ApiError('BODY_KEY_FORBIDDEN', { key })
  if (typeof value !== 'number' || context?.source === undefined) return value
  return String(value) === context.source ? value : new JsonNumber(context.source)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decodeUtf8(body: Buffer): string {
  try {
    return utf8.decode(body)
  } catch {
    throw new ApiError('BODY_NOT_JSON', { position: 0 })
  }
}

/** Looked at before parsing, because JSON.parse with a reviver recurses and a deep body would end it. */
function checkDepth(text: string, maxDepth: number): void {
  let depth = 0
  let inString = false
  for (let i = 0; i < text.length; i++) {
    const character = text[i]
    if (inString) {
      if (character === '\\') i++
      else if (character === '"') inString = false
    } else if (character === '"') inString = true
    else if (character === '[' || character === '{') {
      if (++depth > maxDepth) throw new ApiError('BODY_TOO_DEEP', { limit: maxDepth })
    } else if (character === ']' || character === '}') depth--
  }
}

/**
 * The JSON Pointer of the first text that PostgreSQL cannot hold (a NUL, or half of a surrogate pair);
 * undefined when all is well.
 */
export function findUnstorableText(value: unknown, pointer = ''): string | undefined {
  if (typeof value === 'string') {
    return value.includes('\0') || !value.isWellFormed() ? pointer : undefined
  }
  if (typeof value !== 'object' || value === null || value instanceof JsonNumber) return undefined
  if (isStorable(value)) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const at = `${pointer}/${escapePointer(key)}`
    if (findUnstorableText(key) !== undefined) return at
    const found = findUnstorableText(inner, at)
    if (found !== undefined) return found
  }
  return undefined
}

/** As `findUnstorableText`, without making pointers to what is well. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed()
  if (typeof value !== 'object' || value === null || value instanceof JsonNumber) return true
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorable(inner))
}

/** RFC 6901. */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

import fc from 'fast-check'
import type { TestCaller } from '#test/support/server.ts'

/** Text that is sent as it is: JSON that JavaScript cannot hold, or what is not rightly encoded. */
export class Raw {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  [fc.toStringMethod](): string {
    return `Raw(${this.text.length > 200 ? `${this.text.slice(0, 200)}…` : this.text})`
  }
}

/**
 * A request before it is sent. Texts may hold names of what the organisation has when it is sent:
 * see `named`.
 */
export interface FuzzRequest {
  readonly method: string
  /** Segments, without the slashes. */
  readonly path: readonly (string | Raw)[]
  readonly query: readonly (readonly [name: string, value: string | Raw])[]
  readonly headers: Readonly<Record<string, string>>
  /** JSON with Raw in it; a Buffer or a Raw is the body itself. */
  readonly body: unknown
  readonly caller: TestCaller | undefined
  /** Whether the path is still one of its operation. */
  readonly isAddressed: boolean
}

/** What says that a body is JSON. */
export function withContent(body: unknown): Record<string, string> {
  return body === undefined ? {} : { 'content-type': 'application/json' }
}

/** A request as it goes over the wire. */
export interface Wire {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | undefined
}

const NAME = /@\{(own|foreign) ([^ }]+) (\d+)\}|@\{mark\}/g

/** The name of a thing of the caller's organisation, or of another one: the newest is number 0. */
export function named(whose: 'own' | 'foreign', kind: string, number: number): string {
  return `@{${whose} ${kind} ${number}}`
}

/** The name of a text that only the caller's organisation writes. */
export const MARK = '@{mark}'

/** Says what is meant by a name. */
export interface Meanings {
  thing(whose: string, kind: string, number: number): string
  readonly mark: string
}

export function wireOf(request: FuzzRequest, meanings: Meanings): Wire {
  const told = (text: string): string =>
    text.replaceAll(NAME, (_all, whose?: string, kind = '', number = '0') =>
      whose === undefined ? meanings.mark : meanings.thing(whose, String(kind), Number(number)),
    )
  const encoded = (text: string | Raw): string =>
    text instanceof Raw ? text.text : encodeURIComponent(told(text).toWellFormed())
  const path = request.path.map(encoded).join('/')
  const query = request.query.map(([name, value]) => `${encoded(name)}=${encoded(value)}`).join('&')
  const headers = Object.entries(request.headers).map(([name, value]) => [name, told(value)])
  return {
    method: request.method,
    url: `/${path}${query === '' ? '' : `?${query}`}`,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: bytesOf(request.body, told),
  }
}

/** A path within a body: what names mean needs no encoding. */
export function bodyPath(path: FuzzRequest['path']): string {
  const encoded = (text: string): string => {
    const name = text.match(NAME)
    return name?.[0] === text ? text : encodeURIComponent(text.toWellFormed())
  }
  return path.map((one) => `/${one instanceof Raw ? one.text : encoded(one)}`).join('')
}

function bytesOf(body: unknown, told: (text: string) => string): Buffer | undefined {
  if (body === undefined || body instanceof Buffer) return body
  return Buffer.from(told(body instanceof Raw ? body.text : jsonText(body)))
}

/** JSON, of a tree with Raw in it. */
export function jsonText(value: unknown): string {
  if (value instanceof Raw) return value.text
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([name, inner]) => `${JSON.stringify(name)}:${jsonText(inner)}`)
  return `{${fields.join(',')}}`
}

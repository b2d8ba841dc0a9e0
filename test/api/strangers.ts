import { encodeCursor } from '#projections/page.ts'
import type { ApiAnswer } from '#test/support/api.ts'
import type { Names } from './a-business.ts'

/** Each name of an organisation beside one as long that nobody has. */
export type Pairs = readonly (readonly [theirs: string, nobodys: string])[]

const UUIDS = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g

/** The names in a text of an organisation: every UUID in it is one. */
export function pairsOf(text: string, { mark, actor, entry, phone }: Names): Pairs {
  const ids = [...new Set(text.match(UUIDS) ?? [])].map((id) => [id, nobodysId(id)] as const)
  const nines = '9'.repeat(entry.length)
  return [
    ...ids,
    [mark, after(mark)],
    // Of another country: its plus is written in several ways.
    [phone.slice(1), `1${phone.slice(2)}`],
    [`actor=${actor}`, `actor=${after(actor)}`],
    [`"actor":"${actor}"`, `"actor":"${after(actor)}"`],
    // Streams that are named by their organisation alone.
    ['-main.', `-${after('main')}.`],
    [`/entries/${entry}`, `/entries/${nines}`],
    [`entry ${entry}.`, `entry ${nines}.`],
  ]
}

/** The name after it, with nothing between the two in any order. */
function after(name: string): string {
  return name.slice(0, -1) + String.fromCharCode(name.charCodeAt(name.length - 1) + 1)
}

/** The version and the variant stay, so that it is a UUID of the same kind. */
function nobodysId(id: string): string {
  return id.slice(0, 24) + id.slice(24).split('').toReversed().join('')
}

export function replaced(text: string, pairs: Pairs): string {
  return pairs.reduce((changed, [theirs, nobodys]) => changed.replaceAll(theirs, nobodys), text)
}

/** A cursor that says of nobody's rows what this one says of theirs. */
export function nobodysCursor(cursor: string, pairs: Pairs): string {
  const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  return encodeCursor((values as string[]).map((value) => replaced(value, pairs)))
}

const UNLIKE = ['date', 'x-request-id', 'content-length']

/** An answer as text, status and headers first, without what is of its own moment. */
export function told({ status, headers, body }: ApiAnswer): string {
  const kept = Object.entries(headers).filter(([name]) => !UNLIKE.includes(name))
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return `${status} ${JSON.stringify(kept)}\n${text}`
    .replaceAll(/"requestId":"[^"]*"/g, '"requestId":"…"')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'INSTANT')
    .replaceAll(/[0-9a-f]{64}/g, 'HASH')
}

/** As `told`, without how much of the common log was known. */
export function toldAtAnyPlace(answer: ApiAnswer): string {
  return told(answer).replaceAll(/"ordinal":\d+,"position":"[\d:]*"/g, '"place"')
}

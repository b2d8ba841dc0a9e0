import { Rejection } from '#domain/rejection.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { decodeCursor, encodeCursor, type Page } from '#projections/page.ts'
import { charactersOf, PAGE_CHARACTERS } from './fitting-events.ts'

export interface StreamPage {
  readonly direction: 'forwards' | 'backwards'
  readonly limit: number
  /** Where it begins; undefined: at the stream's own beginning or end. */
  readonly from: number | undefined
}

const MAX_REVISION = 2 ** 31 - 1

/** A page of one stream as the log itself has it, less where events are large; empty when there is no such stream. */
export async function readStreamPage(
  log: Pick<EventStore, 'readStream'>,
  stream: string,
  { direction, limit, from }: StreamPage,
): Promise<Page<StoredEvent>> {
  const wanted = { direction, maxCount: limit + 1, ...(from === undefined ? {} : { from }) }
  const items: StoredEvent[] = []
  let characters = 0
  for await (const page of log.readStream(stream, wanted)) {
    for (const event of page) {
      characters += charactersOf(event)
      const isFull = items.length === limit || (items.length > 0 && characters > PAGE_CHARACTERS)
      if (isFull) return { items, next: encodeCursor([String(event.revision)]) }
      items.push(event)
    }
  }
  return { items, next: undefined }
}

/** Where a cursor goes on; undefined for the first page. @throws Rejection CURSOR_INVALID */
export function revisionOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  const revision = Number(decodeCursor(cursor, ['number'])[0])
  if (revision >= 0 && revision <= MAX_REVISION) return revision
  throw new Rejection('CURSOR_INVALID', {}, 'cursor')
}

import { Rejection } from '#domain/rejection.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import { decodeCursor, pageOf } from '#projections/page.ts'

export interface StreamPage {
  readonly direction: 'forwards' | 'backwards'
  readonly limit: number
  /** Where it begins; undefined: at the stream's own beginning or end. */
  readonly from: number | undefined
}

const MAX_REVISION = 2 ** 31 - 1

/** A page of one stream as the log itself has it; empty when there is no such stream. */
export async function readStreamPage(
  log: Pick<EventStore, 'readStream'>,
  stream: string,
  { direction, limit, from }: StreamPage,
): Promise<{ readonly items: readonly StoredEvent[]; readonly next: string | undefined }> {
  const wanted = { direction, maxCount: limit + 1, ...(from === undefined ? {} : { from }) }
  const found = await collect(log.readStream(stream, wanted))
  const step = direction === 'forwards' ? 1 : -1
  return pageOf(found, limit, ({ revision }) => [String(revision + step)])
}

/** Where a cursor goes on; undefined for the first page. @throws Rejection CURSOR_INVALID */
export function revisionOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  const revision = Number(decodeCursor(cursor, ['number'])[0])
  if (revision >= 0 && revision <= MAX_REVISION) return revision
  throw new Rejection('CURSOR_INVALID', {}, 'cursor')
}

async function collect(
  pages: AsyncIterable<readonly StoredEvent[]>,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const page of pages) events.push(...page)
  return events
}

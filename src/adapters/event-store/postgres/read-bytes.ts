import type { EventReference, StoredBytes } from '#log/event-store.ts'
import { type Run, reading } from './reading.ts'

/** The event's columns, which are text in UTF-8 as it was written. */
export async function readBytes(
  run: Run,
  { stream, revision }: EventReference,
): Promise<StoredBytes | undefined> {
  const text = 'select data, metadata from log.events where stream = $1 and revision = $2'
  const [row] = await run(reading('bytes', text, [stream, revision]))
  return row && { data: Buffer.from(row[0] ?? ''), metadata: Buffer.from(row[1] ?? '') }
}

import { MAX_APPEND_BYTES } from '#log/check-append.ts'
import type { NewEvent } from '#log/event-store.ts'

/** Events that leave in one append, at most: a larger one can outrun EventStoreDB's live subscribers. */
const MAX_APPEND_EVENTS = 500

export interface Encoded {
  readonly encoded: Promise<readonly NewEvent[]>
}

export interface Group {
  /** How many of the first commands it takes. */
  readonly count: number
  readonly events: readonly NewEvent[]
  /** Why the command after these could not be encoded. */
  readonly failure: { readonly error: unknown } | undefined
}

/** The first commands whose events fit into one append: at least one, whatever its size, at most `most`. */
export async function fitting(decided: readonly Encoded[], most: number): Promise<Group> {
  // What comes in the same moment goes too.
  await decided[0]?.encoded.catch(() => {})
  const candidates = decided.slice(0, most)
  const events: NewEvent[] = []
  let bytes = 0
  for (const [count, { encoded }] of candidates.entries()) {
    let more: readonly NewEvent[]
    try {
      more = await encoded
    } catch (error) {
      return { count, events, failure: { error } }
    }
    // One alone is measured by the store.
    if (candidates.length > 1) bytes += bytesOf(more)
    const tooMuch = bytes > MAX_APPEND_BYTES || events.length + more.length > MAX_APPEND_EVENTS
    if (tooMuch && count > 0) return { count, events, failure: undefined }
    events.push(...more)
  }
  return { count: candidates.length, events, failure: undefined }
}

function bytesOf(events: readonly NewEvent[]): number {
  return events.reduce((sum, { data }) => sum + Buffer.byteLength(JSON.stringify(data)), 0)
}

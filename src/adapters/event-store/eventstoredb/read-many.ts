import type { EventReference, StoredEvent } from '#log/event-store.ts'
import type { StreamPage } from './reads.ts'
import { type ReadEvent, toStoredEvent } from './stored-event.ts'

/** Revisions of a stream this close are fetched in one read. */
const NEIGHBOURS = 16
const LONGEST_READ = 500
const READS_AT_ONCE = 16

interface Range {
  readonly stream: string
  readonly first: number
  last: number
}

/** Neighbouring revisions of a stream joined, so that few reads fetch them. */
function rangesOf(references: readonly EventReference[]): Range[] {
  const ranges: Range[] = []
  const inOrder = references.toSorted(
    (a, b) => (a.stream < b.stream ? -1 : Number(a.stream > b.stream)) || a.revision - b.revision,
  )
  for (const { stream, revision } of inOrder) {
    const range = ranges.at(-1)
    const isNear =
      range?.stream === stream &&
      revision - range.last <= NEIGHBOURS &&
      revision - range.first < LONGEST_READ
    if (range && isNear) range.last = revision
    else ranges.push({ stream, first: revision, last: revision })
  }
  return ranges
}

const keyOf = ({ stream, revision }: EventReference): string => `${revision}@${stream}`

/** The named events in the order asked; what is not there is left out. */
export async function readMany(
  references: readonly EventReference[],
  readPage: (page: StreamPage) => Promise<readonly ReadEvent[]>,
): Promise<readonly StoredEvent[]> {
  const found = new Map<string, StoredEvent>()
  const ranges = rangesOf(references).values()
  const readRanges = async (): Promise<void> => {
    for (const { stream, first, last } of ranges) {
      const count = last - first + 1
      const events = await readPage({ stream, from: first, direction: 'forwards', count })
      for (const event of events.map(toStoredEvent)) found.set(keyOf(event), event)
    }
  }
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readRanges))
  return references.flatMap((reference) => found.get(keyOf(reference)) ?? [])
}

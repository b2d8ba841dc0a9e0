import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { from as copyFrom } from 'pg-copy-streams'
import type { Database } from '#adapters/database/database.ts'
import type { EventCodec } from '#log/codec.ts'
import type { EventMetadata, NewEvent } from '#log/event-store.ts'
import { type InventedEvent, inventedId, inventedYear, ORGANISATION } from './invented-year.ts'

const PAGE = 2000

/** An event as a log that was written from its beginning would hold it. */
export interface SyntheticEvent extends NewEvent {
  readonly stream: string
  readonly revision: number
}

/** The first events of a source, else of the invented year, in pages, checked and encrypted by Daybook's own codec. */
export async function* syntheticLog(
  codec: EventCodec,
  count: number,
  year: Generator<InventedEvent> = inventedYear(count),
): AsyncGenerator<readonly SyntheticEvent[]> {
  const revisions = new Map<string, number>()
  for (let done = 0; done < count; done += PAGE) {
    const page: InventedEvent[] = []
    while (page.length < Math.min(PAGE, count - done)) {
      const { value, done: isOver } = year.next()
      if (!isOver) page.push(value)
    }
    const drafts = page.map((invented, i) => ({
      id: inventedId(255, done + i + 1),
      event: invented.event,
      metadata: metadataOf(invented),
    }))
    const encoded = await codec.encode(drafts)
    yield encoded.map((event, i) => {
      const { stream } = page[i] as InventedEvent
      const revision = (revisions.get(stream) ?? -1) + 1
      revisions.set(stream, revision)
      return { ...event, stream, revision }
    })
  }
}

/** What `draft` of the command handler writes beside an event. */
function metadataOf({ commandId, day, event }: InventedEvent): EventMetadata {
  return {
    organisation: ORGANISATION,
    actor: 'bench',
    recordedAt: `${day}T12:00:00.000Z`,
    ...('occurredOn' in event.data && { occurredOn: day }),
    commandId,
    $correlationId: commandId,
  }
}

/** Writes so many events straight into an empty log. Positions are dense, as the log's own function gives them. */
export async function fillLog(
  database: Database,
  codec: EventCodec,
  count: number,
  source?: Generator<InventedEvent>,
): Promise<void> {
  const client = await database.connect('engine')
  try {
    const copy = client.query(
      copyFrom('copy log.events (position, stream, revision, id, type, data, metadata) from stdin'),
    )
    await pipeline(Readable.from(copyText(syntheticLog(codec, count, source))), copy)
  } finally {
    await client.end()
  }
}

async function* copyText(
  pages: AsyncIterable<readonly SyntheticEvent[]>,
): AsyncGenerator<string, void> {
  let position = 0
  for await (const page of pages) {
    let text = ''
    for (const { stream, revision, id, type, data, metadata } of page) {
      position += 1
      text += `${position}\t${stream}\t${revision}\t${id}\t${type}\t${json(data)}\t${json(metadata)}\n`
    }
    yield text
  }
}

/** JSON has no tab and no end of line of its own. */
function json(value: object): string {
  return JSON.stringify(value).replaceAll('\\', '\\\\')
}

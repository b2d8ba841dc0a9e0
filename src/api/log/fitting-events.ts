import type { IndexedEvent } from '#projections/log/event-queries.ts'
import { encodeCursor, type Page } from '#projections/page.ts'
import { type EventOut, type EventSource, eventsOfIndex } from './event-view.ts'

/** Characters of data that a page of events should hold at most; one event is shown whatever it holds. */
export const PAGE_CHARACTERS = 8 * 1024 * 1024
/** Of pages of events, for who asks for them. */
export const LARGE_EVENTS = `A page holds less than \`limit\` where its events hold more than
${PAGE_CHARACTERS.toLocaleString('en')} characters of data together: go by \`nextCursor\`.`
/** Events read at once: each may be as large as an append. */
const READ_AT_ONCE = 100

/** What the index found, read in parts, so that many large events never stand in memory together. */
export async function* eventsInParts(
  source: EventSource,
  found: readonly IndexedEvent[],
): AsyncGenerator<readonly EventOut[]> {
  for (let i = 0; i < found.length; i += READ_AT_ONCE) {
    yield await eventsOfIndex(source, found.slice(i, i + READ_AT_ONCE))
  }
}

/** As many of a page's events as fit into an answer; the next page begins with the first that does not. */
export async function fittingEvents(
  source: EventSource,
  page: Page<IndexedEvent>,
): Promise<Page<EventOut>> {
  const items: EventOut[] = []
  let characters = 0
  for await (const part of eventsInParts(source, page.items)) {
    for (const event of part) {
      characters += charactersOf(event)
      const last = items.at(-1)
      if (last !== undefined && characters > PAGE_CHARACTERS) {
        return { items, next: encodeCursor([last.ordinal ?? '']) }
      }
      items.push(event)
    }
  }
  return { items, next: page.next }
}

/** As JSON text. */
export const charactersOf = ({ data }: { readonly data: unknown }): number =>
  JSON.stringify(data).length

import { accessEvents } from '#domain/access/access-record.ts'
import { eventCatalogue } from '#domain/events.ts'

/** The types of an organisation's books: all but those of its record of access, which is counted apart. */
export const indexedTypes: readonly string[] = Object.keys(eventCatalogue).filter(
  (type) => !(type in accessEvents),
)

/**
 * Streams are `category-organisation.id`. The organisation stands in the name, so that an id of one
 * organisation leads nowhere in another: isolation needs no check that could be forgotten.
 */

/** Lower-case letters, digits and inner hyphens, at most 63 characters. */
export const ORGANISATION_ID = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

export function streamName(category: string, organisation: string, id: string): string {
  return `${category}-${organisation}.${id}`
}

export interface StreamNameParts {
  readonly category: string
  readonly organisation: string
  readonly id: string
}

/** The parts of a stream's name; undefined when it is not one of Daybook's. */
export function parseStreamName(stream: string): StreamNameParts | undefined {
  const hyphen = stream.indexOf('-')
  const dot = stream.indexOf('.', hyphen)
  if (hyphen < 1 || dot < 0) return undefined
  return {
    category: stream.slice(0, hyphen),
    organisation: stream.slice(hyphen + 1, dot),
    id: stream.slice(dot + 1),
  }
}

import { InvalidAppend } from './errors.ts'
import type { NewEvent } from './event-store.ts'

/** One append holds at most this many bytes of event data, on either store. */
export const MAX_APPEND_BYTES = 1024 * 1024

const STREAM_NAME = /^[a-z][A-Za-z0-9]*-[\x21-\x7e]{1,200}$/
const EVENT_TYPE = /^[A-Z][A-Za-z0-9]{0,99}$/
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const NIL = '00000000-0000-0000-0000-000000000000'

/** Whether a stream of this name could be in the log. */
export const isStreamName = (stream: string): boolean => STREAM_NAME.test(stream)

/**
 * Refuses what a store would refuse late or badly: a bad id or an empty type kills EventStoreDB's
 * client. Answers each event's data as JSON text, so that an adapter need not write it twice.
 *
 * @throws InvalidAppend naming the rule.
 */
export function checkAppend(stream: string, events: readonly NewEvent[]): readonly string[] {
  if (!isStreamName(stream)) {
    throw new InvalidAppend(
      'STREAM_NAME_INVALID',
      `Stream name must be category-id in printable ASCII, at most 200 characters after the hyphen: ${JSON.stringify(stream)}`,
    )
  }
  if (events.length === 0) throw new InvalidAppend('APPEND_EMPTY', 'An append needs an event')
  let bytes = 0
  const texts = events.map((event) => {
    if (!UUID.test(event.id) || event.id === NIL) {
      throw new InvalidAppend(
        'EVENT_ID_INVALID',
        `Event id must be a UUID in lower case: ${event.id}`,
      )
    }
    if (!EVENT_TYPE.test(event.type)) {
      throw new InvalidAppend(
        'EVENT_TYPE_INVALID',
        `Event type must be letters and digits beginning with a capital: ${JSON.stringify(event.type)}`,
      )
    }
    const text = JSON.stringify(event.data)
    bytes += Buffer.byteLength(text)
    return text
  })
  if (bytes > MAX_APPEND_BYTES) {
    throw new InvalidAppend(
      'APPEND_TOO_LARGE',
      `The append holds ${bytes} bytes of data; at most ${MAX_APPEND_BYTES} are allowed`,
    )
  }
  return texts
}

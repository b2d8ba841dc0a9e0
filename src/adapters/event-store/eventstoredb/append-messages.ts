import { AccessDeniedError } from '@eventstore/db-client'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import type statuses from '@eventstore/db-client/generated/status_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js'
import { InvalidAppend, WrongExpectedRevision } from '#log/errors.ts'
import type { Appended, ExpectedRevision, NewEvent } from '#log/event-store.ts'
import { streamDamaged } from './errors.ts'
import { NoVerdict } from './failures.ts'
import { toPosition } from './position.ts'

export interface Append {
  readonly stream: string
  readonly events: readonly NewEvent[]
  /** Each event's data as JSON text. */
  readonly texts: readonly string[]
  readonly expected: ExpectedRevision
}

/** A server breaks the connection at messages of 16 MiB; longer appends go in pieces. */
const MESSAGE_BYTES = 2 * 1024 * 1024
/** Bytes that an event takes beside its data and metadata, roughly. */
const EVENT_OVERHEAD = 200
/** The server ends a slow write itself; this instant must only not be past, whatever its clock says. */
const SERVER_DEADLINE_MS = 3_600_000

const utf8 = new TextEncoder()

function proposedMessage(event: NewEvent, text: string): streams.BatchAppendReq.ProposedMessage {
  const message = new streams.BatchAppendReq.ProposedMessage()
  message.setId(new shared.UUID().setString(event.id))
  message.getMetadataMap().set('type', event.type).set('content-type', 'application/json')
  message.setData(utf8.encode(text))
  return message.setCustomMetadata(utf8.encode(JSON.stringify(event.metadata)))
}

function options({ stream, expected }: Append): streams.BatchAppendReq.Options {
  const options = new streams.BatchAppendReq.Options()
  options.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(utf8.encode(stream)))
  const deadline = new Date(Date.now() + SERVER_DEADLINE_MS)
  options.setDeadline(timestamps.Timestamp.fromDate(deadline))
  if (expected === 'no_stream') options.setNoStream(new shared.Empty())
  else options.setStreamPosition(String(expected))
  return options
}

/** One append as messages: almost always one. The server writes when the final one has come. */
export function appendRequests(correlation: string, append: Append): streams.BatchAppendReq[] {
  const request = () =>
    new streams.BatchAppendReq().setCorrelationId(new shared.UUID().setString(correlation))
  let current = request().setOptions(options(append))
  const requests = [current]
  let bytes = 0
  for (const [i, event] of append.events.entries()) {
    const message = proposedMessage(event, append.texts[i] ?? '')
    const size =
      message.getData_asU8().length + message.getCustomMetadata_asU8().length + EVENT_OVERHEAD
    if (bytes > 0 && bytes + size > MESSAGE_BYTES) {
      current = request()
      requests.push(current)
      bytes = 0
    }
    bytes += size
    current.addProposedMessages(message)
  }
  current.setIsFinal(true)
  return requests
}

/** The id that an answer belongs to, in the form it was sent in. */
export function correlationOf(response: streams.BatchAppendResp): string {
  const uuid = response.getCorrelationId()
  const structured = uuid?.getStructured()
  if (!structured) return uuid?.getString() ?? ''
  const bytes = Buffer.alloc(16)
  bytes.writeBigInt64BE(BigInt(structured.getMostSignificantBits()), 0)
  bytes.writeBigInt64BE(BigInt(structured.getLeastSignificantBits()), 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function wrongRevision(packed: Uint8Array, { stream, expected }: Append): WrongExpectedRevision {
  const details = shared.WrongExpectedVersion.deserializeBinary(packed)
  const actual = details.hasCurrentStreamRevision()
    ? Number(details.getCurrentStreamRevision())
    : -1
  return new WrongExpectedRevision(stream, expected, actual)
}

/** What a refusal means. Whatever is not known to leave nothing written is no verdict. */
function refusal(status: statuses.Status | undefined, append: Append): Error {
  const details = status?.getDetails()
  switch (details?.getTypeName() ?? '') {
    case 'event_store.client.WrongExpectedVersion':
      return wrongRevision(details?.getValue_asU8() ?? new Uint8Array(), append)
    case 'event_store.client.MaximumAppendSizeExceeded':
      return new InvalidAppend('APPEND_TOO_LARGE', 'The append is larger than the server allows')
    case 'event_store.client.StreamDeleted':
      return streamDamaged(append.stream)
    case 'event_store.client.AccessDenied':
      return new AccessDeniedError()
    case 'event_store.client.BadRequest':
      return new Error(`EventStoreDB refused an append to ${append.stream} as malformed`)
    default:
      return new NoVerdict(status?.getMessage() ?? 'An answer without a result')
  }
}

/** @throws what the server refused the append for; LogDamaged when the stream is not what it was; or NoVerdict. */
export function appendedOf(response: streams.BatchAppendResp, append: Append): Appended {
  const success = response.getSuccess()
  if (!success) throw refusal(response.getError(), append)
  const position = success.getPosition()
  const revision = Number(success.getCurrentRevision())
  const before = append.expected === 'no_stream' ? -1 : append.expected
  // A repeated append has no position when its events are gone; a deleted stream goes on after its last revision.
  if (!position || revision !== before + append.events.length) throw streamDamaged(append.stream)
  return {
    revision,
    position: toPosition({
      commit: BigInt(position.getCommitPosition()),
      prepare: BigInt(position.getPreparePosition()),
    }),
  }
}

import shared from '@eventstore/db-client/generated/shared_pb.js'
import type {
  AppendReq,
  BatchAppendReq,
  DeleteReq,
  TombstoneReq,
} from '@eventstore/db-client/generated/streams_pb.js'
import type { Expected, ProposedEvent } from './events.ts'

/** Bytes of event data that one append may hold; metadata and types are free. */
export const MAX_APPEND_BYTES = 1024 * 1024
/** How long a write that cannot settle takes to time out, in milliseconds. */
export const WRITE_TIMEOUT_MS = 2000
/** "The end", as a revision or a position. */
export const END = '18446744073709551615'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export const streamOf = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8')

export function identifierOf(stream: string): shared.StreamIdentifier {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8'))
}

export const isRefusedName = (stream: string): boolean => stream === '' || stream === '$$'

/** Either form of an id, in lower case. */
export function uuidOf(uuid: shared.UUID | undefined): string {
  if (!uuid?.hasStructured()) return uuid?.getString().toLowerCase() ?? ''
  const bytes = Buffer.alloc(16)
  const structured = uuid.getStructured()
  bytes.writeBigInt64BE(BigInt(structured?.getMostSignificantBits() ?? 0), 0)
  bytes.writeBigInt64BE(BigInt(structured?.getLeastSignificantBits() ?? 0), 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

type WriteOptions =
  | AppendReq.Options
  | BatchAppendReq.Options
  | DeleteReq.Options
  | TombstoneReq.Options

export function expectedOf(options: WriteOptions, revision: string): Expected {
  if (options.hasAny()) return 'any'
  if (options.hasStreamExists()) return 'stream_exists'
  return options.hasNoStream() || revision === END ? 'no_stream' : Number(revision)
}

/** The proposed event; undefined when it is refused for its type or id. */
export function proposedOf(
  message: AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage,
): ProposedEvent | undefined {
  const described = message.getMetadataMap()
  const id = uuidOf(message.getId())
  const type = described.get('type')
  if (!type || !UUID.test(id) || /^[0-]*$/.test(id)) return undefined
  return {
    id,
    type,
    isJson: described.get('content-type') === 'application/json',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  }
}

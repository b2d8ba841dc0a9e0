import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import services from '@eventstore/db-client/generated/streams_grpc_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { EventReference, StoredBytes } from '#log/event-store.ts'

/**
 * What the server holds of one event, byte for byte: the client's own reads give what they parsed.
 * Undefined when no event stands there.
 */
export async function readBytes(
  client: EventStoreDBClient,
  reference: EventReference,
  timeoutMs: number,
): Promise<StoredBytes | undefined> {
  const request = readOne(reference)
  const open = client['GRPCStreamCreator'](services.StreamsClient, 'readStream', (grpc) =>
    grpc.read(request, ...client['callArguments']({ deadline: timeoutMs })),
  )
  const call = await open()
  const { promise, resolve, reject } = Promise.withResolvers<StoredBytes | undefined>()
  let found: StoredBytes | undefined
  call
    .on('data', (response: streams.ReadResp) => {
      found ??= bytesOf(response, reference)
    })
    .on('error', (error: Error) => reject(convertToCommandError(error)))
    .on('end', () => resolve(found))
  return promise
}

function readOne({ stream, revision }: EventReference): streams.ReadReq {
  const name = new shared.StreamIdentifier().setStreamName(new TextEncoder().encode(stream))
  const where = new streams.ReadReq.Options.StreamOptions()
    .setStreamIdentifier(name)
    .setRevision(String(revision))
  const options = new streams.ReadReq.Options()
    .setStream(where)
    .setReadDirection(streams.ReadReq.Options.ReadDirection.FORWARDS)
    .setCount('1')
    .setNoFilter(new shared.Empty())
    .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()))
  return new streams.ReadReq().setOptions(options)
}

function bytesOf(
  response: streams.ReadResp,
  { revision }: EventReference,
): StoredBytes | undefined {
  const event = response.getEvent()?.getEvent()
  if (event === undefined || Number(event.getStreamRevision()) !== revision) return undefined
  return { data: event.getData_asU8(), metadata: event.getCustomMetadata_asU8() }
}

import {
  convertToCommandError,
  type EventStoreDBClient,
  StreamDeletedError,
} from '@eventstore/db-client'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import services from '@eventstore/db-client/generated/streams_grpc_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { EventReference, StoredBytes } from '#log/event-store.ts'
import { streamDamaged } from './errors.ts'
import { Silence } from './failures.ts'

type RecordedEvent = streams.ReadResp.ReadEvent.RecordedEvent

/**
 * What the server holds of one event, byte for byte: the client's own reads give what they parsed.
 * Undefined when no event stands there.
 *
 * @throws LogDamaged when the event is gone.
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
  const { promise, resolve, reject } = Promise.withResolvers<RecordedEvent | undefined>()
  const timer = setTimeout(() => {
    reject(new Silence(`Nothing came of a read for ${timeoutMs} ms`))
  }, timeoutMs)
  const follow = (call: Awaited<ReturnType<typeof open>>): void => {
    let found: RecordedEvent | undefined
    call
      .on('data', (response: streams.ReadResp) => {
        found ??= response.getEvent()?.getEvent()
      })
      .on('error', (error: Error) => reject(convertToCommandError(error)))
      .on('end', () => resolve(found))
  }
  // To find a node takes time too.
  open().then(follow).catch(reject)
  try {
    const event = await promise
    return event && bytesOf(event, reference)
  } catch (error) {
    if (error instanceof StreamDeletedError) throw streamDamaged(reference.stream, { cause: error })
    throw error
  } finally {
    clearTimeout(timer)
  }
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

function bytesOf(event: RecordedEvent, { stream, revision }: EventReference): StoredBytes {
  // A stream that was truncated begins later.
  if (Number(event.getStreamRevision()) !== revision) throw streamDamaged(stream)
  return { data: event.getData_asU8(), metadata: event.getCustomMetadata_asU8() }
}

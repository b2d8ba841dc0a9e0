import { promisify } from 'node:util'
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import services from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { append } from './append.ts'
import { batchAppend } from './batch-append.ts'
import { softDelete, tombstone } from './delete.ts'
import { gate, type Users } from './gate.ts'
import { readGossip } from './gossip.ts'
import type { Membership } from './membership.ts'
import { read } from './read.ts'
import type { ReadMessage } from './read-output.ts'
import { getSupportedMethods } from './server-features.ts'
import type { Store } from './store.ts'

export interface ServeOptions {
  /** Default: any free one. */
  readonly port?: number
  /** Events a live subscriber may lag before it is dropped. */
  readonly liveBuffer?: number
  /** False leaves out BatchAppend. */
  readonly batch?: boolean
  /** Speaks TLS. */
  readonly tls?: { readonly key: Buffer; readonly certificate: Buffer }
  /** Lets nobody else read or write. */
  readonly users?: Users
}

export const HOST = '127.0.0.1'
/** The real node was seen to bear 200 small events at once, and to drop a reader of 500 now and then. */
const LIVE_BUFFER = 400
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

/** The service as generated, except that a read may also answer with ready bytes. */
const streamsService = {
  ...services.StreamsService,
  read: {
    ...services.StreamsService.read,
    responseSerialize: (message: ReadMessage) =>
      Buffer.isBuffer(message) ? message : Buffer.from(message.serializeBinary()),
  },
}

/** Answers over the protocol from a store, on loopback. */
export async function serve(
  store: Store,
  membership: Membership,
  options: ServeOptions,
): Promise<{ readonly port: number; readonly stop: () => void }> {
  const { port, tls, users, batch = true, liveBuffer = LIVE_BUFFER } = options
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    interceptors: [gate(membership, users)],
  })
  server.addService(streamsService, {
    read: read(store, liveBuffer),
    append: append(store),
    batchAppend: batchAppend(membership),
    delete: softDelete(store),
    tombstone: tombstone(store),
  })
  server.addService(gossipServices.GossipService, { read: readGossip(() => membership.members()) })
  server.addService(featureServices.ServerFeaturesService, {
    getSupportedMethods: getSupportedMethods(batch),
  })
  const credentials = tls
    ? ServerCredentials.createSsl(null, [{ private_key: tls.key, cert_chain: tls.certificate }])
    : ServerCredentials.createInsecure()
  const bind = promisify(server.bindAsync.bind(server))
  const bound = await bind(`${HOST}:${port ?? 0}`, credentials)
  return { port: bound, stop: () => server.forceShutdown() }
}

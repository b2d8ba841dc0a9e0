/**
 * An in-memory node that speaks EventStoreDB's gRPC protocol, so that the real client is exercised where no
 * server exists. It answers as EventStoreDB 23.10.8 does, its oddities included. Insecure, loopback only.
 */
import { promisify } from 'node:util'
import gossipServices from '@eventstore/db-client/generated/gossip_grpc_pb.js'
import featureServices from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js'
import services from '@eventstore/db-client/generated/streams_grpc_pb.js'
import { Server, ServerCredentials } from '@grpc/grpc-js'
import { append } from './append.ts'
import { batchAppend } from './batch-append.ts'
import { softDelete, tombstone } from './delete.ts'
import { readGossip } from './gossip.ts'
import { openJournal } from './journal.ts'
import { read } from './read.ts'
import type { ReadMessage } from './read-output.ts'
import { getSupportedMethods } from './server-features.ts'
import { Store } from './store.ts'

export interface NodeOptions {
  /** Default: any free one. */
  readonly port?: number
  /** Keeps the history there: it is read again at the next start. Default: memory only. */
  readonly file?: string
  /** Events a live subscriber may lag before it is dropped. */
  readonly liveBuffer?: number
  /** A repeat this soon after the first, in milliseconds, times out. 0: never. */
  readonly settleMs?: number
  /** False leaves out BatchAppend. */
  readonly batch?: boolean
}

export interface TestNode {
  readonly port: number
  readonly connectionString: string
  /** At once: calls in flight see their connection drop. */
  stop(): void
}

const HOST = '127.0.0.1'
/** The real node was seen to bear 200 small events at once, and to drop a reader of 500 now and then. */
const LIVE_BUFFER = 400
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024

/** All that a fresh insecure node holds. */
const FIRST_EVENT = '{"$maxAge":2592000,"$acl":{"$r":"$ops","$w":[],"$d":[],"$mr":[],"$mw":[]}}'

function seed(store: Store): void {
  if (store.all.length > 0) return
  store.append('$$$scavenges', 'any', [
    {
      id: crypto.randomUUID(),
      type: '$metadata',
      isJson: true,
      data: Buffer.from(FIRST_EVENT),
      metadata: Buffer.alloc(0),
    },
  ])
}

/** The service as generated, except that a read may also answer with ready bytes. */
const streamsService = {
  ...services.StreamsService,
  read: {
    ...services.StreamsService.read,
    responseSerialize: (message: ReadMessage) =>
      Buffer.isBuffer(message) ? message : Buffer.from(message.serializeBinary()),
  },
}

export async function startNode(options: NodeOptions = {}): Promise<TestNode> {
  const opened = options.file === undefined ? undefined : openJournal(options.file)
  const store = new Store({ settleMs: options.settleMs ?? 0, ...opened })
  seed(store)

  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
  })
  server.addService(streamsService, {
    read: read(store, options.liveBuffer ?? LIVE_BUFFER),
    append: append(store),
    batchAppend: batchAppend(store),
    delete: softDelete(store),
    tombstone: tombstone(store),
  })
  server.addService(gossipServices.GossipService, {
    read: readGossip(() => [{ host: HOST, port, isAlive: true, isLeader: true }]),
  })
  server.addService(featureServices.ServerFeaturesService, {
    getSupportedMethods: getSupportedMethods(options.batch ?? true),
  })
  const bind = promisify(server.bindAsync.bind(server))
  const port = await bind(`${HOST}:${options.port ?? 0}`, ServerCredentials.createInsecure())
  return {
    port,
    connectionString: `esdb://${HOST}:${port}?tls=false`,
    stop() {
      server.forceShutdown()
      opened?.journal.close()
    },
  }
}

import { randomUUID } from 'node:crypto'
import { convertToCommandError, type EventStoreDBClient } from '@eventstore/db-client'
import services from '@eventstore/db-client/generated/streams_grpc_pb.js'
import type streams from '@eventstore/db-client/generated/streams_pb.js'
import type { Appended } from '#log/event-store.ts'
import { type Append, appendedOf, appendRequests, correlationOf } from './append-messages.ts'
import { isDenied, NoVerdict, Silence } from './failures.ts'

interface Waiting {
  readonly resolve: (response: streams.BatchAppendResp) => void
  readonly reject: (failure: Error) => void
}

interface Connection {
  /** By correlation id. */
  readonly waiting: Map<string, Waiting>
  readonly call: Promise<{ write(request: streams.BatchAppendReq): unknown }>
}

function noVerdict(error: Error): Error {
  const failure = convertToCommandError(error)
  return isDenied(failure) ? failure : new NoVerdict(failure.message, { cause: failure })
}

/**
 * Many appends over one call of the protocol, opened through the client: its discovery, credentials and
 * reconnection. The client's own `appendToStream` does the same, but with a table of waiting appends that all
 * clients and calls of a process share: when one call breaks, the appends of the others are rejected too, and
 * the first answer to one of those throws where nobody can catch it. It also waits for ever without an answer.
 */
export class AppendStream {
  readonly #client: EventStoreDBClient
  #connection: Connection | undefined

  constructor(client: EventStoreDBClient) {
    this.#client = client
  }

  /**
   * Sends an append once.
   *
   * @throws WrongExpectedRevision, or what else the server refused it for; NoVerdict when the outcome is unknown.
   */
  async append(append: Append, timeoutMs: number): Promise<Appended> {
    this.#connection ??= this.#connect()
    const { waiting, call } = this.#connection
    const correlation = randomUUID()
    const { promise, resolve, reject } = Promise.withResolvers<streams.BatchAppendResp>()
    waiting.set(correlation, { resolve, reject })
    const timer = setTimeout(() => {
      reject(new Silence(`No answer to an append within ${timeoutMs} ms`))
    }, timeoutMs)
    call.then((opened) => this.#send(opened, waiting, correlation, append)).catch(reject)
    try {
      return appendedOf(await promise, append)
    } finally {
      clearTimeout(timer)
      waiting.delete(correlation)
    }
  }

  #connect(): Connection {
    const waiting: Connection['waiting'] = new Map()
    const lost = (error: Error): void => {
      if (this.#connection === connection) this.#connection = undefined
      const failure = noVerdict(error)
      for (const { reject } of waiting.values()) reject(failure)
      waiting.clear()
    }
    const open = this.#client['GRPCStreamCreator'](services.StreamsClient, 'batchAppend', (grpc) =>
      grpc
        // Of a follower it becomes an error that names the leader, which the client then goes to.
        .batchAppend(
          ...this.#client['callArguments']({ requiresLeader: true }, { deadline: Infinity }),
        )
        .on('data', (response: streams.BatchAppendResp) =>
          waiting.get(correlationOf(response))?.resolve(response),
        )
        .on('error', lost)
        .on('end', () => lost(new Error('The server ended the call that carries appends'))),
    )
    const connection: Connection = { waiting, call: open() }
    connection.call.catch(lost)
    return connection
  }

  #send(
    call: Awaited<Connection['call']>,
    waiting: Connection['waiting'],
    correlation: string,
    append: Append,
  ): void {
    if (!waiting.has(correlation)) return
    for (const request of appendRequests(correlation, append)) call.write(request)
  }
}

import { randomUUID } from 'node:crypto'
import shared from '@eventstore/db-client/generated/shared_pb.js'
import streams from '@eventstore/db-client/generated/streams_pb.js'
import type { ServerWritableStream } from '@grpc/grpc-js'
import { type Entry, LAST_REVISION } from './events.ts'
import { identifierOf } from './protocol.ts'
import type { Store } from './store.ts'

/** What a read sends: a message, or the bytes of one. */
export type ReadMessage = streams.ReadResp | Buffer
export type ReadCall = ServerWritableStream<streams.ReadReq, ReadMessage>

const LINK = /^(\d+)@(.*)$/s
const TICKS_PER_MILLISECOND = 10_000n

function recorded(entry: Entry): streams.ReadResp.ReadEvent.RecordedEvent {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent()
  event.setId(new shared.UUID().setString(entry.id))
  event.setStreamIdentifier(identifierOf(entry.stream))
  event.setStreamRevision(entry.isTombstone ? LAST_REVISION : String(entry.revision))
  event.setPreparePosition(String(entry.position))
  event.setCommitPosition(String(entry.position))
  const described = event.getMetadataMap()
  described.set('type', entry.type)
  described.set('created', String(BigInt(entry.createdAt) * TICKS_PER_MILLISECOND))
  described.set('content-type', entry.isJson ? 'application/json' : 'application/octet-stream')
  event.setCustomMetadata(entry.metadata)
  event.setData(entry.data)
  return event
}

/** The answering side of one read: encodes, and waits for a reader that does not keep up. */
export class ReadOutput {
  isClosed = false
  readonly #call: ReadCall
  readonly #store: Store
  readonly #encoded: WeakMap<Entry, Buffer>
  readonly #resolveLinks: boolean
  #wake: (() => void) | undefined

  /** @param encoded - the bytes of events sent before: they serve every later reader. */
  constructor(
    call: ReadCall,
    store: Store,
    encoded: WeakMap<Entry, Buffer>,
    resolveLinks: boolean,
  ) {
    this.#call = call
    this.#store = store
    this.#encoded = encoded
    this.#resolveLinks = resolveLinks
    for (const end of ['cancelled', 'close', 'error']) {
      call.on(end, () => {
        this.isClosed = true
        this.#wake?.()
      })
    }
  }

  /** A promise only when the reader lags: to wait for each event would cost half the speed. */
  event(entry: Entry): Promise<void> | undefined {
    return this.#write(this.#encode(entry))
  }

  checkpoint(position: number): Promise<void> | undefined {
    const checkpoint = new streams.ReadResp.Checkpoint()
      .setCommitPosition(String(position))
      .setPreparePosition(String(position))
    return this.#write(new streams.ReadResp().setCheckpoint(checkpoint))
  }

  confirm(): void {
    const confirmation = new streams.ReadResp.SubscriptionConfirmation()
    confirmation.setSubscriptionId(randomUUID())
    void this.#write(new streams.ReadResp().setConfirmation(confirmation))
  }

  caughtUp(): void {
    void this.#write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()))
  }

  notFound(stream: string): void {
    const notFound = new streams.ReadResp.StreamNotFound()
    notFound.setStreamIdentifier(identifierOf(stream))
    void this.#write(new streams.ReadResp().setStreamNotFound(notFound))
  }

  end(): void {
    this.#call.end()
  }

  fail(error: Error): void {
    if (!this.isClosed) this.#call.emit('error', error)
  }

  /** Until something is written to the store, or the reader is gone. */
  async idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const stop = this.#store.onWrite(resolve)
    this.#wake = resolve
    await promise
    stop()
  }

  #write(message: ReadMessage): Promise<void> | undefined {
    if (this.isClosed || this.#call.write(message)) return undefined
    return new Promise((resolve) => {
      this.#wake = resolve
      this.#call.once('drain', resolve)
    })
  }

  #encode(entry: Entry): Buffer {
    const link =
      this.#resolveLinks && entry.type === '$>' && LINK.exec(Buffer.from(entry.data).toString())
    const known = link ? undefined : this.#encoded.get(entry)
    if (known) return known
    const event = new streams.ReadResp.ReadEvent().setCommitPosition(String(entry.position))
    if (link) {
      event.setLink(recorded(entry))
      const target = this.#store.readable(link[2] ?? '', Number(link[1]))
      if (target) event.setEvent(recorded(target))
    } else {
      event.setEvent(recorded(entry))
    }
    const bytes = Buffer.from(new streams.ReadResp().setEvent(event).serializeBinary())
    if (!link) this.#encoded.set(entry, bytes)
    return bytes
  }
}

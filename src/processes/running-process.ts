import { setTimeout as sleep } from 'node:timers/promises'
import { reactionId } from '#commands/command-id.ts'
import type { CommandContext } from '#commands/handler.ts'
import { Rejection } from '#domain/rejection.ts'
import { type EventCodec, UnreadableEvent } from '#log/codec.ts'
import { NotTheSameLog } from '#log/errors.ts'
import type { EventStore, StoredEvent, SubscriptionBatch } from '#log/event-store.ts'
import { paced } from '#log/paced.ts'
import { positionOf } from '#log/position-of.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import type { Ownership, ProcessCheckpoints } from './checkpoints.ts'
import { Lanes } from './lanes.ts'
import type { Process, ProcessState } from './process.ts'

export interface ProcessDeps {
  readonly store: EventStore
  readonly codec: EventCodec
  readonly checkpoints: ProcessCheckpoints
  /** UTC instant. */
  readonly clock: () => string
  /** Told of refusals, retries and failures. */
  readonly warn: (message: string, cause: unknown) => void
}

/** Events of different streams reacted to at the same time. */
const AT_ONCE = 256
const SAVE_EVERY_MS = 250
/** The log is read so often at most while nothing waits. */
const READ_EVERY_MS = 50
const HEARTBEAT_EVERY_MS = 2000
const LONGEST_RETRY_MS = 15_000

/** To begin anew would react to everything once more, and nobody knows what was reacted to. */
class NotOfThisLog extends Error {
  override readonly name = 'NotOfThisLog'

  constructor({ position }: Ownership, options?: ErrorOptions) {
    super(
      `Its checkpoint ${position} is a place in another log. A log is moved by \`daybook log copy --switch\`, which translates checkpoints`,
      options,
    )
  }
}

/** No repeat helps. */
const isFinal = (error: unknown): boolean =>
  error instanceof UnreadableEvent || error instanceof NotOfThisLog

/** One process in this program: owned, followed, checkpointed; taken up again when it was lost. */
export class RunningProcess {
  readonly process: Process
  readonly #deps: ProcessDeps
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined
  #lanes: Lanes | undefined
  state: ProcessState = 'stopped'
  reacted = 0
  refused = 0
  reason: string | undefined

  constructor(process: Process, deps: ProcessDeps) {
    this.process = process
    this.#deps = deps
  }

  /** Of the oldest event that waits; undefined when none does. */
  get waitingSince(): string | undefined {
    return this.#lanes?.waitingSince
  }

  start(): void {
    this.#running ??= this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    if (this.state !== 'failed') this.state = 'stopped'
  }

  async #run(stopping: AbortSignal): Promise<void> {
    for (let failures = 0; !stopping.aborted; ) {
      try {
        this.state = failures === 0 ? 'waiting' : 'retrying'
        const owned = await this.#deps.checkpoints.own(this.process.name, stopping)
        if (owned === undefined) return
        await this.#follow(owned, stopping, () => {
          failures = 0
        })
      } catch (error) {
        if (stopping.aborted) return
        this.#deps.warn(`Process ${this.process.name} was interrupted`, error)
        if (isFinal(error)) return
        this.reason = String(error)
        await sleep(retryMs(failures++), undefined, { signal: stopping }).catch(() => {})
      }
    }
  }

  async #follow(owned: Ownership, stopping: AbortSignal, onBatch: () => void): Promise<void> {
    const failed = new AbortController()
    const ended = new AbortController()
    const lanes = new Lanes(AT_ONCE, () => failed.abort())
    this.#lanes = lanes
    this.state = 'running'
    this.reason = undefined
    const signal = AbortSignal.any([stopping, owned.lost, failed.signal])
    const saving = this.#saveWhile(ended.signal, owned, lanes, failed)
    try {
      await this.#react(owned, lanes, signal, onBatch)
    } catch (error) {
      if (isFinal(error)) {
        this.state = 'failed'
        this.reason = String(error)
      }
      throw error
    } finally {
      failed.abort()
      await lanes.end().catch(() => {})
      ended.abort()
      await saving
      await this.#save(owned, lanes).catch(() => {})
      await owned.release()
    }
  }

  /** Until the signal; what was begun by then has ended when this returns. */
  async #react(
    owned: Ownership,
    lanes: Lanes,
    signal: AbortSignal,
    onBatch: () => void,
  ): Promise<void> {
    const filter = { types: this.process.types }
    const after = owned.position === undefined ? {} : { after: owned.position }
    if (positionOf(this.#deps.store, owned.position) !== owned.position)
      throw new NotOfThisLog(owned)
    let unreadable: UnreadableEvent | undefined
    try {
      const batches = this.#deps.store.subscribe({ ...after, filter, signal })
      for await (const batch of paced(batches, READ_EVERY_MS, signal)) {
        onBatch()
        unreadable = await this.#takeUp(batch, lanes, signal)
        if (unreadable !== undefined) break
      }
    } catch (error) {
      if (error instanceof NotTheSameLog) throw new NotOfThisLog(owned, { cause: error })
      if (!signal.aborted) throw error
    }
    await lanes.end()
    if (unreadable !== undefined) throw unreadable
  }

  /** Answers the event that nobody can get past, if there is one. */
  async #takeUp(
    batch: SubscriptionBatch,
    lanes: Lanes,
    signal: AbortSignal,
  ): Promise<UnreadableEvent | undefined> {
    const { events, unreadable } = await this.#decoded(batch.events)
    for (const event of events) {
      const { position, stream, metadata } = event
      await this.#untilDue(event, signal)
      const { recordedAt } = metadata
      await lanes.add(stream, { position, recordedAt }, () => this.#reactTo(event, signal))
    }
    if (unreadable === undefined) lanes.pass(batch.position)
    return unreadable
  }

  /** Up to the first that cannot be read. */
  async #decoded(events: readonly StoredEvent[]): Promise<{
    readonly events: readonly RecordedEvent[]
    readonly unreadable: UnreadableEvent | undefined
  }> {
    const { codec } = this.#deps
    try {
      return { events: await codec.decode(events), unreadable: undefined }
    } catch (error) {
      if (!(error instanceof UnreadableEvent)) throw error
      const before = events.slice(0, events.indexOf(error.event))
      return { events: await codec.decode(before), unreadable: error }
    }
  }

  async #untilDue({ metadata }: RecordedEvent, signal: AbortSignal): Promise<void> {
    const { delayMs = 0 } = this.process
    const dueAt = Date.parse(metadata.recordedAt) + delayMs
    const left = dueAt - Date.parse(this.#deps.clock())
    if (delayMs > 0 && left > 0) await sleep(left, undefined, { signal })
  }

  async #reactTo(event: RecordedEvent, signal: AbortSignal): Promise<void> {
    const { process } = this
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted()
      try {
        await process.react(event, this.#contextOf(event))
        this.reacted += 1
        if (this.state === 'retrying') this.#recovered()
        return
      } catch (error) {
        if (error instanceof UnreadableEvent) throw error
        if (error instanceof Rejection && error.code !== 'IDEMPOTENCY_IN_FLIGHT') {
          this.refused += 1
          this.#deps.warn(
            `${process.name}: ${event.type} ${event.id} asks for what is refused`,
            error,
          )
          return
        }
        if (attempt > 0) this.#retrying(event, error)
        await sleep(retryMs(attempt), undefined, { signal })
      }
    }
  }

  #retrying(event: RecordedEvent, error: unknown): void {
    this.state = 'retrying'
    this.reason = `${event.type} ${event.id}: ${String(error)}`
    this.#deps.warn(`${this.process.name}: ${event.type} ${event.id} is tried again`, error)
  }

  #recovered(): void {
    this.state = 'running'
    this.reason = undefined
  }

  #contextOf({ id, metadata }: RecordedEvent): CommandContext {
    const { name } = this.process
    return {
      organisation: metadata.organisation,
      actor: `process:${name}`,
      commandId: reactionId(name, id),
      bodyHash: id,
      correlationId: metadata.$correlationId,
      causationId: id,
      now: this.#deps.clock(),
    }
  }

  async #saveWhile(
    ended: AbortSignal,
    owned: Ownership,
    lanes: Lanes,
    failed: AbortController,
  ): Promise<void> {
    let saved = { position: lanes.done, at: Number.NEGATIVE_INFINITY }
    while (!ended.aborted) {
      try {
        const isDue = performance.now() - saved.at >= HEARTBEAT_EVERY_MS
        if (isDue || lanes.done !== saved.position) {
          saved = { position: lanes.done, at: performance.now() }
          await this.#save(owned, lanes)
        }
      } catch (error) {
        this.#deps.warn(`The checkpoint of ${this.process.name} was not kept`, error)
        failed.abort()
        return
      }
      await sleep(SAVE_EVERY_MS, undefined, { signal: ended }).catch(() => {})
    }
  }

  #save(owned: Ownership, lanes: Lanes): Promise<void> {
    const position = lanes.done ?? owned.position
    return owned.save({ position, state: this.state, reason: this.reason })
  }
}

/** With jitter, so that many that failed together do not come back together. */
function retryMs(attempt: number): number {
  return Math.min(50 * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2)
}

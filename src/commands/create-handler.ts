import type { Decider, DomainEvent } from '#domain/decider.ts'
import { Rejection } from '#domain/rejection.ts'
import { BoundedCache } from '#log/bounded-cache.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { streamName } from '#log/stream-name.ts'
import type {
  CommandContext,
  CommandHandler,
  CommandOutcome,
  HandleOptions,
  LoadOptions,
} from './handler.ts'
import { outcomesOfThisLog } from './outcomes-of-this-log.ts'
import { StreamQueue, type StreamQueueDeps } from './stream-queue.ts'

export interface CommandHandlerOptions extends StreamQueueDeps {
  /** Streams whose state is kept in memory. */
  readonly cachedStreams?: number
}

/** The handler over one log: see `CommandHandler`. */
export function createCommandHandler(options: CommandHandlerOptions): CommandHandler {
  return new Handler(options)
}

/** What is the same for the queue of every stream, whatever its aggregate. */
type AnyQueue = Pick<StreamQueue<unknown, unknown, DomainEvent>, 'idle' | 'close'>

class Handler implements CommandHandler {
  readonly #deps: StreamQueueDeps
  readonly #queues: BoundedCache<AnyQueue>
  /** Body hashes of commands at work, by command and stream. */
  readonly #atWork = new Map<string, string>()
  /** Body hashes of the commands accepted last, wherever: a key may be reused for another stream. */
  readonly #accepted = new BoundedCache<string>(10_000)

  constructor({ cachedStreams = 10_000, ...deps }: CommandHandlerOptions) {
    this.#deps = { ...deps, outcomes: outcomesOfThisLog(deps.outcomes, deps.store) }
    this.#queues = new BoundedCache(cachedStreams, (queue) => queue.idle)
  }

  handle<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    id: string,
    command: Command,
    context: CommandContext,
    options: HandleOptions = {},
  ) {
    const stream = streamName(decider.category, context.organisation, id)
    const submit = () => this.#queueOf(decider, stream).submit(command, context, options)
    return this.#alone(stream, context, () =>
      options.mayChangeNothing === true ? this.#unlessUnchanged(stream, context, submit) : submit(),
    )
  }

  async replay<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    id: string,
    context: CommandContext,
  ) {
    if (context.bodyHash === undefined) return undefined
    const stream = streamName(decider.category, context.organisation, id)
    return this.#queueOf(decider, stream).replay(context)
  }

  load<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    organisation: string,
    id: string,
    { age = 'recent' }: LoadOptions = {},
  ) {
    const stream = streamName(decider.category, organisation, id)
    return this.#queueOf(decider, stream).load(age)
  }

  async history<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    organisation: string,
    id: string,
    maxCount: number,
    from = 0,
  ) {
    const { store, codec } = this.#deps
    const events: RecordedEvent<Event>[] = []
    const stream = streamName(decider.category, organisation, id)
    for await (const page of store.readStream(stream, { maxCount, from })) {
      const decoded = await codec.decode(page)
      events.push(...(decoded as unknown as readonly RecordedEvent<Event>[]))
    }
    return events
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#queues.values(), (queue) => queue.close()))
  }

  /** A stream's category names its decider, so a queue found under a stream's name is of its type. */
  #queueOf<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    stream: string,
  ): StreamQueue<State, Command, Event> {
    const found = this.#queues.get(stream)
    if (found !== undefined) return found as StreamQueue<State, Command, Event>
    const queue = new StreamQueue(this.#deps, decider, stream)
    this.#queues.set(stream, queue)
    return queue
  }

  /** @throws Rejection IDEMPOTENCY_KEY_REUSED */
  async #unlessUnchanged<Event>(
    stream: string,
    { organisation, commandId, bodyHash }: CommandContext,
    submit: () => Promise<CommandOutcome<Event>>,
  ): Promise<CommandOutcome<Event>> {
    if (bodyHash === undefined) return submit()
    const { outcomes } = this.#deps
    const question = { organisation, commandId, stream }
    const kept = await outcomes.findUnchanged(question)
    if (kept !== undefined) {
      if (kept.bodyHash !== bodyHash) throw new Rejection('IDEMPOTENCY_KEY_REUSED')
      return { events: [], revision: kept.revision, position: undefined, replayed: true }
    }
    const outcome = await submit()
    const { revision } = outcome
    if (outcome.events.length === 0) await outcomes.keepUnchanged(question, { revision, bodyHash })
    return outcome
  }

  /** One at a time: the second of two requests with the same key would only race the first. */
  async #alone<T>(
    stream: string,
    { commandId, bodyHash }: CommandContext,
    work: () => Promise<T>,
  ): Promise<T> {
    if (bodyHash === undefined) return work()
    const key = `${commandId} ${stream}`
    const other = this.#atWork.get(key)
    if ((other ?? this.#accepted.get(commandId) ?? bodyHash) !== bodyHash) {
      throw new Rejection('IDEMPOTENCY_KEY_REUSED')
    }
    if (other !== undefined) throw new Rejection('IDEMPOTENCY_IN_FLIGHT')
    this.#atWork.set(key, bodyHash)
    try {
      const outcome = await work()
      this.#accepted.set(commandId, bodyHash)
      return outcome
    } finally {
      this.#atWork.delete(key)
    }
  }
}

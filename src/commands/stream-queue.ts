import { setTimeout as sleep } from 'node:timers/promises'
import type { Decider, DomainEvent } from '#domain/decider.ts'
import type { DaybookEvent } from '#domain/events.ts'
import { Rejection } from '#domain/rejection.ts'
import { MAX_APPEND_BYTES } from '#log/check-append.ts'
import { InvalidAppend, LogUnavailable, WrongExpectedRevision } from '#log/errors.ts'
import type { NewEvent, Position } from '#log/event-store.ts'
import type { Aggregate } from './aggregate.ts'
import { CachedAggregate, type CachedAggregateDeps } from './cached-aggregate.ts'
import type { KnownOutcome } from './command-outcomes.ts'
import { type Draft, draft } from './draft.ts'
import { type Encoded, fitting } from './group.ts'
import type { CommandContext, CommandOutcome, HandleOptions, LoadedState } from './handler.ts'
import { findOutcome, type RepeatsDeps, replayed } from './repeats.ts'
import { SequenceBroken } from './sequence.ts'

/** Commands that may leave together although others are about to be decided. */
const GROUP_COMMANDS = 16
/** Commands decided ahead of the append in flight. */
const DECIDED_AHEAD = 1000
/** Milliseconds for which a cached state is taken as a fact for other aggregates. */
const KNOWN_FOR_MS = { now: -1, recent: 1000, minute: 60_000, any: Number.POSITIVE_INFINITY }
type Age = keyof typeof KNOWN_FOR_MS
/** Races lost to other writers after which a command gives up. */
const ATTEMPTS = 200

export interface StreamQueueDeps extends RepeatsDeps, CachedAggregateDeps {}

interface Pending<Command, Event> {
  readonly command: Command
  readonly context: CommandContext
  readonly ifRevision: number | undefined
  readonly resolve: (outcome: CommandOutcome<Event>) => void
  readonly reject: (error: unknown) => void
  readonly arrivedAt: number
  /** The command is known not to stand before this revision. */
  absentBefore: number
  attempts: number
}

/** A command decided on the state that those before it leave. */
interface Decided<State, Command, Event> extends Encoded {
  readonly pending: Pending<Command, Event>
  readonly verdict:
    | { readonly kind: 'accepted'; readonly drafts: readonly Draft<Event>[] }
    | { readonly kind: 'refused'; readonly error: unknown }
    | { readonly kind: 'repeated'; readonly outcome: KnownOutcome }
  /** After this command. */
  readonly state: State
  readonly revision: number
}

/**
 * The commands of one stream, in turn. While an append is in flight, those that wait are decided on
 * the state it will leave, and go together in the next; should it fail, they are decided again on what
 * the log says. A refusal is answered only once the state it was decided on is known to be the
 * stream's own: by an append that held, or by a look at the log after the command had come.
 */
export class StreamQueue<State, Command, Event extends DomainEvent> {
  readonly #deps: StreamQueueDeps
  readonly #decider: Decider<State, Command, Event>
  readonly #stream: string
  readonly #aggregate: CachedAggregate<State, Command, Event>
  readonly #waiting: Pending<Command, Event>[] = []
  readonly #decided: Decided<State, Command, Event>[] = []
  #inFlight: readonly Decided<State, Command, Event>[] = []
  #lastSent = 0
  #sending = false
  #asking = false
  #users = 0

  constructor(deps: StreamQueueDeps, decider: Decider<State, Command, Event>, stream: string) {
    this.#deps = deps
    this.#decider = decider
    this.#stream = stream
    this.#aggregate = new CachedAggregate(deps, decider, stream)
  }

  /** Nobody waits for anything here: the queue may be dropped. */
  get idle(): boolean {
    return this.#users === 0 && !this.#aggregate.isKeeping
  }

  async submit(
    command: Command,
    context: CommandContext,
    { ifRevision, isNew }: HandleOptions,
  ): Promise<CommandOutcome<Event>> {
    const arrivedAt = performance.now()
    return this.#using(async () => {
      if (isNew === true) this.#aggregate.assumeEmpty()
      const { outcome, absentBefore } = await this.#find(context)
      if (outcome !== undefined) return this.#replay(outcome, context)
      await context.turn?.come()
      return new Promise((resolve, reject) => {
        const what = { command, context, ifRevision, arrivedAt, absentBefore }
        this.#enqueue({ ...what, resolve, reject, attempts: 0 })
        context.turn?.taken()
      })
    })
  }

  /** The outcome of a command that was accepted before; undefined when it was not. */
  async replay(context: CommandContext): Promise<CommandOutcome<Event> | undefined> {
    return this.#using(async () => {
      const { outcome } = await this.#find(context)
      return outcome === undefined ? undefined : this.#replay(outcome, context)
    })
  }

  async load(age: Age): Promise<LoadedState<State>> {
    const { current, confirmedAt } = this.#aggregate
    if (current !== undefined && performance.now() - confirmedAt <= KNOWN_FOR_MS[age])
      return current
    return this.#using(async () => {
      if (current !== undefined) {
        if (this.#users > 1) return this.#aggregate.readApart()
        await this.#aggregate.read(current)
      }
      const { state, revision } = await this.#aggregate.ready()
      return { state, revision }
    })
  }

  close(): Promise<void> {
    return this.#aggregate.close()
  }

  async #using<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1
    try {
      return await work()
    } finally {
      this.#users -= 1
    }
  }

  // ── Repeats ────────────────────────────────────────────────────────────────────────────────────

  async #find(context: CommandContext) {
    const { known } = await this.#aggregate.ready()
    return findOutcome(this.#deps, this.#stream, known, context)
  }

  #replay(outcome: KnownOutcome, context: CommandContext): Promise<CommandOutcome<Event>> {
    return replayed<Event>(this.#deps, this.#stream, outcome, context)
  }

  /** True when what was known of earlier commands has been forgotten since, or the stream read anew. */
  #mustAsk({ context, absentBefore }: Pending<Command, Event>, base: Aggregate<State>): boolean {
    return context.bodyHash !== undefined && base.known.from > absentBefore
  }

  /** They keep their places meanwhile, and nobody overtakes them. */
  async #askAgain(pendings: readonly Pending<Command, Event>[]): Promise<void> {
    this.#asking = true
    const answered = new Set<Pending<Command, Event>>()
    const ask = async (pending: Pending<Command, Event>): Promise<void> => {
      try {
        const { outcome, absentBefore } = await this.#find(pending.context)
        pending.absentBefore = absentBefore
        if (outcome === undefined) return
        answered.add(pending)
        this.#replay(outcome, pending.context).then(pending.resolve, pending.reject)
      } catch (error) {
        answered.add(pending)
        this.#fail([pending], error)
      }
    }
    await Promise.all(pendings.map(ask))
    const left = this.#waiting.splice(0).filter((pending) => !answered.has(pending))
    this.#waiting.push(...left)
    this.#asking = false
    this.#decideWaiting()
  }

  // ── Deciding ───────────────────────────────────────────────────────────────────────────────────

  #enqueue(pending: Pending<Command, Event>): void {
    this.#waiting.push(pending)
    if (this.#aggregate.current === undefined) void this.#resume()
    else this.#decideWaiting()
  }

  /** Reads what the log has beyond `base`, or all of it, unless that is known. */
  async #resume(base?: Aggregate<State>): Promise<void> {
    try {
      if (this.#aggregate.current === undefined) await this.#aggregate.read(base)
      await this.#aggregate.ready()
    } catch (error) {
      this.#fail(this.#waiting.splice(0), error)
      return
    }
    this.#decideWaiting()
  }

  #decideWaiting(): void {
    const base = this.#aggregate.current
    if (base === undefined || this.#asking) return
    const next = this.#waiting.slice(0, Math.max(DECIDED_AHEAD - this.#decided.length, 0))
    const unsure = next.filter((pending) => this.#mustAsk(pending, base))
    const sure = unsure[0] === undefined ? next.length : next.indexOf(unsure[0])
    for (const pending of this.#waiting.splice(0, sure)) {
      if (pending.context.turn?.isBroken === true) this.#fail([pending], new SequenceBroken())
      else this.#decided.push(this.#decide(pending, base))
    }
    if (unsure.length > 0) void this.#askAgain(unsure)
    if (this.#decided.length > 0 && !this.#sending) void this.#sendAll()
  }

  #decide(
    pending: Pending<Command, Event>,
    base: Aggregate<State>,
  ): Decided<State, Command, Event> {
    const { state, revision } = this.#decided.at(-1) ?? this.#inFlight.at(-1) ?? base
    const unchanged = { pending, state, revision, encoded: nothing }
    const { command, context, ifRevision } = pending
    const outcome = base.known.get(context.commandId)
    if (outcome !== undefined) return { ...unchanged, verdict: { kind: 'repeated', outcome } }
    try {
      if (ifRevision !== undefined && ifRevision !== revision) {
        throw new Rejection('REVISION_MISMATCH', { expected: ifRevision, actual: revision })
      }
      const events = this.#decider.decide(command, state)
      const drafts = events.map((event) => draft(event, context))
      return {
        pending,
        verdict: { kind: 'accepted', drafts },
        encoded: drafts.length === 0 ? nothing : this.#encode(drafts),
        state: events.reduce((before, event) => this.#decider.evolve(before, event), state),
        revision: revision + events.length,
      }
    } catch (error) {
      return { ...unchanged, verdict: { kind: 'refused', error } }
    }
  }

  #encode(drafts: readonly Draft<Event>[]): Promise<readonly NewEvent[]> {
    // The catalogue, not the type, says what may be stored: the codec refuses anything else.
    const events = drafts as unknown as readonly Draft<DaybookEvent>[]
    const encoded = this.#deps.codec.encode(events)
    encoded.catch(() => {}) // Whoever sends it meets the error; what is decided anew is not sent.
    return encoded
  }

  // ── Sending ────────────────────────────────────────────────────────────────────────────────────

  async #sendAll(): Promise<void> {
    this.#sending = true
    try {
      while (this.#decided.length > 0) await this.#sendNext()
    } catch (error) {
      // A fault of ours: nobody is left waiting for ever.
      const left = [...this.#inFlight, ...this.#decided.splice(0)].map(({ pending }) => pending)
      this.#fail([...left, ...this.#waiting.splice(0)], error)
      this.#inFlight = []
      this.#aggregate.forget()
    } finally {
      this.#lastSent = 0
      this.#sending = false
    }
  }

  async #sendNext(): Promise<void> {
    // Half of those that are about: while these are on their way, the others are decided.
    const half = Math.ceil((this.#decided.length + this.#lastSent) / 2)
    const group = await fitting(this.#decided, Math.max(GROUP_COMMANDS, half))
    const sent = this.#decided.splice(0, group.count)
    this.#inFlight = sent
    this.#lastSent = group.count
    if (group.failure !== undefined) this.#refuseNext(group.failure.error)
    if (group.events.length > 0) await this.#append(sent, group.events)
    else if (group.count > 0) await this.#answerWithoutEvents(sent)
    this.#decideWaiting()
  }

  /** The first of those decided could not be encoded: it fails, and the rest are decided without it. */
  #refuseNext(error: unknown): void {
    const [failed, ...rest] = this.#decided.splice(0)
    if (failed !== undefined) this.#fail([failed.pending], error)
    this.#waiting.unshift(...rest.map(({ pending }) => pending))
    this.#decideWaiting()
  }

  async #append(
    group: readonly Decided<State, Command, Event>[],
    events: readonly NewEvent[],
  ): Promise<void> {
    const [first, last] = [group.at(0), group.at(-1)]
    if (first === undefined || last === undefined) throw new Error('A group of no command')
    const before = revisionBefore(first)
    const sentAt = performance.now()
    let position: Position
    try {
      const expected = before < 0 ? 'no_stream' : before
      position = (await this.#deps.store.append(this.#stream, events, expected)).position
    } catch (error) {
      return this.#lost(group, error)
    }
    this.#aggregate.advance(last.state, last.revision, sentAt)
    this.#inFlight = []
    this.#answer(group, position)
  }

  async #lost(group: readonly Decided<State, Command, Event>[], error: unknown): Promise<void> {
    if (error instanceof WrongExpectedRevision) {
      const base = this.#aggregate.current
      // Behind what was seen of it: the log is another one, and nothing that is known of it holds.
      const isBehind = base !== undefined && error.actual < base.revision
      return this.#decideAnew(group, isBehind ? undefined : base)
    }
    const pending = group.map((decided) => decided.pending)
    this.#fail(pending, asRejection(error))
    return this.#decideAnew([], undefined)
  }

  async #answerWithoutEvents(group: readonly Decided<State, Command, Event>[]): Promise<void> {
    this.#inFlight = []
    const base = this.#aggregate.current
    const isSure = ({ verdict, pending, revision }: Decided<State, Command, Event>) =>
      verdict.kind === 'repeated' ||
      (revision === base?.revision && pending.arrivedAt <= this.#aggregate.confirmedAt)
    const unsure = group.filter((decided) => !isSure(decided))
    this.#answer(group.filter(isSure), undefined)
    if (unsure.length > 0) await this.#decideAnew(unsure, base)
  }

  /** Reads what the log has beyond `base`, or all of it, and decides again, these first. */
  async #decideAnew(
    group: readonly Decided<State, Command, Event>[],
    base: Aggregate<State> | undefined,
  ): Promise<void> {
    const again = [...group, ...this.#decided.splice(0)].map(({ pending }) => pending)
    for (const pending of again) pending.attempts += 1
    this.#waiting.unshift(...again)
    this.#inFlight = []
    this.#aggregate.forget()
    const attempts = group[0]?.pending.attempts ?? 0
    if (attempts > ATTEMPTS) {
      const tired = new LogUnavailable(`Too many write to ${this.#stream} at once`)
      this.#fail(this.#waiting.splice(0), tired)
    }
    if (attempts > 3) await sleep(Math.random() * Math.min(attempts, 50))
    if (this.#waiting.length > 0) await this.#resume(base)
  }

  // ── Answering ──────────────────────────────────────────────────────────────────────────────────

  #fail(pending: readonly Pending<Command, Event>[], error: unknown): void {
    for (const { context, reject } of pending) {
      if (!(error instanceof Rejection)) context.turn?.break()
      reject(error)
    }
  }

  #answer(group: readonly Decided<State, Command, Event>[], position: Position | undefined): void {
    for (const decided of group) {
      const { pending, verdict, revision } = decided
      if (verdict.kind === 'refused') pending.reject(verdict.error)
      else if (verdict.kind === 'repeated') {
        this.#replay(verdict.outcome, pending.context).then(pending.resolve, pending.reject)
      } else if (position === undefined || verdict.drafts.length === 0) {
        pending.resolve({ events: [], revision, position: undefined, replayed: false })
      } else {
        const first = revisionBefore(decided) + 1
        const events = verdict.drafts.map(({ id, event, metadata }, i) => {
          const stored = { id, stream: this.#stream, revision: first + i, position, metadata }
          this.#aggregate.current?.known.add(stored)
          return { ...event, ...stored }
        })
        pending.resolve({ events, revision, position, replayed: false })
      }
    }
  }
}

const nothing: Promise<readonly NewEvent[]> = Promise.resolve([])

/** A document can be within its limits and yet too large to be stored. */
function asRejection(error: unknown): unknown {
  const isTooLarge = error instanceof InvalidAppend && error.code === 'APPEND_TOO_LARGE'
  return isTooLarge ? new Rejection('DOCUMENT_TOO_LARGE', { limit: MAX_APPEND_BYTES }) : error
}

function revisionBefore<State, Command, Event>({
  verdict,
  revision,
}: Decided<State, Command, Event>): number {
  return verdict.kind === 'accepted' ? revision - verdict.drafts.length : revision
}

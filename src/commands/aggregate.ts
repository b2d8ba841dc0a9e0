import type { Decider, DomainEvent } from '#domain/decider.ts'
import type { EventCodec } from '#log/codec.ts'
import type { EventStore, StoredEvent } from '#log/event-store.ts'
import type { KeptStates } from './kept-states.ts'
import { KnownCommands } from './known-commands.ts'

/** An aggregate as read from the log, up to `revision`; -1 when its stream is empty. */
export interface Aggregate<State> {
  readonly state: State
  readonly revision: number
  readonly known: KnownCommands
  /** Revision of the state kept for this stream, -1 when there is none. */
  readonly kept: number
}

export interface AggregateReader {
  readonly store: EventStore
  readonly codec: EventCodec
  readonly keptStates: KeptStates
}

/** What holds before a stream's first event. */
export function emptyAggregate<State>(initial: State): Aggregate<State> {
  return { state: initial, revision: -1, known: new KnownCommands(0, undefined), kept: -1 }
}

/** Reads an aggregate: from the state kept for it, where there is one that fits, and the events after that. */
export async function readAggregate<State, Command, Event extends DomainEvent>(
  reader: AggregateReader,
  decider: Decider<State, Command, Event>,
  stream: string,
): Promise<Aggregate<State>> {
  const kept = await reader.keptStates.find(stream)
  if (kept !== undefined && kept.stateVersion === decider.stateVersion) {
    const found = await readFromKept(reader, decider, stream, {
      state: kept.state as State,
      revision: kept.revision,
    })
    if (found !== undefined) return found
  }
  // A state of another version, or of another log.
  if (kept !== undefined) await reader.keptStates.drop(stream)
  return readTail(reader, decider, stream, emptyAggregate(decider.initial))
}

/** Undefined when the stream does not reach as far as the kept state: it was kept of another log. */
async function readFromKept<State, Command, Event extends DomainEvent>(
  reader: AggregateReader,
  decider: Decider<State, Command, Event>,
  stream: string,
  kept: { readonly state: State; readonly revision: number },
): Promise<Aggregate<State> | undefined> {
  let found: Aggregate<State> | undefined
  for await (const page of reader.store.readStream(stream, { from: kept.revision })) {
    if (found !== undefined) {
      found = await evolveOver(reader.codec, decider, found, page)
      continue
    }
    const [at, ...after] = page
    if (at?.revision !== kept.revision) return undefined
    const known = new KnownCommands(kept.revision + 1, at.position)
    const base = { state: kept.state, revision: kept.revision, known, kept: kept.revision }
    found = await evolveOver(reader.codec, decider, base, after)
  }
  return found
}

/** The aggregate with the events that came after it. */
export async function readTail<State, Command, Event extends DomainEvent>(
  reader: AggregateReader,
  decider: Decider<State, Command, Event>,
  stream: string,
  base: Aggregate<State>,
): Promise<Aggregate<State>> {
  let found = base
  for await (const page of reader.store.readStream(stream, { from: base.revision + 1 })) {
    found = await evolveOver(reader.codec, decider, found, page)
  }
  return found
}

async function evolveOver<State, Command, Event extends DomainEvent>(
  codec: EventCodec,
  decider: Decider<State, Command, Event>,
  base: Aggregate<State>,
  stored: readonly StoredEvent[],
): Promise<Aggregate<State>> {
  const events = await codec.decode(stored)
  let { state, revision } = base
  for (const event of events) {
    state = decider.evolve(state, event as unknown as Event)
    revision = event.revision
    base.known.add(event)
  }
  return { ...base, state, revision }
}

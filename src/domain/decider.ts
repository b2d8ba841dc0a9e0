/** What a decider emits and folds: a type that is never renamed, and plain JSON data. */
export interface DomainEvent {
  readonly type: string
  readonly data: object
}

/**
 * An aggregate as a pure value: where its streams live, how events make its state, and how a command
 * becomes events.
 *
 * `decide` answers the events to append (none when there is nothing to do) or throws a `Rejection`;
 * `evolve` never refuses. State is plain JSON (amounts as strings of minor units), so that it can be
 * kept beside a long stream; raise `stateVersion` when its meaning changes, and kept states are dropped.
 */
export interface Decider<State, Command, Event extends DomainEvent> {
  readonly category: string
  readonly stateVersion: number
  readonly initial: State
  readonly evolve: (state: State, event: Event) => State
  readonly decide: (command: Command, state: State) => readonly Event[]
}

/** For the `default` of a switch over a union: fails to compile when a case is missing. */
export function unreachable(value: never): never {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`)
}

/** A state as it was after some event of its stream. */
export interface KeptState {
  readonly stream: string
  readonly revision: number
  /** Of the decider that made it: a state of another version is of no use. */
  readonly stateVersion: number
  /** Plain JSON, without personal data. */
  readonly state: unknown
}

/**
 * States kept beside long streams, so that a stream of a hundred thousand events costs no more to load
 * than one of ten. A cache: it may be thrown away at any time.
 */
export interface KeptStates {
  find(stream: string): Promise<KeptState | undefined>
  /** Keeps the newer of this state and the one that is there. */
  keep(state: KeptState): Promise<void>
  drop(stream: string): Promise<void>
}

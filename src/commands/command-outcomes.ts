import type { Position } from '#log/event-store.ts'

/** What the table of outcomes, folded from the log, is asked about one command on one stream. */
export interface OutcomeQuestion {
  readonly organisation: string
  readonly commandId: string
  readonly stream: string
}

/** Where the events of an accepted command stand in its stream. */
export interface KnownOutcome {
  readonly firstRevision: number
  readonly lastRevision: number
  readonly bodyHash: string | undefined
}

export interface OutcomeAnswer {
  /** Everything up to here has been folded: what stands later in the log is not known to the table. */
  readonly seen: Position | undefined
  readonly outcome: KnownOutcome | undefined
  /** Hash of what the command asked for on any stream; undefined when the table does not know it. */
  readonly bodyHash: string | undefined
}

/** What came of an accepted command that changed nothing. */
export interface UnchangedOutcome {
  /** Of the stream's last event when it was decided. */
  readonly revision: number
  readonly bodyHash: string
}

/** Reads the read model of accepted commands, and keeps what the log cannot say of them. */
export interface CommandOutcomes {
  find(question: OutcomeQuestion): Promise<OutcomeAnswer>
  /** Undefined unless the command was accepted and changed nothing. */
  findUnchanged(question: OutcomeQuestion): Promise<UnchangedOutcome | undefined>
  /** The first that is kept of a command stays. */
  keepUnchanged(question: OutcomeQuestion, outcome: UnchangedOutcome): Promise<void>
}

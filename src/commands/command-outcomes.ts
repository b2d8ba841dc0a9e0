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

/** Reads the read model of accepted commands. */
export interface CommandOutcomes {
  find(question: OutcomeQuestion): Promise<OutcomeAnswer>
}

import type {
  CommandOutcomes,
  OutcomeAnswer,
  OutcomeQuestion,
  UnchangedOutcome,
} from '#commands/command-outcomes.ts'
import type { Position } from '#log/event-store.ts'
import type { InMemoryEventStore } from './in-memory-event-store.ts'

/** The table of outcomes as the projection would have folded it, up to where a test lets it see. */
export class OutcomesOfLog implements CommandOutcomes {
  /** Events of the log that it has seen. */
  seen = Number.POSITIVE_INFINITY
  asked = 0
  readonly #store: InMemoryEventStore
  readonly #unchanged = new Map<string, UnchangedOutcome>()

  constructor(store: InMemoryEventStore) {
    this.#store = store
  }

  async find({ commandId, stream }: OutcomeQuestion): Promise<OutcomeAnswer> {
    this.asked += 1
    const events = this.#store.log.slice(0, this.seen)
    const own = events.filter(({ metadata }) => metadata.commandId === commandId)
    const here = own.filter((event) => event.stream === stream)
    const [first, last] = [here.at(0), here.at(-1)]
    return {
      seen: events.length === 0 ? undefined : (String(events.length) as Position),
      bodyHash: own[0]?.metadata.bodyHash,
      outcome:
        first === undefined || last === undefined
          ? undefined
          : {
              firstRevision: first.revision,
              lastRevision: last.revision,
              bodyHash: first.metadata.bodyHash,
            },
    }
  }

  async findUnchanged(question: OutcomeQuestion): Promise<UnchangedOutcome | undefined> {
    return this.#unchanged.get(JSON.stringify(question))
  }

  async keepUnchanged(question: OutcomeQuestion, outcome: UnchangedOutcome): Promise<void> {
    const key = JSON.stringify(question)
    if (!this.#unchanged.has(key)) this.#unchanged.set(key, outcome)
  }
}

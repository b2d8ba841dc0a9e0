import { isDeepStrictEqual } from 'node:util'
import type { Decider, DomainEvent } from '#domain/decider.ts'
import { eventCatalogue } from '#domain/events.ts'
import { Rejection, type RejectionFacts } from '#domain/rejection.ts'
import { rejectionCodes } from '#domain/rejection-codes.ts'

/** What became of a command: its events, or its refusal. */
export interface Refusal {
  readonly code: string
  readonly facts: RejectionFacts
  readonly field: string | undefined
}

/**
 * `given(sale, pastEvents).when(command)` answers the events that were decided, or the refusal.
 * Whatever is decided must be what the log stores: it fits its schema and comes back from JSON as it
 * was; whatever is refused carries facts of the catalogue only, so that messages can name them.
 */
export function given<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  past: readonly Event[],
) {
  const state = past.reduce(decider.evolve, decider.initial)
  return {
    state,
    when(command: Command): readonly Event[] | Refusal {
      try {
        return decider.decide(command, state).map(storable)
      } catch (error) {
        if (error instanceof Rejection) return refusal(error)
        throw error
      }
    },
    /** The past and what was decided, for the next step of a story. */
    after(command: Command): readonly Event[] {
      return [...past, ...decider.decide(command, state).map(storable)]
    },
  }
}

export function storable<Event extends DomainEvent>(event: Event): Event {
  const schema = Object.entries(eventCatalogue).find(([type]) => type === event.type)?.[1]
  if (schema === undefined) throw new Error(`${event.type} is not in the catalogue`)
  const parsed = schema.parse(JSON.parse(JSON.stringify(event.data)))
  if (!isDeepStrictEqual(parsed, event.data)) {
    throw new Error(`${event.type} is not stored as it was decided: ${JSON.stringify(event.data)}`)
  }
  return event
}

export function refusal({ code, facts, field }: Rejection): Refusal {
  const known: readonly string[] = rejectionCodes[code]
  const given = Object.keys(facts)
  if (given.length !== known.length || !given.every((fact) => known.includes(fact))) {
    throw new Error(`${code} must carry exactly [${known.join(', ')}], not [${given.join(', ')}]`)
  }
  return { code, facts, field }
}

/** What a plain function refuses with; undefined when it does not. */
export function refusalOf(run: () => unknown): Refusal | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof Rejection) return refusal(error)
    throw error
  }
}

import { isOfAccessRecord } from '#domain/access/access-record.ts'
import type { StoredEvent } from '#log/event-store.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { evolveContext, initialContext, type OrganisationContext } from './organisation-context.ts'
import type { FoldedEvent } from './projection.ts'

/** What is kept of an organisation beside a checkpoint. */
export interface OrganisationPlace {
  readonly organisation: string
  readonly ordinal: number
  readonly context: OrganisationContext
}

interface Counted {
  readonly organisation: string
  ordinal: number
  context: OrganisationContext
  touched: boolean
}

/** Counts events in log order and keeps each organisation's context, from a checkpoint on. */
export class Ordinals {
  ordinal: number
  /** In force after the event that was marked last, for its organisation. */
  context: OrganisationContext = initialContext
  readonly #organisations = new Map<string, Counted>()
  #touched: Counted[] = []

  constructor(ordinal = 0, organisations: readonly OrganisationPlace[] = []) {
    this.ordinal = ordinal
    for (const place of organisations) {
      this.#organisations.set(place.organisation, { ...place, touched: false })
    }
  }

  /** Counts an event that nobody folds. */
  skip(event: StoredEvent): void {
    this.#count(event)
  }

  /**
   * Counts the event, gives it its ordinals and moves `context`. The event itself is marked rather than
   * copied: it has the same ordinals wherever it is counted.
   */
  mark(event: RecordedEvent): FoldedEvent {
    const counted = this.#count(event)
    counted.context = evolveContext(counted.context, event)
    this.context = counted.context
    const folded = event as Mutable<FoldedEvent>
    folded.ordinal = this.ordinal
    folded.organisationOrdinal = counted.ordinal
    return folded
  }

  /** Accesses count in the log, but for no organisation: reading must not move what is read. */
  #count({
    stream,
    metadata: { organisation },
  }: Pick<StoredEvent, 'stream' | 'metadata'>): Counted {
    this.ordinal += 1
    let counted = this.#organisations.get(organisation)
    if (counted === undefined) {
      counted = { organisation, ordinal: 0, context: initialContext, touched: false }
      this.#organisations.set(organisation, counted)
    }
    if (isOfAccessRecord(stream)) return counted
    counted.ordinal += 1
    if (!counted.touched) {
      counted.touched = true
      this.#touched.push(counted)
    }
    return counted
  }

  /** The organisations that moved since the last call. */
  takeTouched(): readonly OrganisationPlace[] {
    const touched = this.#touched
    this.#touched = []
    return touched.map((counted) => {
      counted.touched = false
      const { organisation, ordinal, context } = counted
      return { organisation, ordinal, context }
    })
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

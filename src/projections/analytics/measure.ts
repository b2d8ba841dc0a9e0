import type { EventOf, EventType } from '#domain/events.ts'
import type { OrganisationContext } from '../engine/organisation-context.ts'
import type { FoldedEvent } from '../engine/projection.ts'

/**
 * A measure counts things of users by day, and what they are worth. What is stored of it are its deltas,
 * one per event; every figure is a sum of them. A context has its measures and the fields of the daily
 * snapshot that read them in one file, `analytics.ts` beside its projections, and a line in `contexts.ts`.
 */
export interface Measure {
  /** Stored with each delta. */
  readonly name: string
  /** Pure, as every fold; at most one delta for a user and day. */
  readonly on: { readonly [Type in EventType]?: DeltasOf<Type> }
}

type DeltasOf<Type extends EventType> = (
  event: FoldedEvent<EventOf<Type>>,
  context: OrganisationContext,
) => readonly Delta[]

/** What an event adds to a measure, or takes off it. */
export interface Delta {
  /** Whose figure it is. */
  readonly user: string
  /** The organisation's day on which it counts, whenever it was recorded. */
  readonly day: string
  /** How many more; below zero: fewer. */
  readonly count: number
  /** What they are worth, in minor units, with the sign of what changed. Absent: no matter of money. */
  readonly money?: { readonly amount: string; readonly currency: string }
}

/** A field of the daily snapshot. */
export interface SnapshotField {
  /** The measures that are added up for it. */
  readonly of: readonly Measure[]
  readonly shows: 'count' | 'amount'
  /** `total`: everything up to the end of the day. `today`: that day. */
  readonly span: 'total' | 'today'
  /** For the documentation of the API. */
  readonly description: string
}

/** What one context has to say about users and days. */
export interface Analytics {
  /** Raised when one of its measures is changed, added or removed: all deltas are then folded anew. */
  readonly version: number
  readonly measures: readonly Measure[]
  readonly fields: Readonly<Record<string, SnapshotField>>
}

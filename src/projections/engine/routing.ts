import type { DaybookEvent, EventType } from '#domain/events.ts'
import { CONTEXT_MOVERS, type OrganisationContext } from './organisation-context.ts'
import type { Fold, FoldedEvent, Projection, Row, Table } from './projection.ts'
import { checkKey, keyText } from './row-key.ts'

/** The rows of one table while events are folded into them. */
export interface Rows {
  /** Undefined when there is no such row. */
  get(key: string): Row | undefined
  /** Undefined deletes. The key was asked for just before. */
  set(key: string, row: Row | undefined): void
  /** Adds a row of a table that is insert-only, which is asked for nothing else. */
  insert(organisation: string, row: Row): void
}

/** One table that an event type changes, and how. */
export interface Route {
  readonly projection: Projection
  readonly table: Table
  readonly fold: Fold<Row, DaybookEvent>
}

/** Which tables each event type changes. */
export type Routes = ReadonlyMap<string, readonly Route[]>

/**
 * The events that are needed although no table may route them: they move the context, or say that rows
 * are to be cleared.
 */
export const CONTEXT_EVENTS: readonly EventType[] = [...CONTEXT_MOVERS, 'PersonalTextsErased']

export function routesOf(projections: readonly Projection[]): Routes {
  const routes = new Map<string, Route[]>(CONTEXT_EVENTS.map((type) => [type, []]))
  for (const projection of projections) {
    for (const table of projection.tables) {
      for (const [type, fold] of Object.entries(table.on)) {
        if (fold === undefined) continue
        const route = { projection, table, fold: fold as Fold<Row, DaybookEvent> }
        routes.set(type, [...(routes.get(type) ?? []), route])
      }
    }
  }
  return routes
}

/**
 * A fold threw or broke a rule of keys and rows: a mistake of its author, met at this event. It names
 * the event only, whose content in plain text is nothing for a log of the program.
 */
export class FoldFailed extends Error {
  override readonly name = 'FoldFailed'
  readonly eventId: string

  constructor(event: FoldedEvent, route: Route, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(
      `The fold of ${event.type} into ${route.projection.name}.${route.table.name}: ${reason}`,
      {
        cause,
      },
    )
    this.eventId = event.id
  }
}

/** The keys of the rows that an event touches through one route. @throws FoldFailed */
export function keysOf(
  route: Route,
  event: FoldedEvent,
  context: OrganisationContext,
): readonly Row[] {
  try {
    return route.fold.keys(event, context)
  } catch (error) {
    throw new FoldFailed(event, route, error)
  }
}

/** Folds an event into the rows that it touches through one route. @throws FoldFailed */
export function foldEvent(
  route: Route,
  event: FoldedEvent,
  context: OrganisationContext,
  rows: Rows,
): void {
  const { organisation } = event.metadata
  const { insertOnly, key: columns } = route.table
  for (const key of keysOf(route, event, context)) {
    if (insertOnly === true) {
      const row = folded(route, event, context, key, undefined)
      if (row !== undefined) rows.insert(organisation, row)
    } else {
      const text = keyText(organisation, columns, key)
      const before = rows.get(text)
      const after = folded(route, event, context, key, before)
      if (after !== before) rows.set(text, after)
    }
  }
}

function folded(
  route: Route,
  event: FoldedEvent,
  context: OrganisationContext,
  key: Row,
  before: Row | undefined,
): Row | undefined {
  try {
    const after = route.fold.fold(before, event, context, key)
    if (after !== undefined) checkKey(route.table, key, after)
    return after
  } catch (error) {
    throw new FoldFailed(event, route, error)
  }
}

import type { DaybookEvent, EventOf, EventType } from '#domain/events.ts'

/**
 * An organisation's small state, folded in log order by the engine and kept with each projection's
 * checkpoint, so that a rebuild sees what was in force at that point of the log.
 */
export interface OrganisationContext {
  readonly timeZone: string
  readonly baseCurrency: string
  readonly language: 'en' | 'ar' | 'fa'
  readonly basis: 'principal' | 'agent'
  readonly paymentTermsDays: number
  /** Absent in contexts kept since before it could be said. */
  readonly callingCode?: string | null
  /** Periods that are closed, oldest first: none until periods can be closed. */
  readonly closedPeriods: readonly { readonly from: string; readonly to: string }[]
}

/** What holds before an organisation has said anything. */
export const initialContext: OrganisationContext = {
  timeZone: 'UTC',
  baseCurrency: 'USD',
  language: 'en',
  basis: 'principal',
  paymentTermsDays: 30,
  closedPeriods: [],
}

type Moves = {
  readonly [Type in EventType]?: (
    context: OrganisationContext,
    data: EventOf<Type>['data'],
  ) => OrganisationContext
}

type Move = (context: OrganisationContext, data: DaybookEvent['data']) => OrganisationContext

/** The only events that move it, each by what it says. */
const moves = {
  OrganisationCreated: (context, { timeZone, baseCurrency, language }) => ({
    ...context,
    timeZone,
    baseCurrency,
    language,
  }),
  OrganisationSettingsChanged(context, data) {
    // What no fold needs is left out.
    const { organisation: _, retentionYears: _y, erasureNeedsApproval: _a, ...changed } = data
    const given = Object.fromEntries(Object.entries(changed).filter(([, v]) => v !== undefined))
    return { ...context, ...given }
  },
} satisfies Moves

/** Whoever keeps a context has to be given all events of these types, whatever else it folds. */
export const CONTEXT_MOVERS = Object.keys(moves) as readonly (keyof typeof moves)[]

/**
 * The context after an event; the engine calls it for each event before folding it. The same object
 * when the event changes nothing: nearly always.
 */
export function evolveContext(
  context: OrganisationContext,
  event: DaybookEvent,
): OrganisationContext {
  const move = (moves as Moves)[event.type] as Move | undefined
  return move === undefined ? context : move(context, event.data)
}

/**
 * Where a fact stands in the books: its own day, or the first day after the closed periods that hold
 * it at this point of the log. accounting.md, section 1.
 */
export function postedOn(context: OrganisationContext, occurredOn: string): string {
  let day = occurredOn
  for (const period of context.closedPeriods) {
    if (day >= period.from && day <= period.to) day = dayAfter(period.to)
  }
  return day
}

function dayAfter(day: string): string {
  const date = new Date(`${day}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + 1)
  return date.toISOString().slice(0, 10)
}

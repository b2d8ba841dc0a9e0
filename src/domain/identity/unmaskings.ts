import { z } from 'zod'
import { addDays } from '../dates.ts'
import { type Decider, unreachable } from '../decider.ts'
import { type EventsOf, identifier, millisecond, personal } from '../event-schema.ts'
import { lookup, present } from '../fields.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

export const unmaskingsEvents = {
  /** From here on until an instant somebody sees personal data that their role has no right to. */
  UnmaskingGranted: z.object({
    unmaskingId: identifier,
    /** Who sees it. */
    actor: identifier,
    /** UTC instant: from then on no more. */
    until: millisecond,
    /** Whose: a customer, a wallet, a sale or a bad debt. Absent: everybody’s. */
    subject: identifier.optional(),
    /** In the words of whoever grants it; they may well name somebody. */
    reason: personal('unmaskingId', z.string().min(1).max(1000)),
  }),
  /** Before its time was over. */
  UnmaskingEnded: z.object({ unmaskingId: identifier, actor: identifier }),
} as const
export type UnmaskingsEvent = EventsOf<typeof unmaskingsEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────
// Nothing personal: reasons stand in the events alone.

export interface Unmasking {
  readonly actor: string
  /** UTC instant. */
  readonly until: string
  readonly subject?: string | undefined
  readonly isEnded: boolean
}

/** All that were ever granted in the organisation, by id. */
export interface Unmaskings {
  readonly granted: Readonly<Record<string, Unmasking>>
}

/** Those that somebody has at an instant, with their ids. */
export function inForce(
  { granted }: Unmaskings,
  actor: string,
  now: string,
): readonly (readonly [id: string, unmasking: Unmasking])[] {
  return Object.entries(granted).filter(
    ([, one]) => one.actor === actor && !one.isEnded && now < one.until,
  )
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: Unmaskings, event: UnmaskingsEvent): Unmaskings => {
  switch (event.type) {
    case 'UnmaskingGranted': {
      const { unmaskingId, actor, until, subject } = event.data
      const one = present({ actor, until, subject, isEnded: false })
      return { granted: { ...state.granted, [unmaskingId]: one } }
    }
    case 'UnmaskingEnded': {
      const { unmaskingId } = event.data
      const one = lookup(state.granted, unmaskingId)
      if (one === undefined) return state
      return { granted: { ...state.granted, [unmaskingId]: { ...one, isEnded: true } } }
    }
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export interface GrantUnmasking {
  readonly type: 'GrantUnmasking'
  readonly unmaskingId: string
  readonly actor: string
  /** UTC instants in whole milliseconds. */
  readonly until: string
  readonly now: string
  readonly subject?: string | undefined
  readonly reason: string
}

/** At once, whatever is left of its time. */
export interface EndUnmasking {
  readonly type: 'EndUnmasking'
  readonly unmaskingId: string
}

export type UnmaskingsCommand = GrantUnmasking | EndUnmasking

/** For how many days at most, of 24 hours each. Who needs longer is granted it anew, with a reason. */
export const UNMASKING_DAYS_MAX = 30

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: UnmaskingsCommand, state: Unmaskings): readonly UnmaskingsEvent[] => {
  switch (command.type) {
    case 'GrantUnmasking':
      return grant(command)
    case 'EndUnmasking':
      return end(command, state)
    default:
      return unreachable(command)
  }
}

function grant(command: GrantUnmasking): readonly UnmaskingsEvent[] {
  const { unmaskingId, actor, until, now, subject, reason } = command
  const latest = `${addDays(now.slice(0, 10), UNMASKING_DAYS_MAX)}${now.slice(10)}`
  if (until <= now) throw new Rejection('UNMASKING_OVER', { now }, 'until')
  if (until > latest) {
    throw new Rejection('UNMASKING_TOO_LONG', { latest, days: UNMASKING_DAYS_MAX }, 'until')
  }
  const data = present({ unmaskingId, actor, until, subject, reason })
  return [{ type: 'UnmaskingGranted', data }]
}

function end({ unmaskingId }: EndUnmasking, state: Unmaskings): readonly UnmaskingsEvent[] {
  const one = lookup(state.granted, unmaskingId)
  if (one === undefined) throw new Rejection('UNMASKING_UNKNOWN', { unmaskingId })
  if (one.isEnded) return []
  return [{ type: 'UnmaskingEnded', data: { unmaskingId, actor: one.actor } }]
}

export const unmaskings: Decider<Unmaskings, UnmaskingsCommand, UnmaskingsEvent> = {
  category: 'unmaskings',
  stateVersion: 1,
  initial: { granted: {} },
  evolve,
  decide,
}

import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import { decimal, type EventsOf, identifier, impersonal } from '../event-schema.ts'
import { lookup } from '../fields.ts'
import { parseRate } from '../money/rate.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

export const commissionTiersEvents = {
  CommissionTierSet: z.object({
    tier: identifier,
    name: impersonal('what a tier of commission is called', z.string().min(1).max(200)),
    /** Percent of the net price, exact: "2.5". */
    rate: decimal,
  }),
  CommissionTierRemoved: z.object({ tier: identifier }),
  /** From here on, sales of this agent (a user id) earn by this tier. */
  CommissionTierAssigned: z.object({ agent: identifier, tier: identifier }),
  CommissionTierUnassigned: z.object({ agent: identifier }),
  /** The tier of agents who have none of their own; without one, they earn no commission. */
  DefaultCommissionTierChosen: z.object({ tier: identifier }),
} as const
export type CommissionTiersEvent = EventsOf<typeof commissionTiersEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface CommissionTiers {
  readonly tiers: Readonly<Record<string, { readonly name: string; readonly rate: string }>>
  /** Tier by agent. */
  readonly assigned: Readonly<Record<string, string>>
  readonly defaultTier?: string
}

/** By what an agent earns at this moment: their own tier, else the default; undefined: nothing. */
export function rateFor(
  state: CommissionTiers,
  agent: string,
): { readonly tier: string; readonly rate: string } | undefined {
  const tier = lookup(state.assigned, agent) ?? state.defaultTier
  const found = tier === undefined ? undefined : lookup(state.tiers, tier)
  return tier === undefined || found === undefined ? undefined : { tier, rate: found.rate }
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: CommissionTiers, event: CommissionTiersEvent): CommissionTiers => {
  switch (event.type) {
    case 'CommissionTierSet': {
      const { tier, name, rate } = event.data
      return { ...state, tiers: { ...state.tiers, [tier]: { name, rate } } }
    }
    case 'CommissionTierRemoved':
      return { ...state, tiers: without(state.tiers, event.data.tier) }
    case 'CommissionTierAssigned': {
      const { agent, tier } = event.data
      return { ...state, assigned: { ...state.assigned, [agent]: tier } }
    }
    case 'CommissionTierUnassigned':
      return { ...state, assigned: without(state.assigned, event.data.agent) }
    case 'DefaultCommissionTierChosen':
      return { ...state, defaultTier: event.data.tier }
    default:
      return state
  }
}

function without<T>(entries: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = entries
  return rest
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** Makes a tier, or changes its name or rate for sales from here on. */
export interface SetCommissionTier {
  readonly type: 'SetCommissionTier'
  readonly tier: string
  readonly name: string
  /** Percent. */
  readonly rate: string
}

export interface RemoveCommissionTier {
  readonly type: 'RemoveCommissionTier'
  readonly tier: string
}

export interface AssignCommissionTier {
  readonly type: 'AssignCommissionTier'
  readonly agent: string
  readonly tier: string
}

export interface UnassignCommissionTier {
  readonly type: 'UnassignCommissionTier'
  readonly agent: string
}

export interface ChooseDefaultCommissionTier {
  readonly type: 'ChooseDefaultCommissionTier'
  readonly tier: string
}

export type CommissionTiersCommand =
  | SetCommissionTier
  | RemoveCommissionTier
  | AssignCommissionTier
  | UnassignCommissionTier
  | ChooseDefaultCommissionTier

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (
  command: CommissionTiersCommand,
  state: CommissionTiers,
): readonly CommissionTiersEvent[] => {
  switch (command.type) {
    case 'SetCommissionTier':
      return set(command, state)
    case 'RemoveCommissionTier':
      return remove(command, state)
    case 'AssignCommissionTier':
      return assign(command, state)
    case 'UnassignCommissionTier':
      return unassign(command, state)
    case 'ChooseDefaultCommissionTier':
      return chooseDefault(command, state)
    default:
      return unreachable(command)
  }
}

function set(command: SetCommissionTier, state: CommissionTiers): readonly CommissionTiersEvent[] {
  const { tier, name } = command
  const rate = parseRate(command.rate, 'rate')
  const before = lookup(state.tiers, tier)
  if (before?.name === name && before.rate === rate) return []
  return [{ type: 'CommissionTierSet', data: { tier, name, rate } }]
}

function remove(
  { tier }: RemoveCommissionTier,
  state: CommissionTiers,
): readonly CommissionTiersEvent[] {
  if (lookup(state.tiers, tier) === undefined) return []
  if (state.defaultTier === tier || Object.values(state.assigned).includes(tier)) {
    throw new Rejection('TIER_IN_USE', { tier })
  }
  return [{ type: 'CommissionTierRemoved', data: { tier } }]
}

function assign(
  { agent, tier }: AssignCommissionTier,
  state: CommissionTiers,
): readonly CommissionTiersEvent[] {
  needTier(tier, state)
  if (lookup(state.assigned, agent) === tier) return []
  return [{ type: 'CommissionTierAssigned', data: { agent, tier } }]
}

function unassign(
  { agent }: UnassignCommissionTier,
  state: CommissionTiers,
): readonly CommissionTiersEvent[] {
  if (lookup(state.assigned, agent) === undefined) return []
  return [{ type: 'CommissionTierUnassigned', data: { agent } }]
}

function chooseDefault(
  { tier }: ChooseDefaultCommissionTier,
  state: CommissionTiers,
): readonly CommissionTiersEvent[] {
  needTier(tier, state)
  return state.defaultTier === tier ? [] : [{ type: 'DefaultCommissionTierChosen', data: { tier } }]
}

function needTier(tier: string, state: CommissionTiers): void {
  if (lookup(state.tiers, tier) === undefined) throw new Rejection('TIER_UNKNOWN', { tier }, 'tier')
}

export const commissionTiers: Decider<
  CommissionTiers,
  CommissionTiersCommand,
  CommissionTiersEvent
> = {
  category: 'commissionTiers',
  stateVersion: 1,
  initial: { tiers: {}, assigned: {} },
  evolve,
  decide,
}

import { z } from 'zod'
import { isTimeZone } from '../dates.ts'
import { type Decider, unreachable } from '../decider.ts'
import { currencyCode, type EventsOf, identifier, impersonal } from '../event-schema.ts'
import { changes, present } from '../fields.ts'
import { exponentOf } from '../money/currencies.ts'
import { Rejection } from '../rejection.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

/** Who sells: our own goods, or somebody else's through us. accounting.md, section 2. */
export const salesBasis = z.enum(['principal', 'agent'])
export const language = z.enum(['en', 'ar', 'fa'])
export const callingCode = z.string().regex(/^[1-9]\d{0,2}$/)

export const settingsEvents = {
  OrganisationSettingsChanged: z.object({
    organisation: identifier,
    /** IANA name of the zone in which the organisation's days begin and end. */
    timeZone: impersonal('a name of the IANA’s list', z.string().min(1).max(64)).optional(),
    baseCurrency: currencyCode.optional(),
    language: language.optional(),
    basis: salesBasis.optional(),
    /** Days from a sale until it is due, for customers without terms of their own. */
    paymentTermsDays: z.int().min(0).max(3650).optional(),
    /** Of the country whose telephone numbers are written without one, as of ITU E.164; `null`: of none. */
    callingCode: callingCode.nullable().optional(),
  }),
} as const
export type SettingsEvent = EventsOf<typeof settingsEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface Settings {
  readonly timeZone: string
  readonly baseCurrency: string
  readonly language: z.output<typeof language>
  readonly basis: z.output<typeof salesBasis>
  readonly paymentTermsDays: number
  readonly callingCode: string | null
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: Settings, event: SettingsEvent): Settings => {
  switch (event.type) {
    case 'OrganisationSettingsChanged': {
      const { organisation: _, ...changed } = event.data
      return { ...state, ...present(changed) } as Settings
    }
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** What is absent stays. */
export interface ChangeSettings extends Partial<OrUndefined<Settings>> {
  readonly type: 'ChangeSettings'
  readonly organisation: string
}

type OrUndefined<T> = { readonly [Field in keyof T]: T[Field] | undefined }
export type SettingsCommand = ChangeSettings

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: SettingsCommand, state: Settings): readonly SettingsEvent[] => {
  switch (command.type) {
    case 'ChangeSettings':
      return change(command, state)
    default:
      return unreachable(command.type)
  }
}

function change(command: ChangeSettings, state: Settings): readonly SettingsEvent[] {
  const { organisation, timeZone, baseCurrency, language, basis } = command
  const { paymentTermsDays, callingCode } = command
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new Rejection('TIME_ZONE_UNKNOWN', { timeZone: timeZone.slice(0, 64) }, 'timeZone')
  }
  if (baseCurrency !== undefined) exponentOf(baseCurrency, 'baseCurrency')
  const asked = { timeZone, baseCurrency, language, basis, paymentTermsDays, callingCode }
  const changed = changes(asked, state)
  if (Object.keys(changed).length === 0) return []
  return [{ type: 'OrganisationSettingsChanged', data: { organisation, ...changed } }]
}

export const settings: Decider<Settings, SettingsCommand, SettingsEvent> = {
  category: 'organisation',
  stateVersion: 2,
  /** What holds until an organisation says otherwise. */
  initial: {
    timeZone: 'UTC',
    baseCurrency: 'USD',
    language: 'en',
    basis: 'principal',
    paymentTermsDays: 30,
    callingCode: null,
  },
  evolve,
  decide,
}

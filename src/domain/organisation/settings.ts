import { z } from 'zod'
import { defaultRetention, type RetentionYears, retentionYears } from '../crm/retention.ts'
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
export const CALLING_CODE = /^[1-9]\d{0,2}$/
const callingCode = z.string().regex(CALLING_CODE)

const timeZone = impersonal('a name of the IANA’s list', z.string().min(1).max(64))

export const settingsEvents = {
  /** What it holds from here on beside what was never said: an organisation may have been there before. */
  OrganisationCreated: z.object({
    organisation: identifier,
    name: impersonal('the name under which a business is known', z.string().min(1).max(200)),
    timeZone,
    baseCurrency: currencyCode,
    language,
  }),
  OrganisationSettingsChanged: z.object({
    organisation: identifier,
    /** IANA name of the zone in which the organisation's days begin and end. */
    timeZone: timeZone.optional(),
    baseCurrency: currencyCode.optional(),
    language: language.optional(),
    basis: salesBasis.optional(),
    /** Days from a sale until it is due, for customers without terms of their own. */
    paymentTermsDays: z.int().min(0).max(3650).optional(),
    /** Of the country whose telephone numbers are written without one, as of ITU E.164; `null`: of none. */
    callingCode: callingCode.nullable().optional(),
    /** How long each kind of document is kept; all of them, whichever changed. */
    retentionYears: retentionYears.optional(),
    /** Whether a second person has to approve that somebody is erased. */
    erasureNeedsApproval: z.boolean().optional(),
  }),
} as const
export type SettingsEvent = EventsOf<typeof settingsEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface Settings {
  /** Absent until it is created: callers of the configuration need no more than its id. */
  readonly name?: string
  readonly timeZone: string
  readonly baseCurrency: string
  readonly language: z.output<typeof language>
  readonly basis: z.output<typeof salesBasis>
  readonly paymentTermsDays: number
  readonly callingCode: string | null
  readonly retentionYears: RetentionYears
  readonly erasureNeedsApproval: boolean
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: Settings, event: SettingsEvent): Settings => {
  switch (event.type) {
    case 'OrganisationCreated':
    case 'OrganisationSettingsChanged': {
      const { organisation: _, ...changed } = event.data
      return { ...state, ...present(changed) } as Settings
    }
    default:
      return state
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** What is absent stays as it is, or as it is for whoever says nothing. */
export interface CreateOrganisation
  extends Partial<OrUndefined<Pick<Settings, 'timeZone' | 'baseCurrency' | 'language'>>> {
  readonly type: 'CreateOrganisation'
  readonly organisation: string
  readonly name: string
}

/** What is absent stays; so do kinds of documents that are not named. */
export interface ChangeSettings
  extends Partial<OrUndefined<Omit<Settings, 'name' | 'retentionYears'>>> {
  readonly type: 'ChangeSettings'
  readonly organisation: string
  readonly retentionYears?: Partial<OrUndefined<RetentionYears>> | undefined
}

type OrUndefined<T> = { readonly [Field in keyof T]: T[Field] | undefined }
export type SettingsCommand = CreateOrganisation | ChangeSettings

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: SettingsCommand, state: Settings): readonly SettingsEvent[] => {
  switch (command.type) {
    case 'CreateOrganisation':
      return create(command, state)
    case 'ChangeSettings':
      return change(command, state)
    default:
      return unreachable(command)
  }
}

function create(command: CreateOrganisation, state: Settings): readonly SettingsEvent[] {
  const { organisation, name } = command
  const { timeZone = state.timeZone, baseCurrency = state.baseCurrency } = command
  const { language = state.language } = command
  checkNames(command)
  const data = { organisation, name, timeZone, baseCurrency, language }
  if (state.name === undefined) return [{ type: 'OrganisationCreated', data }]
  if (Object.keys(changes(data, { organisation, ...state })).length === 0) return []
  throw new Rejection('ORGANISATION_EXISTS', { organisation })
}

function change(command: ChangeSettings, state: Settings): readonly SettingsEvent[] {
  const { organisation, timeZone, baseCurrency, language, basis } = command
  const { paymentTermsDays, callingCode } = command
  checkNames(command)
  const { retentionYears: years, erasureNeedsApproval } = command
  const kept = years && ({ ...state.retentionYears, ...present(years) } as RetentionYears)
  const simple = { timeZone, baseCurrency, language, basis, paymentTermsDays, callingCode }
  const asked = { ...simple, retentionYears: kept, erasureNeedsApproval }
  const changed = changes(asked, state)
  if (Object.keys(changed).length === 0) return []
  return [{ type: 'OrganisationSettingsChanged', data: { organisation, ...changed } }]
}

function checkNames({ timeZone, baseCurrency }: SettingsCommand): void {
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    throw new Rejection('TIME_ZONE_UNKNOWN', { timeZone: timeZone.slice(0, 64) }, 'timeZone')
  }
  if (baseCurrency !== undefined) exponentOf(baseCurrency, 'baseCurrency')
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
    retentionYears: defaultRetention,
    erasureNeedsApproval: false,
  },
  evolve,
  decide,
}

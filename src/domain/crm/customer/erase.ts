import type { z } from 'zod'
import { unreachable } from '../../decider.ts'
import { present, sameJson } from '../../fields.ts'
import { Rejection } from '../../rejection.ts'
import type { CustomerEvent, RegisteredCustomer } from '../customer.ts'
import { type KeptDocuments, termOf } from '../retention.ts'
import type { erasedSubject, erasureReason } from './erasure-events.ts'

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export type ErasureReason = z.output<typeof erasureReason>
export type ErasedSubject = z.output<typeof erasedSubject>

/** How far an erasure has come. */
export interface Erasure {
  readonly stage: 'requested' | 'approved' | 'restricted' | 'erased'
  readonly reason: ErasureReason
  readonly requestedBy: string
  readonly needsApproval: boolean
  readonly approvedBy?: string
  /** Other customers who are this person: what becomes of one becomes of all. */
  readonly linked: readonly string[]
  /** What they were last restricted for. */
  readonly restriction?: {
    readonly until?: string | undefined
    readonly because: readonly object[]
  }
  /** The ordinal up to which keys are to be destroyed, and that up to which they were. */
  readonly upTo?: number
  readonly shreddedTo?: number
}

/** What of a customer has to do with their erasure. */
export interface Erasable {
  readonly erasure?: Erasure | undefined
  /** True while a legal hold stands. */
  readonly isHeld?: boolean
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

type ErasureEvent = Extract<
  CustomerEvent,
  {
    readonly type:
      | 'ErasureRequested'
      | 'ErasureApproved'
      | 'ErasureRejected'
      | 'PersonRestricted'
      | 'LegalHoldPlaced'
      | 'LegalHoldLifted'
      | 'PersonErased'
      | 'PersonalTextsErased'
  }
>

export function evolveErasure(state: RegisteredCustomer, event: ErasureEvent): Erasable {
  const { erasure } = state
  const changed = (change: Partial<Erasure>): Erasable =>
    erasure === undefined ? {} : { erasure: { ...erasure, ...change } }
  switch (event.type) {
    case 'ErasureRequested': {
      const { reason, requestedBy, needsApproval, linked = [] } = event.data
      const stage = needsApproval ? 'requested' : 'approved'
      return { erasure: { stage, reason, requestedBy, needsApproval, linked } }
    }
    case 'ErasureApproved':
      return changed({ stage: 'approved', approvedBy: event.data.approvedBy })
    case 'ErasureRejected':
      return { erasure: undefined }
    case 'PersonRestricted': {
      const { until, because } = event.data
      return changed({ stage: 'restricted', restriction: present({ until, because }) })
    }
    case 'LegalHoldPlaced':
      return { isHeld: true }
    case 'LegalHoldLifted':
      return { isHeld: false }
    case 'PersonErased':
      return changed({ stage: 'erased', upTo: event.data.upTo })
    case 'PersonalTextsErased':
      return event.data.isLast ? changed({ shreddedTo: event.data.upTo }) : {}
    default:
      return {}
  }
}

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export interface RequestErasure {
  readonly type: 'RequestErasure'
  readonly customerId: string
  readonly reason: ErasureReason
  readonly requestedBy: string
  readonly needsApproval: boolean
  /** Other customers who are this person, as far as they are there. */
  readonly linked?: readonly string[] | undefined
}

export interface ApproveErasure {
  readonly type: 'ApproveErasure'
  readonly customerId: string
  readonly approvedBy: string
  /** Who asked, as was looked up; and whether that is the person who approves, by whatever name each of them acts. */
  readonly request: { readonly by: string | undefined; readonly isSamePerson: boolean }
}

/** Whoever asked may take it back so. */
export interface RejectErasure {
  readonly type: 'RejectErasure'
  readonly customerId: string
  readonly rejectedBy: string
  readonly reason: string
}

/** Something of theirs has to be kept, or a hold stands. */
export interface RestrictPerson {
  readonly type: 'RestrictPerson'
  readonly customerId: string
  readonly kept: readonly KeptDocuments[]
  readonly upTo: number
}

/** Nothing of theirs has to be kept; or, of who is erased already, more was found that is theirs. */
export interface ErasePerson {
  readonly type: 'ErasePerson'
  readonly customerId: string
  readonly upTo: number
}

/** The keys of these subjects were destroyed. */
export interface NoteErasedTexts {
  readonly type: 'NoteErasedTexts'
  readonly customerId: string
  readonly subjects: readonly ErasedSubject[]
  readonly upTo: number
  readonly isLast: boolean
}

export interface PlaceLegalHold {
  readonly type: 'PlaceLegalHold'
  readonly customerId: string
  readonly reason: string
}

export interface LiftLegalHold {
  readonly type: 'LiftLegalHold'
  readonly customerId: string
  readonly reason: string
}

export type ErasureCommand =
  | RequestErasure
  | ApproveErasure
  | RejectErasure
  | RestrictPerson
  | ErasePerson
  | NoteErasedTexts
  | PlaceLegalHold
  | LiftLegalHold

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

export function decideErasure(
  command: ErasureCommand,
  state: RegisteredCustomer,
): readonly CustomerEvent[] {
  switch (command.type) {
    case 'RequestErasure':
      return request(command, state)
    case 'ApproveErasure':
      return approve(command, state)
    case 'RejectErasure':
      return reject(command, state)
    case 'RestrictPerson':
      return restrict(command, state)
    case 'ErasePerson':
      return erase(command, state)
    case 'NoteErasedTexts':
      return noteErasedTexts(command, state)
    case 'PlaceLegalHold':
      return placeHold(command, state)
    case 'LiftLegalHold':
      return liftHold(command, state)
    default:
      return unreachable(command)
  }
}

/** Whom an erasure covers is settled when it is asked for: nobody is linked with them after that. */
export function refuseUnderErasure(customerId: string, state: Erasable): void {
  refuseLeaving(customerId, state, 'customerIds')
  if (state.erasure === undefined) return
  throw new Rejection('ERASURE_ALREADY_REQUESTED', { customerId }, 'customerIds')
}

/** Nobody becomes a customer again, nor is anything new written of them, once it was agreed that they go. */
export function refuseLeaving(
  customerId: string,
  { erasure }: Erasable,
  field = 'customerId',
): void {
  const stage = erasure?.stage
  if (stage === 'erased') throw new Rejection('CUSTOMER_ERASED', { customerId }, field)
  if (stage === 'approved' || stage === 'restricted') {
    throw new Rejection('CUSTOMER_RESTRICTED', { customerId }, field)
  }
}

function request(command: RequestErasure, { erasure }: Erasable): readonly CustomerEvent[] {
  const { type: _, linked = [], ...asked } = command
  const { customerId } = asked
  if (erasure?.stage === 'erased') throw new Rejection('CUSTOMER_ERASED', { customerId })
  if (erasure !== undefined) throw new Rejection('ERASURE_ALREADY_REQUESTED', { customerId })
  const data = linked.length === 0 ? asked : { ...asked, linked: [...linked] }
  return [{ type: 'ErasureRequested', data }]
}

function approve(
  { customerId, approvedBy, request: { by, isSamePerson } }: ApproveErasure,
  state: Erasable,
): readonly CustomerEvent[] {
  const { requestedBy } = undecided(customerId, state)
  // What was looked up has been rejected meanwhile, and somebody else has asked: nobody approves that unseen.
  if (requestedBy !== by) throw new Rejection('ERASURE_UNKNOWN', { customerId })
  if (isSamePerson || requestedBy === approvedBy) {
    throw new Rejection('ERASURE_NOT_APPROVED_BY_SAME_PERSON', { customerId })
  }
  return [{ type: 'ErasureApproved', data: { customerId, approvedBy } }]
}

function reject(command: RejectErasure, state: Erasable): readonly CustomerEvent[] {
  const { type: _, ...data } = command
  undecided(data.customerId, state)
  return [{ type: 'ErasureRejected', data }]
}

function undecided(customerId: string, { erasure }: Erasable): Erasure {
  if (erasure === undefined) throw new Rejection('ERASURE_UNKNOWN', { customerId })
  if (erasure.stage === 'requested') return erasure
  throw new Rejection('ERASURE_ALREADY_DECIDED', { customerId })
}

function restrict(
  { customerId, kept, upTo }: RestrictPerson,
  { erasure }: Erasable,
): readonly CustomerEvent[] {
  if (erasure?.stage !== 'approved' && erasure?.stage !== 'restricted') return []
  const restriction = present({ until: termOf(kept), because: [...kept] })
  if (sameJson(restriction, erasure.restriction)) return []
  return [{ type: 'PersonRestricted', data: { customerId, ...restriction, upTo } }]
}

function erase(
  { customerId, upTo }: ErasePerson,
  { erasure, isHeld }: Erasable,
): readonly CustomerEvent[] {
  if (erasure === undefined || erasure.stage === 'requested') return []
  if (erasure.stage === 'erased' && (erasure.upTo ?? 0) >= upTo) return []
  if (isHeld === true) throw new Rejection('LEGAL_HOLD_STANDS', { customerId })
  return [{ type: 'PersonErased', data: { customerId, upTo } }]
}

function noteErasedTexts(
  { customerId, subjects, upTo, isLast }: NoteErasedTexts,
  { erasure }: Erasable,
): readonly CustomerEvent[] {
  if (erasure?.stage !== 'erased' || (erasure.shreddedTo ?? -1) >= upTo) return []
  const data = { customerId, subjects: [...subjects], upTo, isLast }
  return [{ type: 'PersonalTextsErased', data }]
}

function placeHold(
  { customerId, reason }: PlaceLegalHold,
  { erasure, isHeld }: Erasable,
): readonly CustomerEvent[] {
  if (erasure?.stage === 'erased') throw new Rejection('CUSTOMER_ERASED', { customerId })
  if (isHeld === true) throw new Rejection('LEGAL_HOLD_STANDS', { customerId })
  return [{ type: 'LegalHoldPlaced', data: { customerId, reason } }]
}

function liftHold(
  { customerId, reason }: LiftLegalHold,
  { isHeld }: Erasable,
): readonly CustomerEvent[] {
  if (isHeld !== true) throw new Rejection('LEGAL_HOLD_UNKNOWN', { customerId })
  return [{ type: 'LegalHoldLifted', data: { customerId, reason } }]
}

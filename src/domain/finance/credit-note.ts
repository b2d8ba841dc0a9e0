import { z } from 'zod'
import { dayOfFact } from '../dates.ts'
import { type Decider, unreachable } from '../decider.ts'
import { currencyCode, type EventsOf, identifier, localDate } from '../event-schema.ts'
import { present } from '../fields.ts'
import { salesBasis } from '../organisation/settings.ts'
import { refundOfNote } from './checks.ts'
import { type DocumentInput, documentOf } from './document-amounts.ts'
import { documentAmounts, type PaymentMethod, paymentMethod } from './documents.ts'
import type { Data } from './sale/state.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.

export const creditNoteEvents = {
  /**
   * principal: gross goes to the customer's credit, or without a customer is paid back by
   * `refundMethod`. agent: a memo about the price of a brokered sale; what it does to the books is the
   * commission taken back, an event of the sale.
   */
  CreditNoteIssued: z.object({
    creditNoteId: identifier,
    customerId: identifier.optional(),
    /** The sale it credits, where it names one. */
    saleId: identifier.optional(),
    /** That of the sale it names; principal when it names none. */
    basis: salesBasis,
    agent: identifier,
    currency: currencyCode,
    occurredOn: localDate,
    ...documentAmounts,
    refundMethod: paymentMethod.optional(),
  }),
} as const
export type CreditNoteEvent = EventsOf<typeof creditNoteEvents>

// ── State ──────────────────────────────────────────────────────────────────────────────────────

export interface CreditNote {
  readonly issued: boolean
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

const evolve = (state: CreditNote, event: CreditNoteEvent): CreditNote =>
  event.type === 'CreditNoteIssued' ? { issued: true } : state

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

/** Where it names a sale, that sale has noted it before, with the same document, and said the rest. */
export interface IssueCreditNote {
  readonly type: 'IssueCreditNote'
  readonly creditNoteId: string
  readonly customerId?: string | undefined
  readonly saleId?: string | undefined
  /** The sale's; principal where it names none. */
  readonly basis: 'principal' | 'agent'
  readonly agent: string
  readonly currency: string
  readonly document: DocumentInput
  /** Over the counter: how the money is paid back. */
  readonly refundMethod?: PaymentMethod | undefined
  readonly occurredOn: string
  readonly today: string
}

/** As its sale noted it, when a crash came before it was issued. */
export interface IssueNotedCreditNote {
  readonly type: 'IssueNotedCreditNote'
  readonly noted: Data<'SaleCredited'>
}

export type CreditNoteCommand = IssueCreditNote | IssueNotedCreditNote

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: CreditNoteCommand, state: CreditNote): readonly CreditNoteEvent[] => {
  switch (command.type) {
    case 'IssueCreditNote':
      return issue(command, state)
    case 'IssueNotedCreditNote':
      return state.issued ? [] : [{ type: 'CreditNoteIssued', data: command.noted }]
    default:
      return unreachable(command)
  }
}

function issue(command: IssueCreditNote, state: CreditNote): readonly CreditNoteEvent[] {
  if (state.issued) return []
  const { creditNoteId, customerId, saleId, basis, agent, currency, occurredOn } = command
  dayOfFact(occurredOn, command.today)
  const amounts = documentOf(command.document, currency)
  const refundMethod = refundOfNote({ basis, customerId }, command.refundMethod)
  const data = present({
    creditNoteId,
    customerId,
    saleId,
    basis,
    agent,
    currency,
    occurredOn,
    ...amounts,
    refundMethod,
  })
  return [{ type: 'CreditNoteIssued', data }]
}

export const creditNote: Decider<CreditNote, CreditNoteCommand, CreditNoteEvent> = {
  category: 'creditNote',
  stateVersion: 1,
  initial: { issued: false },
  evolve,
  decide,
}

import { z } from 'zod'
import { unreachable } from '#domain/decider.ts'
import type { BadDebtEvent } from '#domain/finance/bad-debt.ts'
import type { CreditNoteEvent } from '#domain/finance/credit-note.ts'
import type { CustomerCreditEvent } from '#domain/finance/customer-credit.ts'
import type { RecordedEvent } from '#log/recorded-event.ts'
import { needData } from '../command-answers.ts'
import { money, moneyOut } from '../money.ts'
import { linesOut, lineView, sourceOut, taxView } from './document-view.ts'

/** Answers to commands on credit notes, bad debts and customer credit, made from their own events. */

export const creditNoteIssuedOut = z
  .strictObject({
    id: z.string(),
    source: sourceOut,
    customerId: z.string().nullable(),
    saleId: z.string().nullable(),
    agent: z.string(),
    basis: z.enum(['principal', 'agent']),
    amount: moneyOut.describe('Net of tax.'),
    tax: moneyOut,
    gross: moneyOut,
    ...linesOut,
    refundMethod: z.string().nullable().describe('Null: it became credit of the customer.'),
    occurredOn: z.string(),
  })
  .meta({ id: 'CreditNoteIssued' })

export function creditNoteIssuedView(
  events: readonly RecordedEvent<CreditNoteEvent>[],
): z.output<typeof creditNoteIssuedOut> {
  const data = needData(events, 'CreditNoteIssued')
  const { currency } = data
  return {
    id: data.creditNoteId,
    source: data.source ?? null,
    customerId: data.customerId ?? null,
    saleId: data.saleId ?? null,
    agent: data.agent,
    basis: data.basis,
    amount: money(data.net, currency),
    tax: money(data.tax, currency),
    gross: money(data.gross, currency),
    lines: (data.lines ?? []).map(lineView),
    taxes: data.taxes.map((tax) => taxView(tax, currency)),
    exact: data.roundedFrom?.exact ?? null,
    refundMethod: data.refundMethod ?? null,
    occurredOn: data.occurredOn,
  }
}

export const badDebtChangedOut = z
  .strictObject({
    id: z.string(),
    badDebtId: z.string(),
    kind: z.enum(['write_off', 'reversal', 'recovery']),
    source: sourceOut,
    customerId: z.string().nullable(),
    saleId: z.string().nullable(),
    amount: moneyOut,
    method: z.string().nullable(),
    reason: z.string().nullable(),
    occurredOn: z.string(),
  })
  .meta({ id: 'BadDebtChanged' })

type Changed = Exclude<BadDebtEvent, { readonly type: 'BadDebtTextCorrected' }>

/** One event per command: the write-off, its reversal or its recovery. */
export function badDebtChangedView(
  events: readonly RecordedEvent<BadDebtEvent>[],
): z.output<typeof badDebtChangedOut> {
  const event = events.find(isChange)
  if (event === undefined) throw new Error('A command on a bad debt has no event')
  const { data } = event
  return {
    ...kindOf(event),
    badDebtId: data.badDebtId,
    source: data.source ?? null,
    customerId: data.customerId ?? null,
    saleId: data.saleId ?? null,
    amount: money(data.amount, data.currency),
    method: 'method' in data ? data.method : null,
    reason: data.reason ?? null,
    occurredOn: data.occurredOn,
  }
}

function isChange(event: RecordedEvent<BadDebtEvent>): event is RecordedEvent<Changed> {
  return event.type !== 'BadDebtTextCorrected'
}

function kindOf(event: Changed) {
  switch (event.type) {
    case 'BadDebtWrittenOff':
      return { kind: 'write_off', id: event.data.badDebtId } as const
    case 'BadDebtWriteOffReversed':
      return { kind: 'reversal', id: event.data.reversalId } as const
    case 'BadDebtRecovered':
      return { kind: 'recovery', id: event.data.recoveryId } as const
    default:
      return unreachable(event)
  }
}

export const refundOut = z
  .strictObject({
    id: z.string(),
    customerId: z.string(),
    method: z.string(),
    amount: moneyOut,
    occurredOn: z.string(),
  })
  .meta({ id: 'CreditRefunded' })

export function refundView(
  events: readonly RecordedEvent<CustomerCreditEvent>[],
): z.output<typeof refundOut> {
  const data = needData(events, 'CustomerCreditRefunded')
  const { refundId: id, customerId, method, occurredOn } = data
  return { id, customerId, method, amount: money(data.amount, data.currency), occurredOn }
}

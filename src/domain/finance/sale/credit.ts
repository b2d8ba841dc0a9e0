import { dayAfterFact } from '../../dates.ts'
import { present } from '../../fields.ts'
import { formatAmount, least, proportion } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import { refundMethodFor, refundOfNote, sameCurrency } from '../checks.ts'
import type { DocumentInput } from '../document-amounts.ts'
import type { PaymentMethod } from '../documents.ts'
import type { SaleEvent } from '../sale.ts'
import { dimensionsOf, type RecordedSale, writtenOff } from './state.ts'
import { creditOf } from './uncredited.ts'

/**
 * A credit note names this sale: noted here first, so that never more is credited than was sold; then
 * the credit note is issued with the same document. What it is refused for, it is refused for here.
 */
export interface CreditSale {
  readonly type: 'CreditSale'
  readonly saleId: string
  readonly creditNoteId: string
  readonly currency: string
  /** At the sale's tax rates, which need not be said again. */
  readonly document: DocumentInput
  /** Of its debts that were written off: what came in after all, in minor units. Default: nothing. */
  readonly recovered?: bigint | undefined
  /** Over the counter: how the money is paid back. */
  readonly refundMethod?: PaymentMethod | undefined
  readonly occurredOn: string
  readonly today: string
}

/** For what is not yet credited. */
export interface CancelSale {
  readonly type: 'CancelSale'
  readonly saleId: string
  /** As for a credit. */
  readonly recovered?: bigint | undefined
  /** Over the counter: how what was paid is paid back. */
  readonly refundMethod?: PaymentMethod | undefined
  readonly reason?: string | undefined
  readonly occurredOn: string
  readonly today: string
}

export function credit(command: CreditSale, sale: RecordedSale): readonly SaleEvent[] {
  const { creditNoteId, occurredOn } = command
  if (sale.done.includes(creditNoteId)) return []
  refuseUnlessWhole(sale, command)
  sameCurrency(sale.currency, command.currency, 'currency')
  dayAfterFact(occurredOn, command.today, sale.occurredOn)
  const amounts = creditOf(sale, command.document)
  const data = present({
    ...dimensionsOf(sale, occurredOn),
    creditNoteId,
    ...amounts,
    refundMethod: refundOfNote(sale, command.refundMethod),
  })
  const creditedNet = BigInt(sale.net) - BigInt(sale.left.net) + BigInt(amounts.net)
  const back = takeBack(sale, creditedNet, { ...command, cause: 'credit_note' })
  return [{ type: 'SaleCredited', data }, ...back]
}

export function cancel(command: CancelSale, sale: RecordedSale): readonly SaleEvent[] {
  refuseUnlessWhole(sale, command)
  dayAfterFact(command.occurredOn, command.today, sale.occurredOn)
  const principal = sale.basis === 'principal'
  const { net, tax, taxes } = principal ? sale.left : { net: '0', tax: '0', taxes: [] }
  const gross = BigInt(net) + BigInt(tax)
  const fromReceivable = least(gross, BigInt(sale.owed))
  const toCredit = gross - fromReceivable
  const data = present({
    ...dimensionsOf(sale, command.occurredOn),
    recordedOn: sale.occurredOn,
    recordedNet: sale.net,
    recordedGross: sale.gross,
    recordedCommission: sale.commission.net,
    net,
    tax,
    gross: String(gross),
    taxes: taxes.filter((part) => part.net !== '0' || part.tax !== '0'),
    fromReceivable: String(fromReceivable),
    toCredit: String(toCredit),
    refundMethod:
      toCredit > 0n ? refundMethodFor(sale.customerId, command.refundMethod) : undefined,
    reason: command.reason,
  })
  const back = takeBack(sale, BigInt(sale.net), { ...command, cause: 'cancellation' })
  return [{ type: 'SaleCancelled', data }, ...back]
}

/**
 * A debt that was written off is no longer there to be credited or cancelled; what of it came in after
 * all is as if paid.
 */
function refuseUnlessWhole(sale: RecordedSale, { recovered = 0n }: CreditSale | CancelSale): void {
  const { saleId, currency } = sale
  if (sale.status === 'cancelled') throw new Rejection('SALE_ALREADY_CANCELLED', { saleId })
  const amount = writtenOff(sale) - recovered
  if (amount <= 0n) return
  const facts = { saleId, writtenOff: formatAmount(amount, currency), currency }
  throw new Rejection('SALE_WRITTEN_OFF', facts)
}

interface Cause {
  readonly cause: 'credit_note' | 'cancellation'
  readonly creditNoteId?: string
  readonly refundMethod?: PaymentMethod | undefined
  readonly occurredOn: string
}

/**
 * The commission on what is credited by now, less what was taken back before: cumulative, so that a
 * sale credited in parts gives back exactly all of it. agent: it lessens what we are owed; what we
 * were paid already goes back to the customer.
 */
function takeBack(sale: RecordedSale, creditedNet: bigint, cause: Cause): readonly SaleEvent[] {
  const { commission } = sale
  const dueBack = (accrued: string, taken: string): bigint =>
    proportion(BigInt(accrued), creditedNet, BigInt(sale.net)) - BigInt(taken)
  const net = dueBack(commission.net, commission.netTaken)
  const tax = dueBack(commission.tax, commission.taxTaken)
  const gross = net + tax
  if (gross === 0n) return []
  const ours = sale.basis === 'agent'
  const fromReceivable = ours ? least(gross, BigInt(sale.owed)) : 0n
  const toCredit = ours ? gross - fromReceivable : 0n
  const data = present({
    ...dimensionsOf(sale, cause.occurredOn),
    cause: cause.cause,
    creditNoteId: cause.creditNoteId,
    taxCode: commission.taxCode,
    taxRate: commission.taxRate,
    net: String(net),
    tax: String(tax),
    gross: String(gross),
    fromReceivable: String(fromReceivable),
    toCredit: String(toCredit),
    refundMethod: toCredit > 0n ? refundMethodFor(sale.customerId, cause.refundMethod) : undefined,
  })
  return [{ type: 'CommissionTakenBack', data }]
}

import { addDays, dayOfFact } from '../../dates.ts'
import { present } from '../../fields.ts'
import { formatAmount, inRange, percent } from '../../money/money.ts'
import { parseRate } from '../../money/rate.ts'
import { Rejection } from '../../rejection.ts'
import { type DocumentInput, documentOf, taxOf } from '../document-amounts.ts'
import type { DocumentAmounts } from '../documents.ts'
import type { SaleEvent } from '../sale.ts'
import { completion, type PaymentInput, paymentOf } from './pay.ts'
import { evolve, type RecordedSale, type Sale } from './state.ts'

/** Due so many days after the sale, whatever the customer's terms: R1.1. */
const COMMISSION_DUE_DAYS = 30

/** A sale, with its payment and its commission where there are any: one append. */
export interface RecordSale {
  readonly type: 'RecordSale'
  readonly saleId: string
  /** Absent: over the counter, to be paid in full at once. */
  readonly customerId?: string | undefined
  /** The user who sold. */
  readonly agent: string
  /** The organisation's setting of the moment. */
  readonly basis: 'principal' | 'agent'
  readonly currency: string
  readonly occurredOn: string
  /** The organisation's day. */
  readonly today: string
  readonly document: DocumentInput
  /** The customer's terms, else the organisation's. */
  readonly paymentTermsDays: number
  /** The agent's tier and its rate in percent, as `rateFor` answers; absent: no commission. */
  readonly commission?: { readonly tier?: string | undefined; readonly rate: string } | undefined
  /** agent basis: the tax on our commission; its rate stands in `document.taxRates`. */
  readonly commissionTaxCode?: string | undefined
  readonly payment?: PaymentInput | undefined
  readonly propertyType?: string | undefined
  readonly location?: string | undefined
}

export function record(command: RecordSale, state: Sale): readonly SaleEvent[] {
  if (state.status !== 'none') return []
  dayOfFact(command.occurredOn, command.today)
  const amounts = documentOf(command.document, command.currency)
  const charged = [saleRecorded(command, amounts), ...commissionAccrued(command, amounts)]
  const owing = charged.reduce(evolve, state) as RecordedSale
  const payment =
    command.payment === undefined
      ? []
      : [paymentOf(owing, command.payment, command.occurredOn, 'payment.')]
  const settled = payment.reduce(evolve, owing) as RecordedSale
  if (command.customerId === undefined && settled.owed !== '0') {
    const facts = { owed: formatAmount(owing.owed, owing.currency), currency: owing.currency }
    throw new Rejection('PAYMENT_REQUIRED', facts, fieldShort(payment[0]))
  }
  return [...charged, ...payment, ...(settled.owed === '0' ? [completion(settled, command)] : [])]
}

/** Where a sale that is not paid in full is wrong: no payment, one of another purpose, or too little. */
function fieldShort(payment: ReturnType<typeof paymentOf> | undefined): string {
  if (payment === undefined) return 'payment'
  return payment.data.toReceivable === '0' ? 'payment.purpose' : 'payment.amount'
}

function dimensions(command: RecordSale) {
  const { saleId, customerId, agent, basis, currency, occurredOn } = command
  return present({ saleId, customerId, agent, basis, currency, occurredOn })
}

function saleRecorded(command: RecordSale, amounts: DocumentAmounts): SaleEvent {
  const { propertyType, location } = command
  return {
    type: 'SaleRecorded',
    data: present({
      ...dimensions(command),
      ...amounts,
      dueOn: dueOn(command),
      propertyType,
      location,
    }),
  }
}

/** Over the counter nothing is left to be due. */
function dueOn(command: RecordSale): string {
  const days = command.customerId === undefined ? 0 : command.paymentTermsDays
  return addDays(command.occurredOn, days)
}

/**
 * On net, by the rate of the moment. principal: we owe it to our agent. agent: it is what we earn and
 * are owed, with its tax, when the sale is due.
 */
function commissionAccrued(command: RecordSale, amounts: DocumentAmounts): readonly SaleEvent[] {
  if (command.commission === undefined) return []
  const rate = parseRate(command.commission.rate, 'commission.rate')
  const commission = percent(BigInt(amounts.net), rate, command.currency)
  if (commission.amount === 0n) return []
  const ours = command.basis === 'agent'
  const code = ours ? command.commissionTaxCode : undefined
  const tax =
    code === undefined
      ? undefined
      : taxOf(code, commission.amount, command.document, command.currency, 'commissionTaxCode')
  const taxed = BigInt(tax?.tax ?? '0')
  const data = present({
    ...dimensions(command),
    tier: command.commission.tier,
    rate,
    taxCode: tax?.code,
    taxRate: tax?.rate,
    net: String(commission.amount),
    tax: String(taxed),
    gross: String(inRange(commission.amount + taxed, command.currency)),
    dueOn: ours ? dueOn(command) : addDays(command.occurredOn, COMMISSION_DUE_DAYS),
    exact: commission.exact,
  })
  return [{ type: 'CommissionAccrued', data }]
}

import { z } from 'zod'
import { type Decider, unreachable } from '../decider.ts'
import {
  amountOf,
  currencyCode,
  decimal,
  type EventsOf,
  exactDecimal,
  identifier,
  impersonal,
  localDate,
  personal,
  taxCode,
} from '../event-schema.ts'
import { salesBasis } from '../organisation/settings.ts'
import { correctionUnder } from '../privacy/correction.ts'
import { Rejection } from '../rejection.ts'
import { documentAmounts, documentSource, documentTaxes, paymentMethod } from './documents.ts'
import { type CorrectSaleText, correctText } from './sale/correct.ts'
import { type CancelSale, type CreditSale, cancel, credit } from './sale/credit.ts'
import {
  type AllocateCustomerCredit,
  allocate,
  type ReceivePayment,
  type ReversePayment,
  receivePayment,
  reversePayment,
} from './sale/pay.ts'
import { type RecordSale, record } from './sale/record.ts'
import {
  type PassOnClientMoney,
  type PayCommission,
  passOn,
  payCommission,
  type TakeCommissionFromClientMoney,
  takeCommission,
} from './sale/settle.ts'
import { evolve, type RecordedSale, type Sale } from './sale/state.ts'
import {
  type ReverseSaleWriteOff,
  reverseWriteOff,
  type WriteOffSaleDebt,
  writeOff,
} from './sale/write-off.ts'

// ── Events ─────────────────────────────────────────────────────────────────────────────────────
// These names and shapes are the stored format. They are never renamed and never change meaning.
// Every event carries the dimensions and splits that the books and the statistics need, so that no
// fold has to look anything up: accounting.md, section 3.

/** Dimensions that every event of a sale repeats. */
const dimensions = {
  saleId: identifier,
  /** Absent: a sale over the counter. */
  customerId: identifier.optional(),
  agent: identifier,
  basis: salesBasis,
  currency: currencyCode,
  occurredOn: localDate,
}

/** How money for a sale came in; see `SalePaymentReceived`. */
const paymentSplit = {
  /**
   * `price`: for the goods, or the price of a brokered sale. `commission`: our commission of a brokered sale.
   */
  purpose: z.enum(['price', 'commission']),
  /** `direct`: a brokered price paid past us, a memo without posting. */
  route: z.enum(['through_us', 'direct']),
  method: paymentMethod,
  amount: amountOf,
  /** Met the receivable. */
  toReceivable: amountOf,
  /** Above what was owed: credit of the customer. */
  toCredit: amountOf,
  /** A brokered price through our hands: owed on to the seller. */
  toClientMoney: amountOf,
}

export const saleEvents = {
  SaleRecorded: z.object({
    ...dimensions,
    ...documentAmounts,
    dueOn: localDate,
    propertyType: impersonal('a kind of property', z.string().max(64)).optional(),
    location: impersonal(
      'where what was sold is, and not its buyer',
      z.string().max(200),
    ).optional(),
  }),
  /**
   * principal: we owe our agent. agent: we are owed the commission, with its tax. Rate and tier are
   * those in force when the sale was recorded.
   */
  CommissionAccrued: z.object({
    ...dimensions,
    tier: identifier.optional(),
    rate: decimal,
    /** Of the tax on our commission, where a code was given (agent basis). */
    taxCode: taxCode.optional(),
    taxRate: decimal.optional(),
    net: amountOf,
    tax: amountOf,
    gross: amountOf,
    dueOn: localDate,
    /** The exact net before rounding half-even, in major units. */
    exact: exactDecimal,
  }),
  SalePaymentReceived: z.object({
    ...dimensions,
    ...paymentSplit,
    paymentId: identifier,
    /** In plain in events of before it counted as personal. */
    reference: personal('saleId', z.string().max(200)).optional(),
  }),
  /** Nothing is owed any longer. */
  SaleCompleted: z.object({ ...dimensions }),
  /** The mirror of one payment, whole, on the day it bounced or was found mistyped. */
  SalePaymentReversed: z.object({
    ...dimensions,
    ...paymentSplit,
    paymentId: identifier,
    cause: z.enum(['bounced', 'mistyped']),
  }),
  /** A credit note names this sale, which takes it before it is issued with just these data; that is posted. */
  SaleCredited: z.object({
    ...dimensions,
    creditNoteId: identifier,
    ...documentAmounts,
    refundMethod: paymentMethod.optional(),
  }),
  /** Commission given back in proportion to what was credited or cancelled. */
  CommissionTakenBack: z.object({
    ...dimensions,
    cause: z.enum(['credit_note', 'cancellation']),
    creditNoteId: identifier.optional(),
    taxCode: taxCode.optional(),
    taxRate: decimal.optional(),
    net: amountOf,
    tax: amountOf,
    gross: amountOf,
    /** agent basis: of what was not yet paid to us, and of what was (owed back as customer credit). */
    fromReceivable: amountOf,
    toCredit: amountOf,
    /** Over the counter: `toCredit` was paid back by this method instead of becoming credit. */
    refundMethod: paymentMethod.optional(),
  }),
  /** principal: our commission debt to the agent was paid, whole or in part. */
  CommissionPaid: z.object({
    ...dimensions,
    payoutId: identifier,
    method: paymentMethod,
    amount: amountOf,
  }),
  /** Customer credit met what this sale owed. */
  SaleCreditAllocated: z.object({ ...dimensions, allocationId: identifier, amount: amountOf }),
  /** A bad debt names this sale, which takes it before it is written off with just these data; that is posted. */
  SaleDebtWrittenOff: z.object({
    ...dimensions,
    badDebtId: identifier,
    amount: amountOf,
    source: documentSource.optional(),
    reason: personal('badDebtId', z.string().min(1).max(1000)).optional(),
  }),
  SaleWriteOffReversed: z.object({
    ...dimensions,
    badDebtId: identifier,
    reversalId: identifier,
    amount: amountOf,
  }),
  /** agent basis: the seller's money left our hands. */
  ClientMoneyPassedOn: z.object({ ...dimensions, payoutId: identifier, amount: amountOf }),
  /** agent basis: our commission was taken out of the client money we hold. */
  CommissionTakenFromClientMoney: z.object({
    ...dimensions,
    paymentId: identifier,
    amount: amountOf,
  }),
  /** Cancelled on `occurredOn`, for what was not yet credited. */
  SaleCancelled: z.object({
    ...dimensions,
    /** What the statistics lose: the figures of the sale as recorded, on the day it was sold. */
    recordedOn: localDate,
    recordedNet: amountOf,
    recordedGross: amountOf,
    recordedCommission: amountOf,
    /** principal: what is taken back from revenue and tax. Zero on the agent basis. */
    net: amountOf,
    tax: amountOf,
    gross: amountOf,
    taxes: documentTaxes,
    /** Of gross: still owed, and paid already. */
    fromReceivable: amountOf,
    toCredit: amountOf,
    /** Over the counter: paid back by this method instead of becoming credit. */
    refundMethod: paymentMethod.optional(),
    reason: personal('saleId', z.string().min(1).max(1000)).optional(),
  }),
  /** Of the reference of a payment, or of the reason of the cancellation. */
  SaleTextCorrected: z.object({
    saleId: identifier,
    customerId: identifier.optional(),
    field: z.enum(['reference', 'reason']),
    /** The payment whose reference it is. */
    paymentId: identifier.optional(),
    ...correctionUnder('saleId'),
  }),
} as const
export type SaleEvent = EventsOf<typeof saleEvents>

// ── State, Evolve ──────────────────────────────────────────────────────────────────────────────

export { commissionLeft, type RecordedSale, type Sale, writtenOff } from './sale/state.ts'

// ── Commands ───────────────────────────────────────────────────────────────────────────────────

export type SaleCommand =
  | RecordSale
  | ReceivePayment
  | ReversePayment
  | AllocateCustomerCredit
  | CreditSale
  | CancelSale
  | WriteOffSaleDebt
  | ReverseSaleWriteOff
  | PayCommission
  | PassOnClientMoney
  | TakeCommissionFromClientMoney
  | CorrectSaleText

// ── Decide ─────────────────────────────────────────────────────────────────────────────────────

const decide = (command: SaleCommand, state: Sale): readonly SaleEvent[] => {
  switch (command.type) {
    case 'RecordSale':
      return record(command, state)
    case 'ReceivePayment':
      return receivePayment(command, known(command, state))
    case 'ReversePayment':
      return reversePayment(command, known(command, state))
    case 'AllocateCustomerCredit':
      return allocate(command, known(command, state))
    case 'CreditSale':
      return credit(command, known(command, state))
    case 'CancelSale':
      return cancel(command, known(command, state))
    case 'WriteOffSaleDebt':
      return writeOff(command, known(command, state))
    case 'ReverseSaleWriteOff':
      return reverseWriteOff(command, known(command, state))
    case 'PayCommission':
      return payCommission(command, known(command, state))
    case 'PassOnClientMoney':
      return passOn(command, known(command, state))
    case 'TakeCommissionFromClientMoney':
      return takeCommission(command, known(command, state))
    case 'CorrectSaleText':
      return correctText(command, known(command, state))
    default:
      return unreachable(command)
  }
}

function known({ saleId }: SaleCommand, state: Sale): RecordedSale {
  if (state.status === 'none') throw new Rejection('SALE_UNKNOWN', { saleId })
  return state
}

export const sale: Decider<Sale, SaleCommand, SaleEvent> = {
  category: 'sale',
  stateVersion: 2,
  initial: { status: 'none' },
  evolve,
  decide,
}

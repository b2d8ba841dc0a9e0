import { lookup } from '../../fields.ts'
import { minus, plus } from '../../money/money.ts'
import type { DocumentTax } from '../documents.ts'
import type { SaleEvent } from '../sale.ts'

// ── State ──────────────────────────────────────────────────────────────────────────────────────
// Amounts are strings of minor units of the sale's currency. No lines, nothing personal.

export type Sale = { readonly status: 'none' } | RecordedSale

export interface RecordedSale {
  readonly status: 'recorded' | 'cancelled'
  readonly saleId: string
  /** Absent: over the counter. */
  readonly customerId?: string | undefined
  readonly agent: string
  readonly basis: 'principal' | 'agent'
  readonly currency: string
  readonly occurredOn: string
  /** As recorded. */
  readonly net: string
  readonly gross: string
  /** The receivable: of the gross price (principal) or of our commission (agent). Never below zero. */
  readonly owed: string
  /** What is neither credited nor cancelled yet, by all codes of the sale: what is left may be zero. */
  readonly left: Uncredited
  readonly commission: Commission
  /** The buyer's money that we hold; below zero when a payment bounced after it was passed on. */
  readonly clientMoney: string
  readonly payments: Readonly<Record<string, Payment>>
  /** What of each write-off was not reversed, by bad debt. */
  readonly writeOffs: Readonly<Record<string, string>>
  /** Ids of whatever else happens once: credit notes, allocations, reversals of write-offs, payouts. */
  readonly done: readonly string[]
}

export interface Uncredited {
  readonly net: string
  readonly tax: string
  readonly taxes: readonly DocumentTax[]
}

export interface Commission {
  /** Accrued. */
  readonly net: string
  readonly tax: string
  readonly taxCode?: string | undefined
  readonly taxRate?: string | undefined
  /** Taken back, cumulative. */
  readonly netTaken: string
  readonly taxTaken: string
  /** principal: paid to the agent. */
  readonly paid: string
}

export interface Payment {
  readonly purpose: 'price' | 'commission'
  readonly route: 'through_us' | 'direct'
  readonly method: 'cash' | 'bank' | 'card' | 'cheque' | 'mobile_money'
  readonly amount: string
  readonly toReceivable: string
  readonly toCredit: string
  readonly toClientMoney: string
  readonly occurredOn: string
  readonly reversed: boolean
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

export function evolve(state: Sale, event: SaleEvent): Sale {
  if (event.type === 'SaleRecorded') return recorded(event.data)
  return state.status === 'none' ? state : evolveRecorded(state, event)
}

/** The data of one type of a sale's events. */
export type Data<Type extends SaleEvent['type']> = Extract<
  SaleEvent,
  { readonly type: Type }
>['data']
type LaterEvent = Exclude<SaleEvent, { readonly type: 'SaleRecorded' }>

function evolveRecorded(sale: RecordedSale, event: LaterEvent): RecordedSale {
  switch (event.type) {
    case 'CommissionAccrued':
      return commissionAccrued(sale, event.data)
    case 'SalePaymentReceived':
      return paymentReceived(sale, event.data)
    case 'SalePaymentReversed':
      return paymentReversed(sale, event.data)
    case 'SaleCredited':
      return credited(sale, event.data)
    case 'CommissionTakenBack':
      return commissionTakenBack(sale, event.data)
    case 'CommissionPaid':
      return commissionPaid(sale, event.data)
    case 'SaleCreditAllocated':
      return once({ ...sale, owed: minus(sale.owed, event.data.amount) }, event.data.allocationId)
    case 'SaleDebtWrittenOff':
      return debtWrittenOff(sale, event.data)
    case 'SaleWriteOffReversed':
      return writeOffReversed(sale, event.data)
    case 'ClientMoneyPassedOn':
      return once(holding(sale, `-${event.data.amount}`), event.data.payoutId)
    case 'CommissionTakenFromClientMoney':
      return commissionTakenFromClientMoney(sale, event.data)
    case 'SaleCancelled':
      return cancelled(sale, event.data)
    case 'SaleCompleted':
    case 'SaleTextCorrected':
      return sale
    default:
      // A fact of a later version: the fold copes.
      return sale
  }
}

function recorded(data: Data<'SaleRecorded'>): RecordedSale {
  return {
    status: 'recorded',
    saleId: data.saleId,
    customerId: data.customerId,
    agent: data.agent,
    basis: data.basis,
    currency: data.currency,
    occurredOn: data.occurredOn,
    net: data.net,
    gross: data.gross,
    owed: data.basis === 'principal' ? data.gross : '0',
    left: { net: data.net, tax: data.tax, taxes: data.taxes },
    commission: { net: '0', tax: '0', netTaken: '0', taxTaken: '0', paid: '0' },
    clientMoney: '0',
    payments: {},
    writeOffs: {},
    done: [],
  }
}

function commissionAccrued(sale: RecordedSale, data: Data<'CommissionAccrued'>): RecordedSale {
  const { net, tax, taxCode, taxRate } = data
  const owed = sale.basis === 'agent' ? plus(sale.owed, data.gross) : sale.owed
  return { ...sale, owed, commission: { ...sale.commission, net, tax, taxCode, taxRate } }
}

function paymentReceived(sale: RecordedSale, data: Data<'SalePaymentReceived'>): RecordedSale {
  const { purpose, route, method, amount, toReceivable, toCredit, toClientMoney } = data
  const payment: Payment = {
    purpose,
    route,
    method,
    amount,
    toReceivable,
    toCredit,
    toClientMoney,
    occurredOn: data.occurredOn,
    reversed: false,
  }
  return {
    ...holding(sale, toClientMoney),
    owed: minus(sale.owed, toReceivable),
    payments: { ...sale.payments, [data.paymentId]: payment },
  }
}

function paymentReversed(sale: RecordedSale, data: Data<'SalePaymentReversed'>): RecordedSale {
  const payment = lookup(sale.payments, data.paymentId)
  if (payment === undefined) return sale
  return {
    ...holding(sale, minus('0', data.toClientMoney)),
    owed: plus(sale.owed, data.toReceivable),
    payments: { ...sale.payments, [data.paymentId]: { ...payment, reversed: true } },
  }
}

function credited(sale: RecordedSale, data: Data<'SaleCredited'>): RecordedSale {
  return once({ ...sale, left: less(sale.left, data) }, data.creditNoteId)
}

function cancelled(sale: RecordedSale, data: Data<'SaleCancelled'>): RecordedSale {
  return {
    ...sale,
    status: 'cancelled',
    owed: minus(sale.owed, data.fromReceivable),
    left: less(sale.left, sale.left),
  }
}

function commissionTakenBack(sale: RecordedSale, data: Data<'CommissionTakenBack'>): RecordedSale {
  const { commission } = sale
  return {
    ...sale,
    owed: minus(sale.owed, data.fromReceivable),
    commission: {
      ...commission,
      netTaken: plus(commission.netTaken, data.net),
      taxTaken: plus(commission.taxTaken, data.tax),
    },
  }
}

function commissionPaid(sale: RecordedSale, data: Data<'CommissionPaid'>): RecordedSale {
  const paid = plus(sale.commission.paid, data.amount)
  return once({ ...sale, commission: { ...sale.commission, paid } }, data.payoutId)
}

function debtWrittenOff(sale: RecordedSale, data: Data<'SaleDebtWrittenOff'>): RecordedSale {
  return {
    ...sale,
    owed: minus(sale.owed, data.amount),
    writeOffs: { ...sale.writeOffs, [data.badDebtId]: data.amount },
  }
}

function writeOffReversed(sale: RecordedSale, data: Data<'SaleWriteOffReversed'>): RecordedSale {
  const left = minus(lookup(sale.writeOffs, data.badDebtId) ?? '0', data.amount)
  const reversed = {
    ...sale,
    owed: plus(sale.owed, data.amount),
    writeOffs: { ...sale.writeOffs, [data.badDebtId]: left },
  }
  return once(reversed, data.reversalId)
}

function commissionTakenFromClientMoney(
  sale: RecordedSale,
  data: Data<'CommissionTakenFromClientMoney'>,
): RecordedSale {
  const taken = { ...holding(sale, `-${data.amount}`), owed: minus(sale.owed, data.amount) }
  return once(taken, data.paymentId)
}

function holding(sale: RecordedSale, more: string): RecordedSale {
  return { ...sale, clientMoney: plus(sale.clientMoney, more) }
}

function once(sale: RecordedSale, id: string): RecordedSale {
  return { ...sale, done: [...sale.done, id] }
}

function less(left: Uncredited, taken: Uncredited): Uncredited {
  const byCode = new Map(taken.taxes.map((tax) => [tax.code, tax]))
  return {
    net: minus(left.net, taken.net),
    tax: minus(left.tax, taken.tax),
    taxes: left.taxes.map((tax) => {
      const part = byCode.get(tax.code)
      if (part === undefined) return tax
      return { ...tax, net: minus(tax.net, part.net), tax: minus(tax.tax, part.tax) }
    }),
  }
}

// ── What decisions ask of it ───────────────────────────────────────────────────────────────────

/** What every event of the sale repeats, on the day of that event. */
export function dimensionsOf(sale: RecordedSale, occurredOn: string) {
  const { saleId, customerId, agent, basis, currency } = sale
  return customerId === undefined
    ? { saleId, agent, basis, currency, occurredOn }
    : { saleId, customerId, agent, basis, currency, occurredOn }
}

/** Written off and not reversed. */
export function writtenOff(sale: RecordedSale): bigint {
  return Object.values(sale.writeOffs).reduce((sum, amount) => sum + BigInt(amount), 0n)
}

/** principal: what we still owe the agent; never below zero, though more may have been paid. */
export function commissionLeft(sale: RecordedSale): bigint {
  const { net, netTaken, paid } = sale.commission
  const left = BigInt(net) - BigInt(netTaken) - BigInt(paid)
  return left > 0n ? left : 0n
}

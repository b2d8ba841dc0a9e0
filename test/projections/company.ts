import fc from 'fast-check'
import { customer } from '#domain/crm/customer.ts'
import type { Decider, DomainEvent } from '#domain/decider.ts'
import type { DaybookEvent } from '#domain/events.ts'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { creditNote } from '#domain/finance/credit-note.ts'
import { customerCredit } from '#domain/finance/customer-credit.ts'
import type { DocumentInput } from '#domain/finance/document-amounts.ts'
import type { PaymentMethod } from '#domain/finance/documents.ts'
import { type RecordedSale, type Sale, type SaleCommand, sale } from '#domain/finance/sale.ts'
import { Rejection } from '#domain/rejection.ts'
import type { Told } from './fold-runner.ts'

/** What a company does next: which of its deeds, on which of its sales, for how much, when and how. */
export interface Deed {
  readonly kind: (typeof kinds)[number]
  readonly pick: number
  readonly amount: number
  readonly day: number
  readonly method: PaymentMethod
  readonly flag: boolean
}

const kinds = [
  'sell',
  'sell',
  'sellOverTheCounter',
  'pay',
  'payCommission',
  'reverse',
  'credit',
  'creditAlone',
  'cancel',
  'writeOff',
  'writeOffAlone',
  'reverseWriteOff',
  'recover',
  'allocate',
  'refund',
  'payAgent',
  'passOn',
  'takeCommission',
  'correct',
] as const

export const deeds = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    pick: fc.nat({ max: 1000 }),
    amount: fc.integer({ min: 1, max: 200_000 }),
    day: fc.nat({ max: 60 }),
    method: fc.constantFrom<PaymentMethod>('cash', 'bank', 'card', 'cheque', 'mobile_money'),
    flag: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
)

const TODAY = '2026-06-30'
const CUSTOMERS = ['c-1', 'c-2', 'c-3']
const AGENTS = ['ann', 'bob']

/**
 * Everything a company records, decided by the real domain: what is refused leaves no event. Facts of
 * customer credit follow at once, as its process would let them.
 */
export class Company {
  readonly story: Told[] = []
  readonly #states = new Map<string, unknown>()
  #count = 0

  constructor() {
    for (const customerId of CUSTOMERS) {
      this.#do(customer, customerId, {
        type: 'RegisterCustomer',
        customerId,
        agent: 'ann',
        status: 'lead',
        name: `Customer ${customerId}`,
        occurredOn: '2026-01-01',
        today: TODAY,
      })
    }
  }

  does(deed: Deed): void {
    this[deed.kind]({ ...deed, ...this.#facts(deed) })
  }

  #facts({ day, pick, amount, flag }: Deed) {
    const occurredOn = `2026-0${1 + Math.floor(day / 28)}-${String(1 + (day % 28)).padStart(2, '0')}`
    const sales = this.#sales()
    return {
      occurredOn,
      today: TODAY,
      id: `id-${(this.#count += 1)}`,
      customerId: CUSTOMERS[pick % CUSTOMERS.length] as string,
      agent: AGENTS[pick % AGENTS.length] as string,
      currency: pick % 7 === 0 ? 'USD' : 'SAR',
      sale: sales[pick % Math.max(1, sales.length)],
      document: {
        amount: BigInt(amount),
        ...(flag ? { taxCode: 'S', taxRates: { S: '15' } } : {}),
      } satisfies DocumentInput,
    }
  }

  sell(deed: Facts): void {
    const { id, agent, currency, occurredOn, today, flag, pick, document } = deed
    const { method } = deed
    this.#do(sale, id, {
      type: 'RecordSale',
      saleId: id,
      customerId: deed.customerId,
      agent,
      basis: pick % 3 === 0 ? 'agent' : 'principal',
      currency,
      occurredOn,
      today,
      document: { ...document, taxRates: { S: '15' } },
      paymentTermsDays: 30,
      commission: pick % 5 === 0 ? undefined : { rate: '2.5', tier: 'standard' },
      commissionTaxCode: flag ? 'S' : undefined,
      payment: pick % 4 === 0 ? { paymentId: `p-${id}`, method } : undefined,
    })
  }

  sellOverTheCounter(deed: Facts): void {
    const { id, agent, currency, occurredOn, today, method, document, pick } = deed
    this.#do(sale, id, {
      type: 'RecordSale',
      saleId: id,
      agent,
      basis: pick % 3 === 0 ? 'agent' : 'principal',
      currency,
      occurredOn,
      today,
      document,
      paymentTermsDays: 30,
      commission: { rate: '3' },
      payment: {
        paymentId: `p-${id}`,
        method,
        ...(pick % 3 === 0 ? { purpose: 'commission' } : {}),
      },
    })
  }

  pay(deed: Facts, purpose: 'price' | 'commission' = 'price'): void {
    const { id, amount, method, pick, occurredOn, today } = deed
    this.#onSale(deed, ({ saleId, currency }) => ({
      type: 'ReceivePayment',
      saleId,
      paymentId: `p-${id}`,
      method,
      purpose,
      route: pick % 6 === 0 ? 'direct' : 'through_us',
      amount: deed.flag ? undefined : { amount: BigInt(amount), currency },
      occurredOn,
      today,
    }))
  }

  payCommission(deed: Facts): void {
    this.pay(deed, 'commission')
  }

  reverse(deed: Facts): void {
    const { pick, occurredOn, today } = deed
    this.#onSale(deed, ({ saleId, payments }) => ({
      type: 'ReversePayment',
      saleId,
      paymentId: Object.keys(payments)[pick % Math.max(1, Object.keys(payments).length)] ?? 'none',
      cause: 'bounced',
      occurredOn,
      today,
    }))
  }

  credit(deed: Facts): void {
    const { id, document, occurredOn, today, method } = deed
    const credited = deed.sale
    if (credited === undefined) return
    const { saleId, customerId, agent, basis, currency } = credited
    const refundMethod = customerId === undefined ? method : undefined
    const note = { creditNoteId: id, saleId, currency, document, refundMethod, occurredOn, today }
    const noted = this.#do(sale, saleId, { type: 'CreditSale', ...note })
    if (!noted) return
    this.#do(creditNote, id, { type: 'IssueCreditNote', ...note, customerId, agent, basis })
  }

  creditAlone(deed: Facts): void {
    const { id, flag, customerId, agent, currency, document, method, occurredOn, today } = deed
    this.#do(creditNote, id, {
      type: 'IssueCreditNote',
      creditNoteId: id,
      ...(flag ? { customerId } : { refundMethod: method }),
      basis: 'principal',
      agent,
      currency,
      document,
      occurredOn,
      today,
    })
  }

  cancel(deed: Facts): void {
    const { occurredOn, today, method } = deed
    this.#onSale(deed, ({ saleId, customerId }) => ({
      type: 'CancelSale',
      saleId,
      refundMethod: customerId === undefined ? method : undefined,
      occurredOn,
      today,
    }))
  }

  writeOff(deed: Facts): void {
    const { id, occurredOn, today } = deed
    const owing = deed.sale
    if (owing === undefined) return
    const { saleId, customerId, currency, owed } = owing
    const given = { badDebtId: id, saleId, occurredOn, today }
    const amount = { amount: (BigInt(owed) + 1n) / 2n, currency }
    if (this.#do(sale, saleId, { type: 'WriteOffSaleDebt', ...given, amount })) {
      this.#do(badDebt, id, { type: 'WriteOffBadDebt', ...given, customerId, amount })
    }
  }

  writeOffAlone(deed: Facts): void {
    const { id, flag, pick, customerId, amount, currency, occurredOn, today } = deed
    const stated = {
      badDebtId: id,
      customerId: flag ? customerId : undefined,
      amount: { amount: BigInt(amount), currency },
      occurredOn,
      today,
    }
    if (pick % 2 === 0) this.#do(badDebt, id, { type: 'WriteOffBadDebt', ...stated })
    else this.#do(badDebt, id, { type: 'RecordBadDebtReversal', reversalId: `r-${id}`, ...stated })
  }

  reverseWriteOff(deed: Facts): void {
    const { id, occurredOn, today } = deed
    const reversed = { reversalId: `r-${id}`, occurredOn, today }
    const [badDebtId, amount] = Object.entries(deed.sale?.writeOffs ?? {})[0] ?? []
    if (deed.sale === undefined || badDebtId === undefined || amount === undefined) return
    const part = { amount: BigInt(amount), currency: deed.sale.currency }
    const given = { ...reversed, badDebtId, amount: part }
    const { saleId } = deed.sale
    // The document first, as the command does: the sale then never refuses what the document took.
    if (this.#do(badDebt, badDebtId, { type: 'ReverseBadDebtWriteOff', ...given })) {
      this.#do(sale, saleId, { type: 'ReverseSaleWriteOff', saleId, ...given })
    }
  }

  /** A text of a sale and one of a bad debt. */
  correct(deed: Facts): void {
    const { pick, flag, id } = deed
    const corrected = { before: `before ${id}`, text: `after ${id}`, reason: 'mistyped' }
    this.#onSale(deed, ({ saleId, payments }) => {
      const paymentId = Object.keys(payments)[pick % Math.max(1, Object.keys(payments).length)]
      const place = flag
        ? ({ field: 'reference', paymentId } as const)
        : { field: 'reason' as const }
      return { type: 'CorrectSaleText', saleId, ...place, ...corrected }
    })
    const badDebtId = this.#debt(deed)
    if (badDebtId === undefined) return
    const place = { badDebtId, field: 'reason', partId: flag ? `r-${id}` : undefined } as const
    this.#do(badDebt, badDebtId, { type: 'CorrectBadDebtText', ...place, ...corrected })
  }

  #debt({ pick }: Facts): string | undefined {
    const debts = [...this.#states.keys()].filter((name) => name.startsWith('badDebt '))
    return debts[pick % Math.max(1, debts.length)]?.slice('badDebt '.length)
  }

  recover(deed: Facts): void {
    const { id, method, occurredOn, today } = deed
    const badDebtId = this.#debt(deed)
    if (badDebtId === undefined) return
    const recovery = { badDebtId, recoveryId: `r-${id}`, method, occurredOn, today }
    this.#do(badDebt, badDebtId, { type: 'RecoverBadDebt', ...recovery })
  }

  allocate(deed: Facts): void {
    const { id, amount, occurredOn, today } = deed
    const owing = deed.sale
    if (owing?.customerId === undefined) return
    const { saleId, customerId, currency } = owing
    const asked = {
      allocationId: id,
      saleId,
      customerId,
      amount: { amount: BigInt(amount), currency },
    }
    const reserved = this.#do(customerCredit, customerId, {
      type: 'ReserveCustomerCredit',
      ...asked,
    })
    if (!reserved) return
    const before = this.story.length
    this.#do(sale, saleId, { type: 'AllocateCustomerCredit', ...asked, occurredOn, today })
    const took = this.story.slice(before).find(({ event }) => event.type === 'SaleCreditAllocated')
    const taken = took?.event.type === 'SaleCreditAllocated' ? took.event.data.amount : '0'
    this.#do(customerCredit, customerId, {
      type: 'ReleaseCustomerCredit',
      customerId,
      allocationId: id,
      taken: BigInt(taken),
    })
  }

  refund(deed: Facts): void {
    const { id, customerId, amount, currency, method, occurredOn, today } = deed
    this.#do(customerCredit, customerId, {
      type: 'RefundCustomerCredit',
      customerId,
      refundId: id,
      amount: { amount: BigInt(amount), currency },
      method,
      occurredOn,
      today,
    })
  }

  payAgent(deed: Facts): void {
    const { id, method, occurredOn, today } = deed
    this.#onSale(deed, ({ saleId }) => ({
      type: 'PayCommission',
      saleId,
      payoutId: id,
      method,
      occurredOn,
      today,
    }))
  }

  passOn(deed: Facts): void {
    const { id, occurredOn, today } = deed
    this.#onSale(deed, ({ saleId }) => ({
      type: 'PassOnClientMoney',
      saleId,
      payoutId: id,
      occurredOn,
      today,
    }))
  }

  takeCommission(deed: Facts): void {
    const { id, occurredOn, today } = deed
    this.#onSale(deed, ({ saleId }) => ({
      type: 'TakeCommissionFromClientMoney',
      saleId,
      paymentId: id,
      occurredOn,
      today,
    }))
  }

  #sales(): readonly RecordedSale[] {
    return [...this.#states]
      .filter(([name]) => name.startsWith('sale '))
      .map(([, state]) => state as Sale)
      .filter((state) => state.status !== 'none')
  }

  #onSale({ sale: chosen }: Facts, command: (chosen: RecordedSale) => SaleCommand): void {
    if (chosen !== undefined) this.#do(sale, chosen.saleId, command(chosen))
  }

  /** True unless the domain refuses. */
  #do<State, Command, Event extends DomainEvent>(
    decider: Decider<State, Command, Event>,
    id: string,
    command: Command,
  ): boolean {
    const name = `${decider.category} ${id}`
    const before = (this.#states.get(name) as State | undefined) ?? decider.initial
    let events: readonly Event[]
    try {
      events = decider.decide(command, before)
    } catch (error) {
      if (error instanceof Rejection) return false
      throw error
    }
    this.#states.set(name, events.reduce(decider.evolve, before))
    for (const event of events) {
      const told = event as unknown as DaybookEvent
      this.story.push({ event: told, stream: [decider.category, id] })
      this.#creditFollows(told)
    }
    return true
  }

  #creditFollows(event: DaybookEvent): void {
    const moved = creditMoved(event)
    if (moved === undefined) return
    const { type, customerId, amount, currency, origin } = moved
    this.#do(customerCredit, customerId, {
      type,
      customerId,
      amount: { amount: BigInt(amount), currency },
      origin,
    })
  }
}

type Facts = Deed & {
  readonly occurredOn: string
  readonly today: string
  readonly id: string
  readonly customerId: string
  readonly agent: string
  readonly currency: string
  readonly sale: RecordedSale | undefined
  readonly document: DocumentInput
}

const received = 'ReceiveCustomerCredit'
const withdrawn = 'WithdrawCustomerCredit'

/** Which facts give or take back a customer's credit. */
function creditMoved({ type, data }: DaybookEvent) {
  if (type === 'SalePaymentReceived') {
    return credit(received, data, data.toCredit, 'payment', data.paymentId)
  }
  if (type === 'SalePaymentReversed') {
    return credit(withdrawn, data, data.toCredit, 'payment_reversal', data.paymentId)
  }
  if (type === 'CreditNoteIssued') {
    const amount = data.basis === 'principal' ? data.gross : '0'
    return credit(received, data, amount, 'credit_note', data.creditNoteId)
  }
  if (type === 'CommissionTakenBack') {
    return credit(received, data, data.toCredit, data.cause, data.creditNoteId ?? data.saleId)
  }
  if (type === 'SaleCancelled') {
    return credit(received, data, data.toCredit, 'cancellation', data.saleId)
  }
  return undefined
}

function credit(
  type: 'ReceiveCustomerCredit' | 'WithdrawCustomerCredit',
  data: { readonly customerId?: string | undefined; readonly currency: string },
  amount: string,
  kind: 'payment' | 'payment_reversal' | 'credit_note' | 'cancellation',
  id: string,
) {
  const { customerId, currency } = data
  if (customerId === undefined || amount === '0') return undefined
  return { type, customerId, currency, amount, origin: { kind, id } }
}

/** The story of a company with some hundred deeds, the same each time. */
export function longStory(seed: number): readonly Told[] {
  const company = new Company()
  for (const done of fc.sample(deeds, { numRuns: 12, seed })) {
    for (const deed of done) company.does(deed)
  }
  return company.story
}

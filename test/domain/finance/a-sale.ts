import type { SaleCommand, SaleEvent } from '#domain/finance/sale.ts'
import { sale } from '#domain/finance/sale.ts'
import { given } from '../given-when-then.ts'

/** What the stories of sales share: one sale in its usual variants, and short words for its steps. */

export const today = '2026-11-21'
export const saleId = 'sale-1'
export const customerId = 'customer-1'

type CommandOf<Type extends SaleCommand['type']> = Extract<SaleCommand, { readonly type: Type }>

/** 1000.00 SAR and 15 % VAT to a customer on account, sold by Layla who earns 2.5 %. */
export function recordSale(changes: Partial<CommandOf<'RecordSale'>> = {}) {
  return {
    type: 'RecordSale',
    saleId,
    customerId,
    agent: 'layla',
    basis: 'principal',
    currency: 'SAR',
    occurredOn: '2026-11-01',
    today,
    document: { amount: 100_000n, taxCode: 'VAT', taxRates: { VAT: '15' } },
    paymentTermsDays: 30,
    commission: { tier: 'senior', rate: '2.5' },
    ...changes,
  } as const satisfies SaleCommand
}

/** The same price, brokered: our commission is 25.00 and its VAT 3.75. */
export function recordBrokeredSale(changes: Partial<CommandOf<'RecordSale'>> = {}) {
  return recordSale({
    basis: 'agent',
    document: { amount: 100_000n, taxRates: { VAT: '15' } },
    commissionTaxCode: 'VAT',
    ...changes,
  })
}

export function sar(amount: bigint) {
  return { amount, currency: 'SAR' }
}

/** What every event of the sale repeats. */
export function dimensions(occurredOn: string, changes: object = {}) {
  const agent = 'layla'
  return { saleId, customerId, agent, basis: 'principal', currency: 'SAR', occurredOn, ...changes }
}

/** The sale after these commands, each with an id of its own where it needs one. */
export function after(...commands: readonly SaleCommand[]): readonly SaleEvent[] {
  return commands.reduce<readonly SaleEvent[]>(
    (past, command) => given(sale, past).after(command),
    [],
  )
}

export function pay(amount?: bigint, changes: Partial<CommandOf<'ReceivePayment'>> = {}) {
  return {
    type: 'ReceivePayment',
    saleId,
    paymentId: 'payment-1',
    method: 'bank',
    ...(amount === undefined ? {} : { amount: sar(amount) }),
    occurredOn: '2026-11-05',
    today,
    ...changes,
  } as const satisfies SaleCommand
}

export function reverse(changes: Partial<CommandOf<'ReversePayment'>> = {}) {
  return {
    type: 'ReversePayment',
    saleId,
    paymentId: 'payment-1',
    cause: 'bounced',
    occurredOn: '2026-11-10',
    today,
    ...changes,
  } as const satisfies SaleCommand
}

export function credit(amount: bigint, changes: Partial<CommandOf<'CreditSale'>> = {}) {
  return {
    type: 'CreditSale',
    saleId,
    creditNoteId: 'credit-note-1',
    currency: 'SAR',
    document: { amount, taxCode: 'VAT', taxRates: { VAT: '15' } },
    occurredOn: '2026-11-12',
    today,
    ...changes,
  } as const satisfies SaleCommand
}

export function cancel(changes: Partial<CommandOf<'CancelSale'>> = {}) {
  return { type: 'CancelSale', saleId, occurredOn: '2026-11-15', today, ...changes } as const
}

export function allocate(
  amount: bigint,
  changes: Partial<CommandOf<'AllocateCustomerCredit'>> = {},
) {
  return {
    type: 'AllocateCustomerCredit',
    saleId,
    customerId,
    allocationId: 'allocation-1',
    amount: sar(amount),
    occurredOn: '2026-11-08',
    today,
    ...changes,
  } as const satisfies SaleCommand
}

export function writeOff(amount?: bigint, changes: Partial<CommandOf<'WriteOffSaleDebt'>> = {}) {
  return {
    type: 'WriteOffSaleDebt',
    saleId,
    badDebtId: 'bad-debt-1',
    ...(amount === undefined ? {} : { amount: sar(amount) }),
    occurredOn: '2026-11-14',
    today,
    ...changes,
  } as const satisfies SaleCommand
}

import { type Erasable, refuseLeaving } from '../../crm/customer/erase.ts'
import { documentOf, rateOf } from '../../finance/document-amounts.ts'
import { formatAmount, most, netWithin } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import type { OpenedWallet, Usage, UsageInput } from './state.ts'

/** What a command says that is new business with the wallet's customer, and settles nothing. */
export interface NewBusiness {
  /** As they are known: how far their erasure has come is said by nothing in the wallet. */
  readonly customer?: Erasable | undefined
}

/** @throws Rejection CUSTOMER_RESTRICTED, CUSTOMER_ERASED */
export function staying({ customer = {} }: NewBusiness, wallet: OpenedWallet): OpenedWallet {
  refuseLeaving(wallet.customerId, customer)
  return wallet
}

/** @throws Rejection WALLET_SUSPENDED */
export function refuseSuspended({ walletId, suspended }: OpenedWallet): void {
  if (suspended !== undefined)
    throw new Rejection('WALLET_SUSPENDED', { walletId, cause: suspended })
}

/** @throws Rejection WALLET_FUNDS_NOT_ENOUGH, naming what is missing */
export function refuseAbove(available: bigint, asked: bigint, currency: string): void {
  if (asked <= available) return
  const facts = {
    shortfall: formatAmount(asked - available, currency),
    available: formatAmount(available, currency),
    currency,
  }
  throw new Rejection('WALLET_FUNDS_NOT_ENOUGH', facts, 'amount')
}

/** @throws Rejection as `documentOf` */
export function usageOf(input: UsageInput, currency: string): Usage {
  const { net, tax, gross, taxes } = documentOf(input, currency)
  const [part] = taxes
  if (part === undefined) return { net, tax, gross }
  return { net, tax, gross, taxCode: part.code, taxRate: part.rate }
}

/** What an amount is made of that has its tax within it. @throws Rejection TAX_CODE_UNKNOWN, RATE_INVALID */
export function usageWithin(gross: bigint, input: Omit<UsageInput, 'amount'>): Usage {
  const { taxCode } = input
  if (taxCode === undefined) return { net: String(gross), tax: '0', gross: String(gross) }
  const taxRate = rateOf(taxCode, input, 'taxCode')
  // Something was used: of the smallest amount there is, all is net.
  const net = most(1n, netWithin(gross, taxRate))
  return { net: String(net), tax: String(gross - net), gross: String(gross), taxCode, taxRate }
}

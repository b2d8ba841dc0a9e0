import { documentOf } from '../../finance/document-amounts.ts'
import { formatAmount } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import type { OpenedWallet, Usage, UsageInput } from './state.ts'

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

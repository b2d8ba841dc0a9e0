import { knownSale, type OperationDeps } from '#commands/operation.ts'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { sale } from '#domain/finance/sale.ts'
import type { Money } from '#domain/money/money.ts'
import { Rejection } from '#domain/rejection.ts'
import { moneyOf, type SentAmount } from '../money.ts'

/**
 * An amount for a sale: without a currency the sale's is meant.
 *
 * @throws Rejection SALE_UNKNOWN, CURRENCY_MISMATCH, AMOUNT_*
 */
export async function moneyOfSale(
  operations: OperationDeps,
  organisation: string,
  saleId: string,
  amount: SentAmount | undefined,
): Promise<Money | undefined> {
  if (amount === undefined) return undefined
  const { state } = await operations.handler.load(sale, organisation, saleId, { age: 'any' })
  // A sale's currency never changes; only its absence must be asked of the log itself.
  const { currency } =
    state.status === 'none' ? await knownSale(operations, organisation, saleId) : state
  return moneyOf(amount, currency, 'amount')
}

/** The same for a write-off. @throws Rejection BAD_DEBT_UNKNOWN, CURRENCY_MISMATCH, AMOUNT_* */
export async function moneyOfBadDebt(
  { handler }: OperationDeps,
  organisation: string,
  badDebtId: string,
  amount: SentAmount | undefined,
): Promise<Money | undefined> {
  if (amount === undefined) return undefined
  const { state } = await handler.load(badDebt, organisation, badDebtId, { age: 'now' })
  if (state.status !== 'writtenOff') throw new Rejection('BAD_DEBT_UNKNOWN', { badDebtId })
  return moneyOf(amount, state.currency, 'amount')
}

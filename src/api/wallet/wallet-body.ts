import { z } from 'zod'
import { knownWallet } from '#commands/wallet/command-wallet.ts'
import type { OperationDeps } from '#commands/operation.ts'
import type { Money } from '#domain/money/money.ts'
import { inOrderOn, onlyOn } from '../command-order.ts'
import type { RunCommand } from '../command-requests.ts'
import { idIn } from '../fields.ts'
import { decimalIn, moneyOf, type SentAmount } from '../money.ts'
import { may } from '../permissions.ts'
import { written } from '../written.ts'

export interface WalletCommandDeps {
  readonly operations: OperationDeps
  readonly run: RunCommand
}

export const walletParams = z.strictObject({ id: idIn })

/** One command on the wallet's stream. */
export const mayUse = may('write', onlyOn('wallet'))
/** As `mayUse`, about a movement that an earlier command made. */
export const mayTakeBack = may('write', inOrderOn('wallet'))

/** The number of a movement, as the statement has it. */
export const movementIn = written(/^[1-9]\d{0,9}$/, '3').describe(
  'The number of a movement in the wallet’s statement.',
)

const taxCodeIn = z.string().min(1).max(32)

export const reference = z.string().min(1).max(200).optional()
export const reason = z.string().min(1).max(1000).optional()

/** What was used: a net amount and its tax. */
export const usageFields = {
  taxCode: taxCodeIn.optional().describe('Of the amount.'),
  taxRates: z.record(taxCodeIn, decimalIn).optional().describe('Percent by tax code.'),
  description: z.string().min(1).max(500).optional(),
  reference,
}

/**
 * An amount for a wallet: without a currency the wallet's is meant.
 *
 * @throws Rejection WALLET_UNKNOWN, CURRENCY_MISMATCH, AMOUNT_*
 */
export async function moneyOfWallet(
  operations: OperationDeps,
  organisation: string,
  walletId: string,
  amount: SentAmount,
  field = 'amount',
): Promise<Money> {
  const { currency } = await knownWallet(operations, organisation, walletId)
  return moneyOf(amount, currency, field)
}

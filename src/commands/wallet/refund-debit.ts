import type { Money } from '#domain/money/money.ts'
import type { CommandContext, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import { commandWallet, movementOf } from './command-wallet.ts'

export interface Refund {
  readonly walletId: string
  /** The movement that was the debit, or the capture of a hold. */
  readonly debit: string
  /** Gross. Absent: all that may still be refunded. */
  readonly amount?: Money | undefined
  readonly reason?: string | undefined
  readonly occurredOn?: string | undefined
}

/**
 * Gives back of a debit, to the wallet.
 *
 * @throws Rejection WALLET_UNKNOWN, MOVEMENT_UNKNOWN, REFUND_ABOVE_LEFT
 */
export async function refundDebit(
  deps: OperationDeps,
  input: Refund,
  context: CommandContext,
  options?: HandleOptions,
) {
  const { walletId, debit: movement } = input
  const asked = { walletId, movement, kind: 'debit' } as const
  const debit = await movementOf(deps, context.organisation, asked)
  return commandWallet(deps, { ...input, type: 'RefundDebit', debit }, context, options)
}

import type { CommandContext, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import { commandWallet, movementOf } from './command-wallet.ts'

export interface ChargedBack {
  readonly walletId: string
  /** The movement that was the top-up. */
  readonly topUp: string
  readonly reason?: string | undefined
  readonly occurredOn?: string | undefined
}

/**
 * The bank took a top-up back, whole.
 *
 * @throws Rejection WALLET_UNKNOWN, MOVEMENT_UNKNOWN, TOP_UP_ALREADY_CHARGED_BACK
 */
export async function chargeBackTopUp(
  deps: OperationDeps,
  input: ChargedBack,
  context: CommandContext,
  options?: HandleOptions,
) {
  const { walletId, topUp: movement } = input
  const asked = { walletId, movement, kind: 'top_up' } as const
  const topUp = await movementOf(deps, context.organisation, asked)
  return commandWallet(deps, { ...input, type: 'ChargeBackTopUp', topUp }, context, options)
}

import type { Correction } from '#domain/privacy/correction.ts'
import { lookup } from '#domain/fields.ts'
import type { CorrectWalletText, WalletTextPlace } from '#domain/wallet/wallet/correct.ts'
import { textKey } from '#domain/wallet/wallet/state.ts'
import { type WalletEvent, wallet } from '#domain/wallet/wallet.ts'
import { Rejection } from '#domain/rejection.ts'
import type { CommandContext, CommandOutcome, HandleOptions } from '../handler.ts'
import type { OperationDeps } from '../operation.ts'
import { type Corrector, refuseUnseen } from './refuse-unseen.ts'

/**
 * As `correctSaleText`, of a wallet, whose stream may be long: the one event is read that says how the
 * text reads so far.
 *
 * @throws Rejection WALLET_UNKNOWN, TEXT_UNKNOWN, CUSTOMER_ERASED, CUSTOMER_RESTRICTED
 */
export async function correctWalletText(
  deps: Pick<OperationDeps, 'handler'>,
  input: WalletTextPlace & Correction,
  corrector: Corrector,
  context: CommandContext,
  options?: HandleOptions,
): Promise<CommandOutcome<WalletEvent>> {
  const { handler } = deps
  const { organisation } = context
  const { walletId, corrects } = input
  const repeated = await handler.replay(wallet, walletId, context)
  if (repeated !== undefined) return repeated
  const { state } = await handler.load(wallet, organisation, walletId, { age: 'now' })
  if (state.status === 'none') throw new Rejection('WALLET_UNKNOWN', { walletId })
  await refuseUnseen(deps, context, state.customerId, corrector)
  const place = lookup(state.corrections ?? {}, textKey(input)) ?? corrects
  const [event] = await handler.history(wallet, organisation, walletId, 1, Number(place) - 1)
  const before = event && textAt(input, event)
  const command: CorrectWalletText = { ...input, type: 'CorrectWalletText', before }
  return handler.handle(wallet, walletId, command, context, { ...options, mayChangeNothing: true })
}

/** What an event writes in that place; a correction says of which it speaks. */
function textAt({ field, corrects }: WalletTextPlace, { type, data }: WalletEvent) {
  if (type === 'WalletTextCorrected') {
    return data.field === field && data.corrects === corrects ? data.text : undefined
  }
  return lookup<unknown>({ ...data }, field) as string | undefined
}

import { type Correction, isOther, type TextBefore } from '../../privacy/correction.ts'
import type { WalletEvent } from '../wallet.ts'
import type { OpenedWallet } from './state.ts'

/** Where a text of a wallet stands: in which event of its stream, and in which field of that. */
export interface WalletTextPlace {
  readonly walletId: string
  readonly field: 'name' | 'reference' | 'description' | 'reason'
  /** The event's place in the stream: of a movement, its number; 1 of the wallet's name. */
  readonly corrects: string
}

/** No figure changes by it. */
export interface CorrectWalletText extends WalletTextPlace, Correction, TextBefore {
  readonly type: 'CorrectWalletText'
}

export function correctText(
  command: CorrectWalletText,
  { customerId }: OpenedWallet,
): readonly WalletEvent[] {
  if (!isOther(command)) return []
  const { walletId, field, corrects, text, reason } = command
  const data = { walletId, customerId, field, corrects, text, reason }
  return [{ type: 'WalletTextCorrected', data }]
}

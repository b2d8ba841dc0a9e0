import { minus } from '#domain/money/money.ts'
import { concerning, type Fold, table } from '../engine/projection.ts'

/** A hold of which something is left: what is held now need not be summed from all that ever moved. */
export type HoldRow = {
  readonly wallet_id: string
  /** The movement that held. */
  readonly movement: string
  /** What is left of it. */
  readonly amount: string
  readonly expires_at: string | null
}

type OfHold = { readonly data: { readonly walletId: string; readonly hold: string } }

function less<Event extends OfHold>(
  takenOf: (data: Event['data']) => string,
): Fold<HoldRow, Event> {
  return {
    keys: ({ data }) => [{ wallet_id: data.walletId, movement: data.hold }],
    fold: (row, { data }) => {
      if (row === undefined) return undefined
      const amount = minus(row.amount, takenOf(data))
      return amount === '0' ? undefined : { ...row, amount }
    },
  }
}

export const hold = table<HoldRow>({
  name: 'hold',
  columns: {
    wallet_id: { type: 'text' },
    movement: { type: 'bigint' },
    amount: { type: 'bigint' },
    expires_at: { type: 'timestamptz', nullable: true },
  },
  key: ['wallet_id', 'movement'],
  madeBy: ({ wallet_id: id }) => concerning('wallet', id),
  on: {
    WalletFundsHeld: {
      keys: ({ data }) => [{ wallet_id: data.walletId, movement: data.movement }],
      fold: (_, { data }) => ({
        wallet_id: data.walletId,
        movement: data.movement,
        amount: data.amount,
        expires_at: data.expiresAt ?? null,
      }),
    },
    WalletHoldCaptured: less((data) => data.gross),
    WalletHoldReleased: less((data) => data.amount),
    WalletHoldExpired: less((data) => data.amount),
  },
})

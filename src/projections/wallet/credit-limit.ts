import { type Fold, madeAt, table } from '../engine/projection.ts'

/** What the credit limit of a wallet was from an event on, so that any instant can be asked about. */
export type CreditLimitRow = {
  readonly wallet_id: string
  readonly ordinal: string
  readonly credit_limit: string
  readonly recorded_at: string
}

type OfLimit = { readonly data: { readonly walletId: string } }

function limit<Event extends OfLimit>(
  limitOf: (data: Event['data']) => string,
): Fold<CreditLimitRow, Event> {
  return {
    keys: ({ data, organisationOrdinal }) => [
      { wallet_id: data.walletId, ordinal: String(organisationOrdinal) },
    ],
    fold: (_, { data, metadata, organisationOrdinal }) => ({
      wallet_id: data.walletId,
      ordinal: String(organisationOrdinal),
      credit_limit: limitOf(data),
      recorded_at: metadata.recordedAt,
    }),
  }
}

export const creditLimit = table<CreditLimitRow>({
  name: 'credit_limit',
  columns: {
    wallet_id: { type: 'text' },
    ordinal: { type: 'bigint' },
    credit_limit: { type: 'bigint' },
    recorded_at: { type: 'timestamptz' },
  },
  key: ['wallet_id', 'ordinal'],
  insertOnly: true,
  madeBy: ({ ordinal }) => madeAt(ordinal),
  on: {
    WalletOpened: limit((data) => data.creditLimit),
    WalletCreditLimitChanged: limit((data) => data.to),
  },
})

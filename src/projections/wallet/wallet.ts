import type { EventOf } from '#domain/events.ts'
import { minus, plus } from '#domain/money/money.ts'
import { concerning, type Fold, type FoldedEvent, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'

/** A wallet as it stands. What is held of it depends on the time: its movements tell. */
export type WalletRow = {
  readonly wallet_id: string
  readonly customer_id: string
  readonly name: string | null
  readonly currency: string
  readonly credit_limit: string
  readonly balance: string
  /** Why nothing is taken or held; null while it is in use. */
  readonly suspended: EventOf<'WalletSuspended'>['data']['cause'] | null
  readonly opened_on: string
  readonly revision: number
  readonly ordinal: string
}

type OfWallet = { readonly data: { readonly walletId: string } }

function change<Event extends OfWallet>(
  how: (row: WalletRow, data: Event['data']) => Partial<WalletRow>,
): Fold<WalletRow, Event> {
  return {
    keys: ({ data }) => [{ wallet_id: data.walletId }],
    fold: (row, event) => row && { ...row, ...how(row, event.data), revision: event.revision },
  }
}

const received = (row: WalletRow, amount: string) => ({ balance: plus(row.balance, amount) })
const taken = (row: WalletRow, amount: string) => ({ balance: minus(row.balance, amount) })
const untouched = change(() => ({}))

function opened({
  data,
  revision,
  organisationOrdinal,
}: FoldedEvent<EventOf<'WalletOpened'>>): WalletRow {
  return {
    wallet_id: data.walletId,
    customer_id: data.customerId,
    name: readable(data.name),
    currency: data.currency,
    credit_limit: data.creditLimit,
    balance: '0',
    suspended: null,
    opened_on: data.occurredOn,
    revision,
    ordinal: String(organisationOrdinal),
  }
}

export const wallet = table<WalletRow>({
  name: 'wallet',
  columns: {
    wallet_id: { type: 'text' },
    customer_id: { type: 'text' },
    name: { type: 'text', nullable: true, personal: 'wallet_id' },
    currency: { type: 'text' },
    credit_limit: { type: 'bigint' },
    balance: { type: 'numeric' },
    suspended: { type: 'text', nullable: true },
    opened_on: { type: 'date' },
    revision: { type: 'integer' },
    ordinal: { type: 'bigint' },
  },
  key: ['wallet_id'],
  indexes: [['ordinal'], ['customer_id', 'ordinal']],
  madeBy: ({ wallet_id: id }) => concerning('wallet', id),
  on: {
    WalletOpened: {
      keys: ({ data }) => [{ wallet_id: data.walletId }],
      fold: (_, event) => opened(event),
    },
    WalletCreditLimitChanged: change((_, data) => ({ credit_limit: data.to })),
    WalletToppedUp: change((row, data) => received(row, data.amount)),
    WalletTopUpChargedBack: change((row, data) => taken(row, data.amount)),
    WalletDebited: change((row, data) => taken(row, data.gross)),
    WalletFundsHeld: untouched,
    WalletHoldCaptured: change((row, data) => taken(row, data.gross)),
    WalletHoldReleased: untouched,
    WalletHoldExpired: untouched,
    WalletDebitRefunded: change((row, data) => received(row, data.gross)),
    WalletPaidOut: change((row, data) => taken(row, data.amount)),
    WalletSuspended: change((_, data) => ({ suspended: data.cause })),
    WalletResumed: change(() => ({ suspended: null })),
    // Texts of movements are corrected in a table of their own.
    WalletTextCorrected: change((_, { field, text }) =>
      field === 'name' ? { name: readable(text) } : {},
    ),
  },
})

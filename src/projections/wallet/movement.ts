import type { DaybookEvent, EventOf, EventType } from '#domain/events.ts'
import { concerning, type Fold, type FoldedEvent, table } from '../engine/projection.ts'
import { readable } from '../readable.ts'

/** What a movement is, as callers know it. */
export type MovementKind =
  | 'top_up'
  | 'charge_back'
  | 'debit'
  | 'hold'
  | 'capture'
  | 'release'
  | 'expiry'
  | 'refund'
  | 'pay_out'

/** A line of a wallet's statement, under its number: its event's place in the wallet's stream. */
export type MovementRow = {
  readonly wallet_id: string
  readonly movement: string
  readonly kind: MovementKind
  /** What it does to the balance, and to what is held; minor units. */
  readonly amount: string
  readonly held: string
  /** The movement that it speaks of: the hold, the debit, the top-up; its own, for a hold. */
  readonly about: string | null
  readonly expires_at: string | null
  /** Of what was used or refunded. */
  readonly net: string | null
  readonly tax: string | null
  readonly tax_code: string | null
  readonly method: EventOf<'WalletToppedUp'>['data']['method'] | null
  readonly reference: string | null
  readonly text: string | null
  readonly occurred_on: string
  readonly recorded_at: string
  readonly ordinal: string
}

type MovementEvent = Extract<DaybookEvent, { readonly data: { readonly movement: string } }>
type What = Pick<MovementRow, 'kind' | 'amount' | 'held'> & Partial<MovementRow>

const NOTHING = '0'
const off = (amount: string): string => (amount === NOTHING ? amount : `-${amount}`)

function line<Event extends MovementEvent>(
  what: (data: Event['data']) => What,
): Fold<MovementRow, Event> {
  return {
    keys: ({ data }) => [{ wallet_id: data.walletId, movement: data.movement }],
    fold: (_, event) => rowOf(event, what(event.data)),
  }
}

function rowOf(event: FoldedEvent<MovementEvent>, what: What): MovementRow {
  const { data, metadata, organisationOrdinal } = event
  return {
    wallet_id: data.walletId,
    movement: data.movement,
    about: null,
    expires_at: null,
    net: null,
    tax: null,
    tax_code: null,
    method: 'method' in data ? data.method : null,
    reference: readable('reference' in data ? data.reference : undefined),
    text: null,
    occurred_on: data.occurredOn,
    recorded_at: metadata.recordedAt,
    ordinal: String(organisationOrdinal),
    ...what,
  }
}

type Usage = {
  readonly net: string
  readonly tax: string
  readonly taxCode?: string | undefined
}
const usage = ({ net, tax, taxCode }: Usage) => ({ net, tax, tax_code: taxCode ?? null })

type MovementType = MovementEvent['type'] & EventType

export const movement = table<MovementRow>({
  name: 'movement',
  columns: {
    wallet_id: { type: 'text' },
    movement: { type: 'bigint' },
    kind: { type: 'text' },
    amount: { type: 'bigint' },
    held: { type: 'bigint' },
    about: { type: 'bigint', nullable: true },
    expires_at: { type: 'timestamptz', nullable: true },
    net: { type: 'bigint', nullable: true },
    tax: { type: 'bigint', nullable: true },
    tax_code: { type: 'text', nullable: true },
    method: { type: 'text', nullable: true },
    reference: { type: 'text', nullable: true, personal: 'wallet_id' },
    text: { type: 'text', nullable: true, personal: 'wallet_id' },
    occurred_on: { type: 'date' },
    recorded_at: { type: 'timestamptz' },
    ordinal: { type: 'bigint' },
  },
  key: ['wallet_id', 'movement'],
  insertOnly: true,
  // With the amount, so that a balance of many movements is summed from the index alone.
  indexes: [['wallet_id', 'occurred_on', 'movement', 'amount']],
  madeBy: ({ wallet_id: id }) => concerning('wallet', id),
  on: {
    WalletToppedUp: line(({ amount }) => ({ kind: 'top_up', amount, held: NOTHING })),
    WalletTopUpChargedBack: line(({ amount, topUp, reason }) => ({
      kind: 'charge_back',
      amount: off(amount),
      held: NOTHING,
      about: topUp,
      text: readable(reason),
    })),
    WalletDebited: line((data) => ({
      kind: 'debit',
      amount: off(data.gross),
      held: NOTHING,
      ...usage(data),
      text: readable(data.description),
    })),
    WalletFundsHeld: line(({ amount, movement, expiresAt }) => ({
      kind: 'hold',
      amount: NOTHING,
      held: amount,
      about: movement,
      expires_at: expiresAt ?? null,
    })),
    WalletHoldCaptured: line((data) => ({
      kind: 'capture',
      amount: off(data.gross),
      held: off(data.gross),
      about: data.hold,
      ...usage(data),
      text: readable(data.description),
    })),
    WalletHoldReleased: line(({ amount, hold }) => ({
      kind: 'release',
      amount: NOTHING,
      held: off(amount),
      about: hold,
    })),
    WalletHoldExpired: line(({ amount, hold }) => ({
      kind: 'expiry',
      amount: NOTHING,
      held: off(amount),
      about: hold,
    })),
    WalletDebitRefunded: line((data) => ({
      kind: 'refund',
      amount: data.gross,
      held: NOTHING,
      about: data.debit,
      ...usage(data),
      text: readable(data.reason),
    })),
    WalletPaidOut: line(({ amount }) => ({ kind: 'pay_out', amount: off(amount), held: NOTHING })),
  } satisfies { readonly [Type in MovementType]: Fold<MovementRow, EventOf<Type>> },
})

import { lookup, present } from '../../fields.ts'
import type { DocumentInput } from '../../finance/document-amounts.ts'
import { minus, plus } from '../../money/money.ts'
import type { WalletEvent } from '../wallet.ts'
import { type ByMovement, valueOf, withValue } from './by-movement.ts'
import type { WalletTextPlace } from './correct.ts'

// ── State ──────────────────────────────────────────────────────────────────────────────────────
// Amounts are strings of minor units of the wallet's currency. It grows with what is open, not with
// what has happened: debits are not in it, those that were refunded are.

export type Wallet = { readonly status: 'none' } | OpenedWallet

export interface OpenedWallet {
  readonly status: 'open'
  readonly walletId: string
  readonly customerId: string
  readonly currency: string
  /** How many events its stream has; the next movement is one more. */
  readonly movements: number
  readonly balance: string
  /** How far below zero the balance may go: the floor is this, negative. */
  readonly creditLimit: string
  readonly holds: Readonly<Record<string, Hold>>
  /**
   * UTC instant: the latest at which a hold expired that has ended so. All that expired until then are
   * over, those too that have yet to be ended, whatever a process takes for now. Empty before the first.
   */
  readonly expiredUntil: string
  /** How holds ended that are open no longer: the last ones, in the order in which they did. */
  readonly endedHolds: readonly EndedHold[]
  /** What was given back of debits, by the movement that debited. */
  readonly refunds: ByMovement<Refunded>
  /** Movements that were top-ups and are charged back. */
  readonly chargedBack: readonly string[]
  readonly suspended?: 'below_floor' | 'asked' | undefined
  /** Where the latest correction of each text stands in the stream, by `textKey`; absent until there is one. */
  readonly corrections?: Readonly<Record<string, string>> | undefined
}

export interface Hold {
  /** What is still held. */
  readonly amount: string
  /** UTC instant. */
  readonly expiresAt?: string | undefined
}

export type EndOfHold = 'captured' | 'released' | 'expired'

/** By the movement that held. */
export type EndedHold = readonly [hold: string, end: EndOfHold]

export interface Refunded {
  readonly net: string
  readonly tax: string
}

/** What is used, as it is asked for: a net amount, and its tax where a code is given. */
export type UsageInput = Pick<DocumentInput, 'amount' | 'taxCode' | 'taxRates'>

/** The same, decided. */
export interface Usage {
  readonly net: string
  readonly tax: string
  readonly gross: string
  readonly taxCode?: string | undefined
  /** Percent. */
  readonly taxRate?: string | undefined
}

/** Ends of holds are remembered for as many; how earlier ones ended, only the log says. */
export const REMEMBERED_ENDS = 500

/** The lowest balance that whatever is asked for may leave. */
export function floorOf(wallet: OpenedWallet): bigint {
  return -BigInt(wallet.creditLimit)
}

/** The instant at which something is asked of the wallet, whose time does not go back. */
export function timeIn({ expiredUntil }: OpenedWallet, now: string): string {
  return now > expiredUntil ? now : expiredUntil
}

/** At an instant of the wallet's time. */
export function isExpired({ expiresAt }: Hold, time: string): boolean {
  return expiresAt !== undefined && expiresAt <= time
}

/** Those whose time is not over. */
export function openHolds(wallet: OpenedWallet, now: string): readonly Hold[] {
  const time = timeIn(wallet, now)
  return Object.values(wallet.holds).filter((hold) => !isExpired(hold, time))
}

/** What is set aside at an instant. */
export function heldAt(wallet: OpenedWallet, now: string): bigint {
  return openHolds(wallet, now).reduce((held, { amount }) => held + BigInt(amount), 0n)
}

/** What may be taken or held at an instant: balance less holds plus credit limit; below zero after a chargeback. */
export function availableAt(wallet: OpenedWallet, now: string): bigint {
  return BigInt(wallet.balance) - heldAt(wallet, now) - floorOf(wallet)
}

/** The place that the next event will have in the wallet's stream, after so many that come with it. */
export function nextMovement({ movements }: OpenedWallet, after = 0): string {
  return String(movements + after + 1)
}

/** What a text of the wallet is known by. */
export function textKey({ corrects, field }: Omit<WalletTextPlace, 'walletId'>): string {
  return `${corrects}.${field}`
}

/** Fields that every event of this wallet repeats. */
export function dimensionsOf({ walletId, customerId, currency }: OpenedWallet, occurredOn: string) {
  return { walletId, customerId, currency, occurredOn }
}

// ── Evolve ─────────────────────────────────────────────────────────────────────────────────────

export function evolve(state: Wallet, event: WalletEvent): Wallet {
  if (event.type === 'WalletOpened') return opened(event.data)
  if (state.status === 'none') return state
  return { ...changed(state, event), movements: state.movements + 1 }
}

/** The data of one type of a wallet's events. */
export type Data<Type extends WalletEvent['type']> = Extract<
  WalletEvent,
  { readonly type: Type }
>['data']

function opened({ walletId, customerId, currency, creditLimit }: Data<'WalletOpened'>): Wallet {
  return {
    status: 'open',
    walletId,
    customerId,
    currency,
    movements: 1,
    balance: '0',
    creditLimit,
    holds: {},
    expiredUntil: '',
    endedHolds: [],
    refunds: {},
    chargedBack: [],
  }
}

function changed(
  state: OpenedWallet,
  event: Exclude<WalletEvent, { readonly type: 'WalletOpened' }>,
): OpenedWallet {
  switch (event.type) {
    case 'WalletCreditLimitChanged':
      return { ...state, creditLimit: event.data.to }
    case 'WalletToppedUp':
      return { ...state, balance: plus(state.balance, event.data.amount) }
    case 'WalletTopUpChargedBack': {
      const { amount, topUp } = event.data
      const chargedBack = [...state.chargedBack, topUp]
      return { ...state, balance: minus(state.balance, amount), chargedBack }
    }
    case 'WalletDebited':
      return { ...state, balance: minus(state.balance, event.data.gross) }
    case 'WalletFundsHeld': {
      const { movement, amount, expiresAt } = event.data
      const hold = present({ amount, expiresAt })
      return { ...state, holds: { ...state.holds, [movement]: hold } }
    }
    case 'WalletHoldCaptured': {
      const { hold, gross } = event.data
      return { ...lessHeld(state, hold, gross, 'captured'), balance: minus(state.balance, gross) }
    }
    case 'WalletHoldReleased':
      return lessHeld(state, event.data.hold, event.data.amount, 'released')
    case 'WalletHoldExpired': {
      const { hold, amount } = event.data
      const { expiresAt = '' } = lookup(state.holds, hold) ?? {}
      const expiredUntil = timeIn(state, expiresAt)
      return { ...lessHeld(state, hold, amount, 'expired'), expiredUntil }
    }
    case 'WalletDebitRefunded': {
      const { debit, net, tax, gross } = event.data
      const before = valueOf(state.refunds, debit) ?? { net: '0', tax: '0' }
      const refunded = { net: plus(before.net, net), tax: plus(before.tax, tax) }
      const refunds = withValue(state.refunds, debit, refunded)
      return { ...state, balance: plus(state.balance, gross), refunds }
    }
    case 'WalletPaidOut':
      return { ...state, balance: minus(state.balance, event.data.amount) }
    case 'WalletSuspended':
      return { ...state, suspended: event.data.cause }
    case 'WalletResumed': {
      const { suspended: _, ...resumed } = state
      return resumed
    }
    case 'WalletTextCorrected': {
      const corrections = { ...state.corrections, [textKey(event.data)]: nextMovement(state) }
      return { ...state, corrections }
    }
    default:
      return state
  }
}

/** A hold of which nothing is left has ended; a part of it may have been captured before. */
function lessHeld(state: OpenedWallet, id: string, amount: string, end: EndOfHold): OpenedWallet {
  const hold = lookup(state.holds, id)
  if (hold === undefined) return state
  const left = minus(hold.amount, amount)
  if (left !== '0') return { ...state, holds: { ...state.holds, [id]: { ...hold, amount: left } } }
  // Copied and deleted from: taking the rest of so many keys is slower by far.
  const holds = { ...state.holds }
  delete holds[id]
  const before = state.endedHolds.slice(1 - REMEMBERED_ENDS)
  return { ...state, holds, endedHolds: [...before, [id, end]] }
}

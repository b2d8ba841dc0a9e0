import { dayOfFact } from '../../dates.ts'
import { lookup, present } from '../../fields.ts'
import { amountIn } from '../../finance/checks.ts'
import { formatAmount, type Money } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import type { WalletEvent } from '../wallet.ts'
import { type NewBusiness, refuseAbove, refuseSuspended, usageOf, usageWithin } from './checks.ts'
import {
  availableAt,
  dimensionsOf,
  evolve,
  floorOf,
  type Hold,
  isExpired,
  nextMovement,
  type OpenedWallet,
  openHolds,
  timeIn,
  type UsageInput,
} from './state.ts'

/** When it happens: the organisation's day, and the UTC instant until which holds have not expired. */
interface Moment {
  readonly occurredOn: string
  readonly today: string
  readonly now: string
}

export interface HoldFunds extends Moment, NewBusiness {
  readonly type: 'HoldFunds'
  readonly walletId: string
  readonly amount: Money
  /** UTC instant in whole milliseconds; absent: until it is captured or released. */
  readonly expiresAt?: string | undefined
  readonly reference?: string | undefined
}

/** Takes what was held, or a part of it; the rest is released unless it is kept for further captures. */
export interface CaptureHold extends Moment {
  readonly type: 'CaptureHold'
  readonly walletId: string
  /** The movement that held. */
  readonly hold: string
  /** Absent amount: all that is held, with the tax within it. */
  readonly usage: UsageInput
  readonly keepRest?: boolean | undefined
  readonly description?: string | undefined
  readonly reference?: string | undefined
}

export interface ReleaseHold extends Moment {
  readonly type: 'ReleaseHold'
  readonly walletId: string
  readonly hold: string
}

/** How many holds of one wallet may be open. */
export const MAX_OPEN_HOLDS = 1000
/** How many expired holds a command ends, at most: all its events leave in one append. */
export const MAX_ENDED_AT_ONCE = 200

export function holdFunds(command: HoldFunds, wallet: OpenedWallet): readonly WalletEvent[] {
  const { expiresAt, reference, occurredOn } = command
  refuseSuspended(wallet)
  dayOfFact(occurredOn, command.today)
  const now = timeIn(wallet, command.now)
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new Rejection('HOLD_EXPIRY_PAST', { now }, 'expiresAt')
  }
  if (openHolds(wallet, now).length >= MAX_OPEN_HOLDS) {
    throw new Rejection('HOLDS_TOO_MANY', { limit: MAX_OPEN_HOLDS })
  }
  const amount = amountIn(wallet.currency, command.amount)
  refuseAbove(availableAt(wallet, now), amount, wallet.currency)
  const ended = expiredHolds(wallet, command)
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(wallet, ended.length),
    amount: String(amount),
    expiresAt,
    reference,
  })
  return [...ended, { type: 'WalletFundsHeld', data }]
}

/** Also of a suspended wallet: what is captured was promised before. */
export function captureHold(command: CaptureHold, wallet: OpenedWallet): readonly WalletEvent[] {
  const { hold, keepRest = false, description, reference, occurredOn } = command
  dayOfFact(occurredOn, command.today)
  const { amount } = openHold(command, wallet)
  const { currency } = wallet
  const held = BigInt(amount)
  const usage =
    command.usage.amount === undefined
      ? usageWithin(held, command.usage)
      : usageOf(command.usage, currency)
  const gross = BigInt(usage.gross)
  if (gross > held) {
    const facts = { held: formatAmount(held, currency), currency }
    throw new Rejection('CAPTURE_ABOVE_HOLD', facts, 'amount')
  }
  // What was held may be gone: a top-up was charged back since.
  refuseAbove(BigInt(wallet.balance) - floorOf(wallet), gross, currency)
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(wallet),
    hold,
    ...usage,
    description,
    reference,
  })
  const captured: WalletEvent = { type: 'WalletHoldCaptured', data }
  if (keepRest || gross === held) return [captured]
  const then = evolve(wallet, captured) as OpenedWallet
  return [captured, released(then, hold, held - gross, occurredOn)]
}

export function releaseHold(command: ReleaseHold, wallet: OpenedWallet): readonly WalletEvent[] {
  dayOfFact(command.occurredOn, command.today)
  const { amount } = openHold(command, wallet)
  return [released(wallet, command.hold, BigInt(amount), command.occurredOn)]
}

/**
 * The holds whose time is over, ended. Their money was free from that time on; the log says so when the
 * next debit, hold or payout comes. Of very many those that expired last are ended, in the order in which
 * they did: all before them are then known to be over, and end with what comes next.
 */
export function expiredHolds(
  wallet: OpenedWallet,
  { now, today }: Pick<Moment, 'now' | 'today'>,
): readonly WalletEvent[] {
  const time = timeIn(wallet, now)
  const dimensions = dimensionsOf(wallet, today)
  return Object.entries(wallet.holds)
    .filter(([, hold]) => isExpired(hold, time))
    .toSorted(([, a], [, b]) => byExpiry(a, b))
    .slice(-MAX_ENDED_AT_ONCE)
    .map(([hold, { amount }], index) => {
      const movement = nextMovement(wallet, index)
      return { type: 'WalletHoldExpired', data: { ...dimensions, movement, hold, amount } }
    })
}

function byExpiry({ expiresAt: a = '' }: Hold, { expiresAt: b = '' }: Hold): number {
  return a < b ? -1 : Number(a > b)
}

/** @throws Rejection HOLD_UNKNOWN, HOLD_ENDED, saying how */
function openHold({ hold, now }: CaptureHold | ReleaseHold, wallet: OpenedWallet): Hold {
  const found = lookup(wallet.holds, hold)
  if (found !== undefined && !isExpired(found, timeIn(wallet, now))) return found
  const [, ended] = wallet.endedHolds.find(([id]) => id === hold) ?? []
  const end = found === undefined ? ended : 'expired'
  if (end === undefined) throw new Rejection('HOLD_UNKNOWN', { hold })
  throw new Rejection('HOLD_ENDED', { hold, end })
}

function released(
  wallet: OpenedWallet,
  hold: string,
  amount: bigint,
  occurredOn: string,
): WalletEvent {
  const movement = nextMovement(wallet)
  const data = { ...dimensionsOf(wallet, occurredOn), movement, hold, amount: String(amount) }
  return { type: 'WalletHoldReleased', data }
}

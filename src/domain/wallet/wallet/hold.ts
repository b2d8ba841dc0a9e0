import { dayOfFact } from '../../dates.ts'
import { lookup, present } from '../../fields.ts'
import { amountIn } from '../../finance/checks.ts'
import { formatAmount, type Money } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import type { WalletEvent } from '../wallet.ts'
import { refuseAbove, refuseSuspended, usageOf } from './checks.ts'
import {
  availableAt,
  dimensionsOf,
  evolve,
  floorOf,
  type Hold,
  isExpired,
  nextMovement,
  type OpenedWallet,
  type UsageInput,
} from './state.ts'

/** When it happens: the organisation's day, and the UTC instant until which holds have not expired. */
interface Moment {
  readonly occurredOn: string
  readonly today: string
  readonly now: string
}

export interface HoldFunds extends Moment {
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
  /** Absent amount: all that is held. */
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

export function holdFunds(command: HoldFunds, wallet: OpenedWallet): readonly WalletEvent[] {
  const { expiresAt, reference, occurredOn, now } = command
  refuseSuspended(wallet)
  dayOfFact(occurredOn, command.today)
  if (expiresAt !== undefined && expiresAt <= now) {
    throw new Rejection('HOLD_EXPIRY_PAST', { now }, 'expiresAt')
  }
  const { ended, left } = afterExpiry(wallet, command)
  if (Object.keys(left.holds).length >= MAX_OPEN_HOLDS) {
    throw new Rejection('HOLDS_TOO_MANY', { limit: MAX_OPEN_HOLDS })
  }
  const amount = amountIn(wallet.currency, command.amount)
  refuseAbove(availableAt(left, now), amount, wallet.currency)
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(left),
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
  const usage = usageOf({ ...command.usage, amount: command.usage.amount ?? held }, currency)
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
 * The holds whose time is over, ended; and the wallet as it is then. Their money was free from that time
 * on; the log says so when the next debit, hold or payout comes.
 */
export function afterExpiry(
  wallet: OpenedWallet,
  { now, today }: Pick<Moment, 'now' | 'today'>,
): { readonly ended: readonly WalletEvent[]; readonly left: OpenedWallet } {
  const ended: WalletEvent[] = []
  let left = wallet
  for (const [hold, { amount, expiresAt }] of Object.entries(wallet.holds)) {
    if (!isExpired({ amount, expiresAt }, now)) continue
    const movement = nextMovement(left)
    const data = { ...dimensionsOf(wallet, today), movement, hold, amount }
    const expired: WalletEvent = { type: 'WalletHoldExpired', data }
    ended.push(expired)
    left = evolve(left, expired) as OpenedWallet
  }
  return { ended, left }
}

/** @throws Rejection HOLD_UNKNOWN, HOLD_ENDED, saying how */
function openHold({ hold, now }: CaptureHold | ReleaseHold, wallet: OpenedWallet): Hold {
  const found = lookup(wallet.holds, hold)
  if (found !== undefined && !isExpired(found, now)) return found
  const end = found === undefined ? lookup(wallet.endedHolds, hold) : 'expired'
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

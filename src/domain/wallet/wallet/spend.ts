import { dayAfterFact, dayOfFact } from '../../dates.ts'
import { present } from '../../fields.ts'
import { amountIn } from '../../finance/checks.ts'
import type { PaymentMethod } from '../../finance/documents.ts'
import { formatAmount, type Money, plus, proportion } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import type { WalletEvent } from '../wallet.ts'
import { valueOf } from './by-movement.ts'
import { type NewBusiness, refuseAbove, refuseSuspended, usageOf } from './checks.ts'
import { expiredHolds } from './hold.ts'
import { risen } from './keep.ts'
import {
  availableAt,
  type Data,
  dimensionsOf,
  heldAt,
  nextMovement,
  type OpenedWallet,
  type Usage,
  type UsageInput,
} from './state.ts'

export interface DebitWallet extends NewBusiness {
  readonly type: 'DebitWallet'
  readonly walletId: string
  readonly usage: UsageInput
  readonly description?: string | undefined
  readonly reference?: string | undefined
  readonly occurredOn: string
  readonly today: string
  /** UTC instant in whole milliseconds: what is held until then is not available. */
  readonly now: string
}

/** Of a debit or a capture, back to the wallet: 95 % of it at most, in all. */
export interface RefundDebit {
  readonly type: 'RefundDebit'
  readonly walletId: string
  /** The fact that is refunded, found in the wallet's stream by the movement that was asked for. */
  readonly debit: Pick<Data<'WalletDebited'>, 'movement' | 'occurredOn' | keyof Usage>
  /** Gross. Absent: all that may still be refunded. */
  readonly amount?: Money | undefined
  readonly reason?: string | undefined
  readonly occurredOn: string
  readonly today: string
}

/** Unused money leaves the wallet: up to what is available without credit. */
export interface PayOutWallet {
  readonly type: 'PayOutWallet'
  readonly walletId: string
  readonly amount: Money
  readonly method: PaymentMethod
  readonly reference?: string | undefined
  readonly occurredOn: string
  readonly today: string
  readonly now: string
}

/** How much of a debit may be refunded: accounting.md, section 3. */
const REFUNDABLE_PERCENT = 95n

export function debit(command: DebitWallet, wallet: OpenedWallet): readonly WalletEvent[] {
  const { description, reference, occurredOn, now } = command
  refuseSuspended(wallet)
  dayOfFact(occurredOn, command.today)
  const usage = usageOf(command.usage, wallet.currency)
  refuseAbove(availableAt(wallet, now), BigInt(usage.gross), wallet.currency)
  const ended = expiredHolds(wallet, command)
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(wallet, ended.length),
    ...usage,
    description,
    reference,
  })
  return [...ended, { type: 'WalletDebited', data }]
}

export function refundDebit(command: RefundDebit, wallet: OpenedWallet): readonly WalletEvent[] {
  const { debit, reason, occurredOn } = command
  const { currency } = wallet
  dayAfterFact(occurredOn, command.today, debit.occurredOn)
  const before = valueOf(wallet.refunds, debit.movement) ?? { net: '0', tax: '0' }
  const refunded = BigInt(before.net) + BigInt(before.tax)
  // Rounded down, of the whole debit: parts never add up to more.
  const left = (BigInt(debit.gross) * REFUNDABLE_PERCENT) / 100n - refunded
  const asked = command.amount === undefined ? left : amountIn(currency, command.amount)
  if (asked > left || asked === 0n) {
    throw new Rejection(
      'REFUND_ABOVE_LEFT',
      { left: formatAmount(left, currency), currency },
      'amount',
    )
  }
  // Tax by what is refunded in all, so that parts give back what one refund would.
  const taxNow = proportion(BigInt(debit.tax), refunded + asked, BigInt(debit.gross))
  const tax = taxNow - BigInt(before.tax)
  const { taxCode, taxRate } = debit
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(wallet),
    debit: debit.movement,
    net: String(asked - tax),
    tax: String(tax),
    gross: String(asked),
    taxCode,
    taxRate,
    reason,
  })
  const balance = plus(wallet.balance, data.gross)
  return [{ type: 'WalletDebitRefunded', data }, ...risen({ ...wallet, balance }, occurredOn)]
}

export function payOut(command: PayOutWallet, wallet: OpenedWallet): readonly WalletEvent[] {
  const { method, reference, occurredOn, now } = command
  refuseSuspended(wallet)
  dayOfFact(occurredOn, command.today)
  const amount = amountIn(wallet.currency, command.amount)
  // Credit is for using, not for taking away.
  const own = BigInt(wallet.balance) - heldAt(wallet, now)
  if (amount > own) throw aboveOwn(own, amount, wallet.currency)
  const ended = expiredHolds(wallet, command)
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(wallet, ended.length),
    method,
    amount: String(amount),
    reference,
  })
  return [...ended, { type: 'WalletPaidOut', data }]
}

function aboveOwn(own: bigint, asked: bigint, currency: string): Rejection {
  const facts = {
    shortfall: formatAmount(asked - own, currency),
    own: formatAmount(own, currency),
    currency,
  }
  return new Rejection('PAYOUT_ABOVE_OWN', facts, 'amount')
}

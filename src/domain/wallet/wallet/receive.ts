import { dayAfterFact, dayOfFact } from '../../dates.ts'
import { present } from '../../fields.ts'
import { amountIn } from '../../finance/checks.ts'
import type { PaymentMethod } from '../../finance/documents.ts'
import { inRange, type Money, minus, plus } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import type { WalletEvent } from '../wallet.ts'
import type { NewBusiness } from './checks.ts'
import { risen } from './keep.ts'
import { type Data, dimensionsOf, floorOf, nextMovement, type OpenedWallet } from './state.ts'

/** Money came in. A suspended wallet takes it too, that of somebody who is to be erased does not. */
export interface TopUpWallet extends NewBusiness {
  readonly type: 'TopUpWallet'
  readonly walletId: string
  readonly amount: Money
  readonly method: PaymentMethod
  readonly reference?: string | undefined
  readonly occurredOn: string
  readonly today: string
}

/** The bank took a top-up back, whole; once. The wallet may end below its floor, and is then suspended. */
export interface ChargeBackTopUp {
  readonly type: 'ChargeBackTopUp'
  readonly walletId: string
  /** The fact that is undone, found in the wallet's stream by the movement that was asked for. */
  readonly topUp: Data<'WalletToppedUp'>
  readonly reason?: string | undefined
  readonly occurredOn: string
  readonly today: string
}

export function topUp(command: TopUpWallet, wallet: OpenedWallet): readonly WalletEvent[] {
  const { method, reference, occurredOn } = command
  dayOfFact(occurredOn, command.today)
  const amount = amountIn(wallet.currency, command.amount)
  inRange(BigInt(wallet.balance) + amount, wallet.currency, 'amount')
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(wallet),
    method,
    amount: String(amount),
    reference,
  })
  const balance = plus(wallet.balance, data.amount)
  return [{ type: 'WalletToppedUp', data }, ...risen({ ...wallet, balance }, occurredOn)]
}

export function chargeBack(command: ChargeBackTopUp, wallet: OpenedWallet): readonly WalletEvent[] {
  const { topUp, reason, occurredOn } = command
  const { movement, method, amount } = topUp
  if (wallet.chargedBack.includes(movement)) {
    throw new Rejection('TOP_UP_ALREADY_CHARGED_BACK', { topUp: movement })
  }
  dayAfterFact(occurredOn, command.today, topUp.occurredOn)
  const data = present({
    ...dimensionsOf(wallet, occurredOn),
    movement: nextMovement(wallet),
    topUp: movement,
    method,
    amount,
    reason,
  })
  const back: WalletEvent = { type: 'WalletTopUpChargedBack', data }
  const isBelow = BigInt(minus(wallet.balance, amount)) < floorOf(wallet)
  if (!isBelow || wallet.suspended !== undefined) return [back]
  const cause = 'below_floor' as const
  return [back, { type: 'WalletSuspended', data: { ...dimensionsOf(wallet, occurredOn), cause } }]
}

import { dayOfFact } from '../../dates.ts'
import { present } from '../../fields.ts'
import { exponentOf } from '../../money/currencies.ts'
import { inRange } from '../../money/money.ts'
import { Rejection } from '../../rejection.ts'
import type { WalletEvent } from '../wallet.ts'
import type { NewBusiness } from './checks.ts'
import { dimensionsOf, floorOf, type OpenedWallet, type Wallet } from './state.ts'

export interface OpenWallet {
  readonly type: 'OpenWallet'
  readonly walletId: string
  readonly customerId: string
  readonly currency: string
  /** How far below zero it may go, in minor units; absent: not at all. */
  readonly creditLimit?: bigint | undefined
  readonly name?: string | undefined
  readonly occurredOn: string
  readonly today: string
}

/** Never takes anything back: what lies below a raised floor stays there, and nothing more can be taken. */
export interface ChangeCreditLimit extends NewBusiness {
  readonly type: 'ChangeCreditLimit'
  readonly walletId: string
  readonly creditLimit: bigint
  readonly occurredOn: string
  readonly today: string
}

export interface SuspendWallet {
  readonly type: 'SuspendWallet'
  readonly walletId: string
  readonly reason?: string | undefined
  readonly occurredOn: string
  readonly today: string
}

export interface ResumeWallet {
  readonly type: 'ResumeWallet'
  readonly walletId: string
  readonly occurredOn: string
  readonly today: string
}

export function openWallet(command: OpenWallet, state: Wallet): readonly WalletEvent[] {
  if (state.status !== 'none') return []
  const { walletId, customerId, currency, name, occurredOn } = command
  dayOfFact(occurredOn, command.today)
  exponentOf(currency, 'currency')
  const creditLimit = limitOf(command.creditLimit ?? 0n, currency)
  const data = present({ walletId, customerId, currency, occurredOn, creditLimit, name })
  return [{ type: 'WalletOpened', data }]
}

export function changeCreditLimit(
  command: ChangeCreditLimit,
  wallet: OpenedWallet,
): readonly WalletEvent[] {
  dayOfFact(command.occurredOn, command.today)
  const to = limitOf(command.creditLimit, wallet.currency)
  const from = wallet.creditLimit
  if (to === from) return []
  const data = { ...dimensionsOf(wallet, command.occurredOn), from, to }
  const changed: WalletEvent = { type: 'WalletCreditLimitChanged', data }
  return [changed, ...risen({ ...wallet, creditLimit: to }, command.occurredOn)]
}

export function suspendWallet(
  command: SuspendWallet,
  wallet: OpenedWallet,
): readonly WalletEvent[] {
  dayOfFact(command.occurredOn, command.today)
  if (wallet.suspended === 'asked') return []
  const data = present({
    ...dimensionsOf(wallet, command.occurredOn),
    cause: 'asked' as const,
    reason: command.reason,
  })
  return [{ type: 'WalletSuspended', data }]
}

/** Also below the floor: then nothing can be taken, but what is held can be captured as far as there is money. */
export function resumeWallet(command: ResumeWallet, wallet: OpenedWallet): readonly WalletEvent[] {
  dayOfFact(command.occurredOn, command.today)
  if (wallet.suspended === undefined) return []
  const data = { ...dimensionsOf(wallet, command.occurredOn), cause: 'asked' as const }
  return [{ type: 'WalletResumed', data }]
}

/** A wallet that was suspended because it lay below its floor, and does no longer, is resumed. */
export function risen(wallet: OpenedWallet, occurredOn: string): readonly WalletEvent[] {
  if (wallet.suspended !== 'below_floor') return []
  if (BigInt(wallet.balance) < floorOf(wallet)) return []
  const data = { ...dimensionsOf(wallet, occurredOn), cause: 'above_floor' as const }
  return [{ type: 'WalletResumed', data }]
}

/** @throws Rejection AMOUNT_NEGATIVE, AMOUNT_OUT_OF_RANGE */
function limitOf(limit: bigint, currency: string): string {
  if (limit < 0n) throw new Rejection('AMOUNT_NEGATIVE', {}, 'creditLimit')
  return String(inRange(limit, currency, 'creditLimit'))
}

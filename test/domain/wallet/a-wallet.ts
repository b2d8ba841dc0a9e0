import { type Wallet, type WalletCommand, type WalletEvent, wallet } from '#domain/wallet/wallet.ts'
import { given } from '../given-when-then.ts'

/** A wallet of 1000.00 ZAR as tests know it, and what can be asked of it. */

export const walletId = 'w1'
export const today = '2026-11-20'
export const now = '2026-11-20T10:00:00.000Z'
export const later = '2026-11-20T12:00:00.000Z'

const at = { walletId, occurredOn: today, today } as const
const moment = { ...at, now } as const

export const zar = (amount: bigint) => ({ amount, currency: 'ZAR' })
export const vat = (amount: bigint) => ({ amount, taxCode: 'VAT', taxRates: { VAT: '15' } })

export const open = (creditLimit?: bigint): WalletCommand => ({
  ...at,
  type: 'OpenWallet',
  customerId: 'c1',
  currency: 'ZAR',
  creditLimit,
})
export const limit = (creditLimit: bigint): WalletCommand => ({
  ...at,
  type: 'ChangeCreditLimit',
  creditLimit,
})
export const topUp = (amount: bigint): WalletCommand => ({
  ...at,
  type: 'TopUpWallet',
  amount: zar(amount),
  method: 'card',
})
export const debit = (amount: bigint, more: object = {}): WalletCommand => ({
  ...moment,
  type: 'DebitWallet',
  usage: { amount },
  ...more,
})
export const hold = (amount: bigint, more: object = {}): WalletCommand => ({
  ...moment,
  type: 'HoldFunds',
  amount: zar(amount),
  ...more,
})
export const capture = (held: string, amount?: bigint, more: object = {}): WalletCommand => ({
  ...moment,
  type: 'CaptureHold',
  hold: held,
  usage: { amount },
  ...more,
})
export const release = (held: string, more: object = {}): WalletCommand => ({
  ...moment,
  type: 'ReleaseHold',
  hold: held,
  ...more,
})
export const payOut = (amount: bigint): WalletCommand => ({
  ...moment,
  type: 'PayOutWallet',
  amount: zar(amount),
  method: 'bank',
})
export const suspend = (): WalletCommand => ({ ...at, type: 'SuspendWallet' })
export const resume = (): WalletCommand => ({ ...at, type: 'ResumeWallet' })

/** The last fact of a kind, as an operation finds it in the stream. */
function lastTopUp(past: readonly WalletEvent[]) {
  const found = past.findLast((event) => event.type === 'WalletToppedUp')
  if (found === undefined) throw new Error('Nothing was topped up yet')
  return found.data
}

function lastDebit(past: readonly WalletEvent[]) {
  const found = past.findLast((event) => event.type === 'WalletDebited')
  if (found === undefined) throw new Error('Nothing was debited yet')
  return found.data
}

export const chargeBack = (past: readonly WalletEvent[]): WalletCommand => ({
  ...at,
  type: 'ChargeBackTopUp',
  topUp: lastTopUp(past),
})
export const refund = (past: readonly WalletEvent[], amount?: bigint): WalletCommand => ({
  ...at,
  type: 'RefundDebit',
  debit: lastDebit(past),
  amount: amount === undefined ? undefined : zar(amount),
})

type Step = WalletCommand | ((past: readonly WalletEvent[]) => WalletCommand)

/** The events that commands make, one after the other; a function gets what happened before. */
export function story(...steps: readonly Step[]): readonly WalletEvent[] {
  return continued([], steps)
}

export function continued(
  past: readonly WalletEvent[],
  steps: readonly Step[],
): readonly WalletEvent[] {
  return steps.reduce(
    (past, step) =>
      given<Wallet, WalletCommand, WalletEvent>(wallet, past).after(
        typeof step === 'function' ? step(past) : step,
      ),
    past,
  )
}

/** With 1000.00 in it. */
export const filled = story(open(), topUp(100_000n))

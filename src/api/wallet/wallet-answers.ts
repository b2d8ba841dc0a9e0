import { z } from 'zod'
import type { RecordedEvent } from '#log/recorded-event.ts'
import type { WalletEvent } from '#domain/wallet/wallet.ts'
import { money, moneyOut } from '../money.ts'

/** Answers to commands on wallets, made from the command's own events. */

const kindOf = {
  WalletToppedUp: 'top_up',
  WalletTopUpChargedBack: 'charge_back',
  WalletDebited: 'debit',
  WalletFundsHeld: 'hold',
  WalletHoldCaptured: 'capture',
  WalletHoldReleased: 'release',
  WalletHoldExpired: 'expiry',
  WalletDebitRefunded: 'refund',
  WalletPaidOut: 'pay_out',
} as const

type MovementType = keyof typeof kindOf
type MovementEvent = Extract<WalletEvent, { readonly type: MovementType }>

export const movementKinds = z.enum(Object.values(kindOf))

export const movementMade = z
  .strictObject({
    walletId: z.string(),
    movement: z.string().describe('Its number in the wallet’s statement; later requests name it.'),
    kind: movementKinds,
    about: z.string().nullable().describe('The hold, debit or top-up that it speaks of.'),
    amount: moneyOut.describe('Gross, where there is tax.'),
    net: moneyOut.nullable(),
    tax: moneyOut.nullable(),
    expiresAt: z.string().nullable(),
    occurredOn: z.string(),
  })
  .meta({ id: 'WalletMovementMade' })

export const movementsMade = z.strictObject({
  ...movementMade.shape,
  also: z
    .array(movementMade)
    .describe('What came with it: holds that had expired, the rest of a hold that is free again.'),
  suspended: z.boolean().optional().describe('Present when it suspended or resumed the wallet.'),
})

/** Where a wallet is shown, and with it what was done. */
export const shownAt = (walletId: string) => ['/api/wallets', walletId] as const

/** The movement of a type, with what came with it. */
export function movementsView(
  events: readonly RecordedEvent<WalletEvent>[],
  type: MovementType,
): z.output<typeof movementsMade> {
  const movements = events.filter(isMovement)
  const asked = movements.find((event) => event.type === type)
  if (asked === undefined) throw new Error(`The command made no ${type}`)
  const turned = events.findLast((event) => isTurn(event))
  return {
    ...movementView(asked),
    also: movements.filter((event) => event !== asked).map(movementView),
    ...(turned !== undefined && { suspended: turned.type === 'WalletSuspended' }),
  }
}

function isMovement(
  event: RecordedEvent<WalletEvent>,
): event is RecordedEvent<WalletEvent> & MovementEvent {
  return Object.hasOwn(kindOf, event.type)
}

function isTurn({ type }: WalletEvent): boolean {
  return type === 'WalletSuspended' || type === 'WalletResumed'
}

function movementView({ type, data }: MovementEvent): z.output<typeof movementMade> {
  const { walletId, movement, currency, occurredOn } = data
  return {
    walletId,
    movement,
    kind: kindOf[type],
    about: aboutOf(data),
    amount: money('gross' in data ? data.gross : data.amount, currency),
    net: 'net' in data ? money(data.net, currency) : null,
    tax: 'tax' in data ? money(data.tax, currency) : null,
    expiresAt: ('expiresAt' in data ? data.expiresAt : undefined) ?? null,
    occurredOn,
  }
}

function aboutOf(data: MovementEvent['data']): string | null {
  if ('hold' in data) return data.hold
  if ('debit' in data) return data.debit
  return 'topUp' in data ? data.topUp : null
}

import fc from 'fast-check'
import { Rejection } from '#domain/rejection.ts'
import {
  type OpenedWallet,
  type Wallet,
  type WalletCommand,
  type WalletEvent,
  wallet,
} from '#domain/wallet/wallet.ts'
import { refusal, storable } from '../given-when-then.ts'
import {
  capture,
  debit,
  hold,
  limit,
  open,
  payOut,
  release,
  resume,
  story,
  suspend,
  topUp,
  vat,
  zar,
} from './a-wallet.ts'

/**
 * Random stories of one wallet, with numbers of movements that may be of any kind or none, and time
 * that goes on.
 */

const amount = fc.bigInt({ min: 1n, max: 800n })
const movement = fc.integer({ min: 1, max: 25 })
const minute = fc.integer({ min: 0, max: 59 })
const instant = (minute: number): string =>
  `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`

export type Step = (past: readonly WalletEvent[], now: string) => WalletCommand | undefined

const always = (command: fc.Arbitrary<WalletCommand>): fc.Arbitrary<Step> =>
  command.map((command) => (_, now) => ({ ...command, ...('now' in command && { now }) }))

/** The last movement of a kind among the first so many; some number or other when there is none. */
function placeOf(past: readonly WalletEvent[], at: number, types: readonly string[]): number {
  const found = past.slice(0, at).findLastIndex(({ type }) => types.includes(type))
  return found < 0 ? at : found + 1
}

const step: fc.Arbitrary<Step> = fc.oneof(
  always(amount.map(topUp)),
  always(amount.map((amount) => debit(0n, { usage: vat(amount) }))),
  always(
    fc
      .tuple(amount, fc.option(minute))
      .map(([amount, until]) => hold(amount, until === null ? {} : { expiresAt: instant(until) })),
  ),
  fc
    .tuple(movement, fc.option(amount), fc.boolean(), fc.boolean())
    .map(([at, part, keepRest, isTaxed]) => (past: readonly WalletEvent[], now: string) => {
      const held = String(placeOf(past, at, ['WalletFundsHeld']))
      const usage = { ...(isTaxed && vat(0n)), amount: part ?? undefined }
      return capture(held, undefined, { keepRest, now, usage })
    }),
  movement.map((at) => (past: readonly WalletEvent[], now: string) => {
    return release(String(placeOf(past, at, ['WalletFundsHeld'])), { now })
  }),
  always(amount.map(payOut)),
  always(amount.map(limit)),
  always(fc.constantFrom(suspend(), resume(), resume())),
  movement.map((at) => (past: readonly WalletEvent[]) => {
    const found = past[placeOf(past, at, ['WalletToppedUp']) - 1]
    return found?.type === 'WalletToppedUp' ? { ...topUpUndone, topUp: found.data } : undefined
  }),
  fc.tuple(movement, fc.option(amount)).map(([at, part]) => (past: readonly WalletEvent[]) => {
    const found = past[placeOf(past, at, ['WalletDebited', 'WalletHoldCaptured']) - 1]
    if (found?.type !== 'WalletDebited' && found?.type !== 'WalletHoldCaptured') return undefined
    return { ...debitRefunded, debit: found.data, amount: part === null ? undefined : zar(part) }
  }),
)

const day = { walletId: 'w1', occurredOn: '2026-11-20', today: '2026-11-20' } as const
const topUpUndone = { ...day, type: 'ChargeBackTopUp' } as const
const debitRefunded = { ...day, type: 'RefundDebit' } as const

export interface Played {
  readonly events: readonly WalletEvent[]
  readonly state: OpenedWallet
}

/** Plays the steps, minute after minute; `check` sees each that was accepted. */
export function play(
  steps: readonly Step[],
  check: (after: Played, made: readonly WalletEvent[], now: string) => void = () => undefined,
): readonly WalletEvent[] {
  let events = story(open(100n), topUp(2000n))
  let state: Wallet = events.reduce(wallet.evolve, wallet.initial)
  for (const [at, step] of steps.entries()) {
    const now = instant(at % 60)
    const command = step(events, now)
    if (command === undefined) continue
    try {
      const made = wallet.decide(command, state).map(storable)
      events = [...events, ...made]
      state = made.reduce(wallet.evolve, state)
      check({ events, state: state as OpenedWallet }, made, now)
    } catch (error) {
      if (!(error instanceof Rejection)) throw error
      refusal(error)
    }
  }
  return events
}

export const stories = fc.array(step, { minLength: 20, maxLength: 59, size: 'max' })

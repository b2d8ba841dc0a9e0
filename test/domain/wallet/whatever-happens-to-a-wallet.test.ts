import fc from 'fast-check'
import t from 'tap'
import { Rejection } from '#domain/rejection.ts'
import {
  availableAt,
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
 * that goes on. Its money is kept here a second time, from the events alone.
 */

const amount = fc.bigInt({ min: 1n, max: 800n })
const movement = fc.integer({ min: 1, max: 25 })
const minute = fc.integer({ min: 0, max: 59 })
const instant = (minute: number): string =>
  `2026-11-20T10:${String(minute).padStart(2, '0')}:00.000Z`

type Step = (past: readonly WalletEvent[], now: string) => WalletCommand | undefined

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
    .tuple(movement, fc.option(amount), fc.boolean())
    .map(([at, amount, keepRest]) => (past: readonly WalletEvent[], now: string) => {
      const held = String(placeOf(past, at, ['WalletFundsHeld']))
      return capture(held, amount ?? undefined, { keepRest, now })
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

interface Played {
  readonly events: readonly WalletEvent[]
  readonly state: OpenedWallet
}

/** Plays the steps, minute after minute; `check` sees each that was accepted. */
function play(
  steps: readonly Step[],
  check: (after: Played, made: readonly WalletEvent[], now: string) => void,
): void {
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
}

const stories = fc.array(step, { minLength: 20, maxLength: 59, size: 'max' })

const sum = (
  events: readonly WalletEvent[],
  amountOf: (event: WalletEvent) => string | undefined,
): bigint => events.reduce((total, event) => total + BigInt(amountOf(event) ?? '0'), 0n)

t.test('the balance is what its movements sum to', async () => {
  fc.assert(
    fc.property(stories, (steps) => {
      play(steps, ({ events, state }) => {
        const balance = sum(events, ({ type, data }) => {
          if (type === 'WalletToppedUp') return data.amount
          if (type === 'WalletDebitRefunded') return data.gross
          if (type === 'WalletTopUpChargedBack' || type === 'WalletPaidOut')
            return `-${data.amount}`
          if (type === 'WalletDebited' || type === 'WalletHoldCaptured') return `-${data.gross}`
          return undefined
        })
        if (balance !== BigInt(state.balance)) throw new Error(`${balance} is not ${state.balance}`)
      })
    }),
  )
})

t.test('whatever takes money leaves none missing', async () => {
  fc.assert(
    fc.property(stories, (steps) => {
      play(steps, ({ state }, made, now) => {
        const types = new Set(made.map(({ type }) => type))
        const takes = types.has('WalletDebited') || types.has('WalletFundsHeld')
        if ((takes || types.has('WalletPaidOut')) && availableAt(state, now) < 0n) {
          throw new Error(`${availableAt(state, now)} available`)
        }
        const isBelow = BigInt(state.balance) < -BigInt(state.creditLimit)
        if (types.has('WalletHoldCaptured') && isBelow) throw new Error('captured below the floor')
      })
    }),
  )
})

t.test('of every hold no more is taken and freed than was held', async () => {
  fc.assert(
    fc.property(stories, (steps) => {
      play(steps, ({ events, state }) => {
        for (const [at, event] of events.entries()) {
          if (event.type !== 'WalletFundsHeld') continue
          const number = String(at + 1)
          const gone = sum(events, ({ type, data }) => {
            if (!('hold' in data) || data.hold !== number) return undefined
            return type === 'WalletHoldCaptured' ? data.gross : 'amount' in data ? data.amount : '0'
          })
          const left = BigInt(event.data.amount) - gone
          const open = BigInt(state.holds[number]?.amount ?? '0')
          if (left < 0n || left !== open) throw new Error(`${left} left of ${number}, open ${open}`)
        }
      })
    }),
  )
})

t.test('of every debit at most 95 % is refunded, and its tax in proportion', async () => {
  fc.assert(
    fc.property(stories, (steps) => {
      play(steps, ({ events }) => {
        for (const { type, data } of events) {
          if (type !== 'WalletDebited' && type !== 'WalletHoldCaptured') continue
          const back = events.flatMap((event) =>
            event.type === 'WalletDebitRefunded' && event.data.debit === data.movement
              ? [event.data]
              : [],
          )
          const gross = back.reduce((total, one) => total + BigInt(one.gross), 0n)
          const tax = back.reduce((total, one) => total + BigInt(one.tax), 0n)
          if (gross * 100n > BigInt(data.gross) * 95n) throw new Error(`${gross} of ${data.gross}`)
          if (tax > BigInt(data.tax) || back.some((one) => BigInt(one.tax) < 0n)) {
            throw new Error(`${tax} of a tax of ${data.tax}`)
          }
        }
      })
    }),
  )
})

t.test(
  'each movement knows its place in the stream, and each top-up is charged back once',
  async () => {
    fc.assert(
      fc.property(stories, (steps) => {
        play(steps, ({ events }) => {
          const places = events.map(
            ({ data }, at) => !('movement' in data) || data.movement === `${at + 1}`,
          )
          if (places.includes(false)) throw new Error('a movement stands elsewhere')
          const back = events.flatMap(({ type, data }) =>
            type === 'WalletTopUpChargedBack' ? [data.topUp] : [],
          )
          if (new Set(back).size !== back.length) throw new Error('charged back twice')
        })
      }),
    )
  },
)

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import {
  availableAt,
  type OpenedWallet,
  type Wallet,
  type WalletCommand,
  type WalletEvent,
  wallet,
} from '#domain/wallet/wallet.ts'
import { MAX_ENDED_AT_ONCE, MAX_OPEN_HOLDS } from '#domain/wallet/wallet/hold.ts'
import { Rejection } from '#domain/rejection.ts'
import { refusal, type Refusal, storable } from '../given-when-then.ts'
import { capture, debit, filled, hold, payOut, today, walletId } from './a-wallet.ts'

const dimensions = { walletId, customerId: 'c1', currency: 'ZAR', occurredOn: today }
const instant = (minute: number) => new Date(Date.UTC(2026, 10, 20, 10, minute)).toISOString()

interface Held {
  readonly amount: number
  readonly minute: number | null
}

const fold = (state: Wallet, events: readonly WalletEvent[]) =>
  events.reduce(wallet.evolve, state) as OpenedWallet

/** A wallet of 1000.00 with holds that expire at those minutes, or never. */
function holding(holds: readonly Held[]): OpenedWallet {
  const start = fold(wallet.initial, filled)
  return fold(
    start,
    holds.map(({ amount, minute }, index) => {
      const movement = `${start.movements + index + 1}`
      const expiry = minute === null ? {} : { expiresAt: instant(minute) }
      return {
        type: 'WalletFundsHeld',
        data: { ...dimensions, movement, amount: `${amount}`, ...expiry },
      }
    }),
  )
}

/** Those of them whose time is over, ended one after the other. */
function endedOneByOne(state: OpenedWallet, now: string): OpenedWallet {
  return Object.entries(state.holds).reduce((state, [hold, { amount, expiresAt }]) => {
    if (expiresAt === undefined || expiresAt > now) return state
    const data = { ...dimensions, movement: `${state.movements + 1}`, hold, amount }
    return fold(state, [{ type: 'WalletHoldExpired', data }])
  }, state)
}

function decided(command: WalletCommand, state: OpenedWallet): readonly WalletEvent[] | Refusal {
  try {
    return wallet.decide(command, state).map(storable)
  } catch (error) {
    if (error instanceof Rejection) return refusal(error)
    throw error
  }
}

const isRefusal = (result: readonly WalletEvent[] | Refusal): result is Refusal => 'code' in result

const credit: WalletEvent = {
  type: 'WalletToppedUp',
  data: { ...dimensions, movement: '1', amount: '1000000', method: 'card' },
}

/** What was asked for, without its place in the stream. */
const asked = (events: readonly WalletEvent[]) => {
  const [event] = events.slice(-1)
  return { type: event?.type, data: { ...event?.data, movement: '' } }
}

const amount = fc.integer({ min: 1, max: 400 })
const minutes = fc.integer({ min: 0, max: 10 })
const someHolds = fc.array(
  fc.record({ amount, minute: fc.option(fc.integer({ min: 1, max: 9 }), { freq: 20 }) }),
  { maxLength: 300, size: 'max' },
)
const takings = fc.oneof(
  amount.map((amount) => (now: string) => debit(BigInt(amount * 200), { now })),
  amount.map((amount) => (now: string) => hold(BigInt(amount * 200), { now })),
  amount.map((amount) => (now: string) => ({ ...payOut(BigInt(amount * 200)), now }) as const),
)

t.test('what is decided is what it is when all that expired has ended one by one', async () => {
  fc.assert(
    fc.property(someHolds, takings, minutes, (holds, taking, minute) => {
      const now = instant(minute)
      const before = holding(holds)
      const without = endedOneByOne(before, now)
      const result = decided(taking(now), before)
      const expected = decided(taking(now), without)
      if (isRefusal(result) || isRefusal(expected)) {
        assert.deepEqual(result, expected)
        return
      }
      assert.deepEqual(asked(result), asked(expected))
      const over = holds.filter(({ minute: until }) => until !== null && until <= minute)
      assert.equal(result.length, Math.min(over.length, MAX_ENDED_AT_ONCE) + 1)
      for (const [index, { data }] of result.entries()) {
        assert.ok('movement' in data && data.movement === `${before.movements + index + 1}`)
      }
    }),
    { numRuns: 50 },
  )
})

t.test('with what comes next all end, each once and with what was held of it', async () => {
  fc.assert(
    fc.property(someHolds, (holds) => {
      const now = instant(9)
      const before = holding(holds)
      let state = before
      const ended: WalletEvent['data'][] = []
      while (Object.values(state.holds).some(({ expiresAt }) => expiresAt !== undefined)) {
        const made = wallet.decide(debit(1n, { now }), fold(state, [credit]))
        ended.push(...made.slice(0, -1).map(({ data }) => data))
        state = fold(state, [credit, ...made])
      }
      const over = Object.entries(before.holds).filter(
        ([, { expiresAt }]) => expiresAt !== undefined,
      )
      const told = ended.map((data) =>
        'hold' in data && 'amount' in data ? `${data.amount} of ${data.hold}` : 'nothing',
      )
      const held = over.map(([hold, { amount }]) => `${amount} of ${hold}`)
      assert.deepEqual(told.toSorted(), held.toSorted())
    }),
    { numRuns: 50 },
  )
})

t.test('money that was free once is so for a process whose clock is behind, too', async () => {
  fc.assert(
    fc.property(someHolds, takings, minutes, minutes, (holds, taking, minute, other) => {
      const before = holding(holds)
      const made = decided(taking(instant(minute)), before)
      if (isRefusal(made)) return
      const after = fold(before, made)
      const earlier = instant(Math.min(minute, other))
      assert.ok(availableAt(after, earlier) >= 0n)
      assert.equal(availableAt(after, earlier), availableAt(after, instant(minute)))
      const over = Object.entries(before.holds).filter(
        ([, { expiresAt }]) => expiresAt !== undefined && expiresAt <= instant(minute),
      )
      for (const [held] of over) {
        const captured = decided(capture(held, undefined, { now: earlier }), after)
        assert.ok(isRefusal(captured) && captured.facts['end'] === 'expired')
      }
    }),
    { numRuns: 50 },
  )
})

t.test('a refusal copies nothing of the wallet, however many holds expired', async (t) => {
  const now = instant(10)
  const state = holding(Array.from({ length: MAX_OPEN_HOLDS }, () => ({ amount: 100, minute: 5 })))
  let copied = 0
  const watched = new Proxy(state, {
    ownKeys: (target) => {
      copied += 1
      return Reflect.ownKeys(target)
    },
  })
  for (const command of [debit(100_001n, { now }), hold(100_001n, { now }), payOut(100_001n)]) {
    const result = decided({ ...command, now } as WalletCommand, watched)
    t.match(result, { facts: { shortfall: '0.01' } })
  }
  t.equal(copied, 0)
  t.equal(wallet.decide(debit(100_000n, { now }), state).length, MAX_ENDED_AT_ONCE + 1)
})

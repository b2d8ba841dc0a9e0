import fc from 'fast-check'
import t from 'tap'
import { availableAt, type WalletEvent } from '#domain/wallet/wallet.ts'
import { play, stories } from './wallet-stories.ts'

/** The money of random stories is kept here a second time, from the events alone. */

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

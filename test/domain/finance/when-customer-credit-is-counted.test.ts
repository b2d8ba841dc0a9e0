import fc from 'fast-check'
import t from 'tap'
import {
  availableCredit,
  type CustomerCreditCommand,
  type CustomerCreditEvent,
  customerCredit,
  reservationOf,
} from '#domain/finance/customer-credit.ts'
import { Rejection } from '#domain/rejection.ts'
import { given, storable } from '../given-when-then.ts'
import { sar, today } from './a-sale.ts'

const customerId = 'customer-1'
const origin = { kind: 'credit_note', id: 'credit-note-1' } as const
const receive = { type: 'ReceiveCustomerCredit', customerId, amount: sar(5000n), origin } as const
const reserve = {
  type: 'ReserveCustomerCredit',
  customerId,
  allocationId: 'allocation-1',
  saleId: 'sale-1',
  amount: sar(3000n),
} as const
const release = {
  type: 'ReleaseCustomerCredit',
  customerId,
  allocationId: 'allocation-1',
  taken: 0n,
} as const
const refund = {
  type: 'RefundCustomerCredit',
  customerId,
  refundId: 'refund-1',
  amount: sar(5000n),
  method: 'bank',
  occurredOn: '2026-11-20',
  today,
} as const

const after = (...commands: readonly CustomerCreditCommand[]) =>
  commands.reduce<readonly CustomerCreditEvent[]>(
    (past, command) => given(customerCredit, past).after(command),
    [],
  )
const available = (past: readonly CustomerCreditEvent[], currency = 'SAR') =>
  availableCredit(given(customerCredit, past).state, currency)

t.test('credit is received once from each origin', async (t) => {
  t.strictSame(given(customerCredit, []).when(receive), [
    {
      type: 'CustomerCreditReceived',
      data: { customerId, currency: 'SAR', amount: '5000', origin },
    },
  ])
  t.strictSame(given(customerCredit, after(receive)).when(receive), [])
  const payment = { ...receive, origin: { kind: 'payment', id: 'credit-note-1' } } as const
  t.equal(available(after(receive, payment)), 10_000n, 'the same id of another kind is another')
})

t.test('each currency has its own credit', async (t) => {
  const usd = { amount: 700n, currency: 'USD' }
  const past = after(receive, { ...receive, amount: usd, origin: { kind: 'payment', id: 'p' } })
  t.equal(available(past), 5000n)
  t.equal(available(past, 'USD'), 700n)
  t.equal(available(past, 'EUR'), 0n)
  const refused = { ...refund, amount: { amount: 701n, currency: 'USD' } }
  t.strictSame(given(customerCredit, past).when(refused), {
    code: 'CUSTOMER_CREDIT_NOT_ENOUGH',
    facts: { available: '7.00', currency: 'USD' },
    field: 'amount',
  })
})

t.test('credit whose payment bounced is withdrawn, though it may be spent', async (t) => {
  const withdraw = {
    type: 'WithdrawCustomerCredit',
    customerId,
    amount: sar(5000n),
    origin: { kind: 'payment_reversal', id: 'payment-1' },
  } as const
  const past = after(receive, refund)
  t.strictSame(given(customerCredit, past).when(withdraw), [
    {
      type: 'CustomerCreditWithdrawn',
      data: { customerId, currency: 'SAR', amount: '5000', origin: withdraw.origin },
    },
  ])
  const below = after(receive, refund, withdraw)
  t.equal(available(below), -5000n)
  t.strictSame(given(customerCredit, below).when(withdraw), [])
  t.strictSame(given(customerCredit, below).when({ ...reserve, amount: sar(1n) }), {
    code: 'CUSTOMER_CREDIT_NOTHING_FREE',
    facts: { currency: 'SAR' },
    field: undefined,
  })
})

t.test('credit is set aside for a sale, up to what is available', async (t) => {
  const past = after(receive)
  t.strictSame(given(customerCredit, past).when(reserve), [
    {
      type: 'CustomerCreditReserved',
      data: {
        customerId,
        currency: 'SAR',
        allocationId: 'allocation-1',
        saleId: 'sale-1',
        amount: '3000',
      },
    },
  ])
  const reserved = after(receive, reserve)
  t.strictSame(given(customerCredit, reserved).when(reserve), [], 'sent again')
  const second = { ...reserve, allocationId: 'allocation-2', amount: sar(2001n) }
  t.strictSame(given(customerCredit, reserved).when(second), {
    code: 'CUSTOMER_CREDIT_NOT_ENOUGH',
    facts: { available: '20.00', currency: 'SAR' },
    field: 'amount',
  })
})

t.test('what the sale did not take is free again', async (t) => {
  const past = after(receive, reserve)
  const released = (amount: string) => ({
    type: 'CustomerCreditReservationReleased',
    data: {
      customerId,
      currency: 'SAR',
      allocationId: 'allocation-1',
      saleId: 'sale-1',
      amount,
    },
  })
  t.strictSame(given(customerCredit, past).when({ ...release, taken: 1000n }), [released('2000')])
  t.strictSame(given(customerCredit, past).when(release), [released('3000')])
  t.strictSame(given(customerCredit, past).when({ ...release, taken: 3000n }), [])
  const part = after(receive, reserve, { ...release, taken: 1000n })
  t.strictSame(given(customerCredit, part).when({ ...release, taken: 1000n }), [], 'sent again')
  t.equal(available(part), 4000n)
  t.strictSame(given(customerCredit, []).when(release), {
    code: 'ALLOCATION_UNKNOWN',
    facts: { allocationId: 'allocation-1' },
    field: undefined,
  })
})

t.test('an allocation that was released is not set aside again', async (t) => {
  const past = after(receive, reserve, release)
  t.equal(reservationOf(given(customerCredit, past).state, 'allocation-1'), undefined)
  t.strictSame(given(customerCredit, past).when(reserve), {
    code: 'ALLOCATION_RELEASED',
    facts: { allocationId: 'allocation-1' },
    field: undefined,
  })
  const spent = after(receive, reserve, { ...release, taken: 1000n })
  t.strictSame(reservationOf(given(customerCredit, spent).state, 'allocation-1'), {
    currency: 'SAR',
    saleId: 'sale-1',
    amount: '1000',
  })
})

t.test('credit is refunded once, up to what is available', async (t) => {
  t.strictSame(given(customerCredit, after(receive)).when(refund), [
    {
      type: 'CustomerCreditRefunded',
      data: {
        customerId,
        currency: 'SAR',
        refundId: 'refund-1',
        method: 'bank',
        amount: '5000',
        occurredOn: '2026-11-20',
      },
    },
  ])
  t.strictSame(given(customerCredit, after(receive, refund)).when(refund), [])
  t.strictSame(given(customerCredit, []).when(refund), {
    code: 'CUSTOMER_CREDIT_NOTHING_FREE',
    facts: { currency: 'SAR' },
    field: undefined,
  })
})

t.test('whatever happens, credit is spent once', async () => {
  const id = fc.constantFrom('a', 'b', 'c')
  const amount = fc.bigInt({ min: 1n, max: 900n }).map(sar)
  const common = { customerId: fc.constant(customerId), amount }
  const command: fc.Arbitrary<CustomerCreditCommand> = fc.oneof(
    fc.record({
      ...common,
      type: fc.constant('ReceiveCustomerCredit' as const),
      origin: fc
        .record({ kind: fc.constantFrom('payment' as const, 'credit_note'), id })
        .map((fields) => ({ ...fields })),
    }),
    fc.record({
      ...common,
      type: fc.constant('ReserveCustomerCredit' as const),
      allocationId: id,
      saleId: fc.constant('sale-1'),
    }),
    fc.record({
      type: fc.constant('ReleaseCustomerCredit' as const),
      customerId: fc.constant(customerId),
      allocationId: id,
      taken: fc.bigInt({ min: 0n, max: 900n }),
    }),
    fc.record({ refundId: id, amount }).map((fields) => ({ ...refund, ...fields })),
  )
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let state = customerCredit.initial
      let [received, refunded] = [0n, 0n]
      for (const command of commands) {
        const events = decided(command, state)
        state = events.reduce(customerCredit.evolve, state)
        for (const { type, data } of events) {
          if (type === 'CustomerCreditReceived') received += BigInt(data.amount)
          if (type === 'CustomerCreditRefunded') refunded += BigInt(data.amount)
        }
        if (decided(command, state).length > 0) return false
        const held = Object.values(state.reservations).reduce(
          (sum, { amount }) => sum + BigInt(amount),
          0n,
        )
        const free = availableCredit(state, 'SAR')
        if (free < 0n || received !== free + held + refunded) return false
      }
      return true
    }),
  )
})

function decided(
  command: CustomerCreditCommand,
  state: typeof customerCredit.initial,
): readonly CustomerCreditEvent[] {
  try {
    return customerCredit.decide(command, state).map(storable)
  } catch (error) {
    if (error instanceof Rejection) return []
    throw error
  }
}

import t from 'tap'
import type { DaybookEvent, EventOf } from '#domain/events.ts'
import type { PaymentRow } from '#projections/finance/payment.ts'
import type { SaleRow } from '#projections/finance/sale.ts'
import { financeSales } from '#projections/finance/sales.ts'
import { foldInto, recorded } from '#test/projections/fold-runner.ts'

const dimensions = {
  saleId: 's-1',
  customerId: 'c-1',
  agent: 'ann',
  basis: 'principal',
  currency: 'SAR',
  occurredOn: '2026-03-01',
} as const
const sold: DaybookEvent = {
  type: 'SaleRecorded',
  data: {
    ...dimensions,
    net: '10000',
    tax: '1500',
    gross: '11500',
    taxes: [{ code: 'S', rate: '15', net: '10000', tax: '1500' }],
    lines: [{ item: 'A', quantity: '2', unitPrice: '50', taxCode: 'S' }],
    source: { system: 'shop', number: '536365' },
    dueOn: '2026-03-31',
  },
}
const commission: DaybookEvent = {
  type: 'CommissionAccrued',
  data: {
    ...dimensions,
    tier: 'standard',
    rate: '2.5',
    net: '250',
    tax: '0',
    gross: '250',
    dueOn: '2026-03-31',
    exact: '2.5',
  },
}
const paid = (amount: string, toCredit = '0'): EventOf<'SalePaymentReceived'> => ({
  type: 'SalePaymentReceived',
  data: {
    ...dimensions,
    occurredOn: '2026-03-02',
    paymentId: `p-${amount}`,
    purpose: 'price',
    route: 'through_us',
    method: 'bank',
    amount,
    toReceivable: String(BigInt(amount) - BigInt(toCredit)),
    toCredit,
    toClientMoney: '0',
    reference: 'R-1',
  },
})
const completed: DaybookEvent = { type: 'SaleCompleted', data: dimensions }
const bounced = (payment: EventOf<'SalePaymentReceived'>): DaybookEvent => {
  const { reference: _, ...split } = payment.data
  return {
    type: 'SalePaymentReversed',
    data: { ...split, occurredOn: '2026-03-09', cause: 'bounced' },
  }
}

function tables(...events: readonly DaybookEvent[]) {
  return foldInto(
    financeSales,
    recorded(events.map((event) => ({ event, stream: ['sale', 's-1'] }))),
  )
}

function row(...events: readonly DaybookEvent[]): SaleRow | undefined {
  return tables(...events)['sale']?.[0] as SaleRow | undefined
}

t.test('a sale is shown with its document and its commission', (t) => {
  t.same(row(sold, commission), {
    sale_id: 's-1',
    source: 'shop',
    number: '536365',
    customer_id: 'c-1',
    agent: 'ann',
    basis: 'principal',
    currency: 'SAR',
    net: '10000',
    tax: '1500',
    gross: '11500',
    paid: '0',
    overpaid: '0',
    credited: '0',
    allocated: '0',
    written_off: '0',
    cancelled: '0',
    owed: '11500',
    client_money: '0',
    commission_tier: 'standard',
    commission_rate: '2.5',
    commission_net: '250',
    commission_accrued: '250',
    commission_taken_back: '0',
    commission_paid: '0',
    commission_due_on: '2026-03-31',
    status: 'pending',
    occurred_on: '2026-03-01',
    due_on: '2026-03-31',
    cancelled_on: null,
    cancel_reason: null,
    property_type: null,
    location: null,
    recorded_at: '2026-01-01T00:00:00.000Z',
    revision: 1,
    ordinal: '1',
    search: '536365 s-1',
  })
  t.same(tables(sold)['document_lines'], [
    {
      document_id: 's-1',
      lines: [{ item: 'A', quantity: '2', unitPrice: '50', taxCode: 'S' }],
      taxes: [{ code: 'S', rate: '15', net: '10000', tax: '1500' }],
      exact: null,
      ordinal: '1',
    },
  ])
  t.end()
})

t.test('payments lessen what is owed, and a bounced one brings it back', (t) => {
  const first = paid('4000')
  const rest = paid('7600', '100')
  t.match(row(sold, first), { paid: '4000', owed: '7500', status: 'pending' })
  t.match(row(sold, first, rest, completed), {
    paid: '11600',
    overpaid: '100',
    owed: '0',
    status: 'completed',
  })
  const events = [sold, first, rest, completed, bounced(rest)]
  t.match(row(...events), { paid: '4000', overpaid: '0', owed: '7500', status: 'pending' })
  const payments = tables(...events)['payment'] as readonly PaymentRow[]
  t.same(
    payments.map((payment) => [payment.payment_id, payment.reversed_on, payment.reversal_cause]),
    [
      ['p-4000', null, null],
      ['p-7600', '2026-03-09', 'bounced'],
    ],
  )
  t.end()
})

t.test('a cancelled sale stays cancelled when the last that it owed comes in', (t) => {
  const cancelled: DaybookEvent = {
    type: 'SaleCancelled',
    data: {
      ...dimensions,
      occurredOn: '2026-03-10',
      recordedOn: '2026-03-01',
      recordedNet: '10000',
      recordedGross: '11500',
      recordedCommission: '250',
      net: '5000',
      tax: '750',
      gross: '5750',
      taxes: [],
      fromReceivable: '5750',
      toCredit: '0',
      reason: 'wrong size',
    },
  }
  const after = row(sold, cancelled, paid('5750'), completed)
  t.match(after, {
    status: 'cancelled',
    cancelled: '5750',
    cancelled_on: '2026-03-10',
    cancel_reason: 'wrong size',
    owed: '0',
  })
  t.end()
})

t.test('a bad debt adds up what was written off, reversed and recovered', (t) => {
  const debt = { badDebtId: 'b-1', currency: 'SAR', amount: '900', occurredOn: '2026-05-01' }
  const { bad_debt: rows = [] } = tables(
    { type: 'BadDebtWrittenOff', data: { ...debt, customerId: 'c-1', reason: 'insolvent' } },
    { type: 'BadDebtWriteOffReversed', data: { ...debt, amount: '300', reversalId: 'r-1' } },
    {
      type: 'BadDebtRecovered',
      data: { ...debt, amount: '200', recoveryId: 'r-2', method: 'cash' },
    },
  )
  const expected = { written_off: '900', reversed: '300', recovered: '200', reason: 'insolvent' }
  t.match(rows, [expected])
  const alone = tables({ type: 'BadDebtWriteOffReversed', data: { ...debt, reversalId: 'r-1' } })
  t.match(alone['bad_debt'], [{ written_off: '0', reversed: '900', customer_id: null }])
  t.end()
})

t.test(
  'credit set aside for a sale is spent when the sale takes it, the rest is free again',
  (t) => {
    const credit = { customerId: 'c-1', currency: 'SAR' }
    const allocation = { ...credit, allocationId: 'a-1', saleId: 's-1' }
    const { customer_credit: rows } = tables(
      {
        type: 'CustomerCreditReceived',
        data: { ...credit, amount: '1000', origin: { kind: 'credit_note', id: 'n-1' } },
      },
      { type: 'CustomerCreditReserved', data: { ...allocation, amount: '600' } },
      { type: 'SaleCreditAllocated', data: { ...dimensions, allocationId: 'a-1', amount: '450' } },
      { type: 'CustomerCreditReservationReleased', data: { ...allocation, amount: '150' } },
      {
        type: 'CustomerCreditRefunded',
        data: {
          ...credit,
          refundId: 'r-1',
          method: 'bank',
          amount: '50',
          occurredOn: '2026-03-04',
        },
      },
    )
    t.match(rows, [
      { received: '1000', reserved: '0', allocated: '450', refunded: '50', available: '500' },
    ])
    t.end()
  },
)

import t from 'tap'
import { sale } from '#domain/finance/sale.ts'
import { given } from '../given-when-then.ts'
import {
  after,
  cancel,
  credit,
  dimensions,
  pay,
  recordBrokeredSale,
  recordSale,
  reverse,
  saleId,
  sar,
  today,
} from './a-sale.ts'

const step = { saleId, occurredOn: '2026-11-20', today } as const
const payout = { type: 'PayCommission', ...step, payoutId: 'payout-1', method: 'bank' } as const
const passOn = { type: 'PassOnClientMoney', ...step, payoutId: 'payout-1' } as const
const take = {
  type: 'TakeCommissionFromClientMoney',
  ...step,
  paymentId: 'payment-2',
} as const
const agent = dimensions('2026-11-20', { basis: 'agent' })

t.test('the agent is paid what they earned, whole or in parts', async (t) => {
  const paid = (amount: string) => ({
    type: 'CommissionPaid',
    data: { ...dimensions('2026-11-20'), payoutId: 'payout-1', method: 'bank', amount },
  })
  const past = after(recordSale())
  t.strictSame(given(sale, past).when(payout), [paid('2500')])
  t.strictSame(given(sale, past).when({ ...payout, amount: sar(1000n) }), [paid('1000')])
  const once = after(recordSale(), { ...payout, amount: sar(1000n) })
  t.strictSame(given(sale, once).when(payout), [], 'the same payout, sent again')
})

t.test('not more commission is paid than is left after credits', async (t) => {
  const past = after(recordSale(), { ...payout, amount: sar(1000n) }, credit(40_000n))
  const second = { ...payout, payoutId: 'payout-2' }
  t.strictSame(given(sale, past).when({ ...second, amount: sar(501n) }), {
    code: 'COMMISSION_ABOVE_LEFT',
    facts: { left: '5.00', currency: 'SAR' },
    field: 'amount',
  })
  const overpaid = after(recordSale(), payout, cancel())
  const nothing = { code: 'COMMISSION_NOTHING_LEFT', facts: { saleId }, field: undefined }
  t.strictSame(given(sale, overpaid).when(second), nothing)
  t.strictSame(given(sale, overpaid).when({ ...second, amount: sar(1n) }), nothing)
})

t.test('the seller gets what we hold, and our commission comes out of it', async (t) => {
  const past = after(recordBrokeredSale(), pay())
  const taken = {
    type: 'CommissionTakenFromClientMoney',
    data: { ...agent, paymentId: 'payment-2', amount: '2875' },
  }
  t.strictSame(given(sale, past).when(take), [taken, { type: 'SaleCompleted', data: agent }])
  t.strictSame(given(sale, after(recordBrokeredSale(), pay(), take)).when(passOn), [
    { type: 'ClientMoneyPassedOn', data: { ...agent, payoutId: 'payout-1', amount: '97125' } },
  ])
  const all = after(recordBrokeredSale(), pay(), take, passOn)
  t.hasStrict(given(sale, all).state, { clientMoney: '0', owed: '0' })
  t.strictSame(given(sale, all).when(passOn), [], 'sent again')
  t.strictSame(given(sale, all).when(take), [], 'sent again')
})

t.test('not more is passed on or taken than we hold', async (t) => {
  const past = after(recordBrokeredSale(), pay(1000n))
  const refused = {
    code: 'CLIENT_MONEY_NOT_ENOUGH',
    facts: { held: '10.00', currency: 'SAR' },
    field: 'amount',
  }
  t.strictSame(given(sale, past).when({ ...passOn, amount: sar(1001n) }), refused)
  t.strictSame(given(sale, past).when({ ...take, amount: sar(1001n) }), refused)
  t.hasStrict(given(sale, past).when(take), [{ data: { amount: '1000' } }])
  const bounced = after(recordBrokeredSale(), pay(1000n), passOn, reverse())
  t.hasStrict(given(sale, bounced).state, { clientMoney: '-1000' })
  for (const command of [
    { ...passOn, payoutId: 'payout-2' },
    { ...take, paymentId: 'payment-3' },
  ]) {
    const nothing = { code: 'CLIENT_MONEY_NOTHING_HELD', facts: { saleId }, field: undefined }
    t.strictSame(given(sale, bounced).when(command), nothing)
    t.strictSame(given(sale, bounced).when({ ...command, amount: sar(1n) }), nothing)
  }
})

t.test('not more commission is taken than we are owed', async (t) => {
  const past = after(recordBrokeredSale(), pay())
  t.strictSame(given(sale, past).when({ ...take, amount: sar(2876n) }), {
    code: 'AMOUNT_ABOVE_OWED',
    facts: { owed: '28.75', currency: 'SAR' },
    field: 'amount',
  })
  const settled = after(recordBrokeredSale(), pay(), take)
  t.hasStrict(given(sale, settled).when({ ...take, paymentId: 'payment-3' }), {
    code: 'SALE_NOTHING_OWED',
  })
})

t.test('each basis has its own settlements', async (t) => {
  const mismatch = (basis: string, needed: string) => ({
    code: 'SALE_BASIS_MISMATCH',
    facts: { basis, needed },
    field: undefined,
  })
  t.strictSame(
    given(sale, after(recordBrokeredSale())).when(payout),
    mismatch('agent', 'principal'),
  )
  t.strictSame(given(sale, after(recordSale())).when(passOn), mismatch('principal', 'agent'))
  t.strictSame(given(sale, after(recordSale())).when(take), mismatch('principal', 'agent'))
})

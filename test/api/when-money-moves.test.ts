import t, { type Test } from 'tap'
import { type ApiAnswer, testApi } from '#test/support/api.ts'
import { dig, pick } from '#test/support/server.ts'

/** Every command on money over HTTP, and what the books say afterwards: they balance, to the penny. */

const api = await testApi(t)
const sar = (amount: string) => ({ amount, currency: 'SAR' })
await api.call('PATCH', '/api/settings', { body: { baseCurrency: 'SAR' } })

async function customer(name = 'Ahmed'): Promise<string> {
  return pick(await api.post('/api/crm/customers', { name }), 'data', 'id')
}
async function sell(body: object): Promise<string> {
  return pick(await api.post('/api/finance/sales', body), 'data', 'id')
}
async function shown(path: string): Promise<ApiAnswer> {
  await api.caughtUp()
  return api.get(path)
}

/** A test after which the books must balance. */
function story(name: string, tell: (t: Test) => Promise<void>): void {
  void t.test(name, async (t) => {
    await tell(t)
    const balance = await shown('/api/ledger/trial-balance')
    const totals = dig(balance, 'data', 'totals') as readonly { balance: { amount: string } }[]
    t.ok(totals.length > 0)
    for (const total of totals) t.match(total.balance.amount, /^0(\.0+)?$/, 'the books balance')
  })
}

story('payments, one of them above the debt, one of them bounced', async (t) => {
  const customerId = await customer()
  const sale = await sell({ customerId, saleAmount: 100 })
  const path = `/api/finance/sales/${sale}`
  const first = await api.post(`${path}/payments`, { method: 'cheque', amount: 40 })
  t.match(first.body, { data: { toReceivable: sar('40.00'), saleCompleted: false } })
  const second = await api.post(`${path}/payments`, { method: 'bank', amount: '70.00' })
  const third = await api.call('POST', `${path}/payments`, { body: { method: 'bank' } })
  t.match(third.body, { code: 'SALE_NOTHING_OWED', errors: [] })
  t.match(second.body, {
    data: { toReceivable: sar('60.00'), toCredit: sar('10.00'), saleCompleted: true },
  })
  const bounced = await api.post(`${path}/payments/${pick(first, 'data', 'id')}/reversal`, {
    cause: 'bounced',
  })
  t.match(bounced.body, { data: { cause: 'bounced', amount: sar('40.00') } })
  const again = await api.call('POST', `${path}/payments/${pick(first, 'data', 'id')}/reversal`, {
    body: { cause: 'bounced' },
  })
  t.equal(pick(again, 'code'), 'PAYMENT_ALREADY_REVERSED')
  t.match((await shown(path)).body, {
    data: {
      status: 'pending',
      owed: sar('40.00'),
      overpaid: sar('10.00'),
      payments: [{ reversalCause: 'bounced' }, { reversedOn: null }],
    },
  })
})

story('credit pays a sale, and what is left of it is paid out', async (t) => {
  const customerId = await customer()
  const note = await api.post('/api/finance/credit-notes', { customerId, amount: 50 })
  t.match(note.body, { data: { gross: sar('50.00'), refundMethod: null } })
  const sale = await sell({ customerId, saleAmount: 30 })
  const allocated = await api.post(`/api/finance/sales/${sale}/credit-allocations`, {})
  t.match(allocated.body, { data: { amount: sar('30.00'), saleCompleted: true } })
  const refunds = `/api/finance/customer-credits/${customerId}/refunds`
  const tooMuch = await api.call('POST', refunds, { body: { amount: 20.01, method: 'bank' } })
  t.match(tooMuch.body, {
    code: 'CUSTOMER_CREDIT_NOT_ENOUGH',
    detail: /20\.00 SAR/,
    errors: [{ pointer: '/amount' }],
  })
  const refund = await api.post(refunds, { amount: 20, method: 'bank' })
  t.match(refund.body, { data: { amount: sar('20.00'), method: 'bank' } })
  t.match((await shown(`/api/finance/customer-credits/${customerId}`)).body, {
    data: {
      credits: [
        {
          received: sar('50.00'),
          allocated: sar('30.00'),
          refunded: sar('20.00'),
          available: sar('0.00'),
        },
      ],
    },
  })
})

story('a sale over the counter with lines and tax, credited in part, then cancelled', async (t) => {
  const sale = await api.post('/api/finance/sales', {
    lines: [
      { item: 'A', description: 'Lamp', quantity: 3, unitPrice: '3.333' },
      { item: 'B', quantity: '1', unitPrice: 10, taxCode: 'zero' },
    ],
    taxCode: 'vat',
    taxRates: { vat: 15, zero: 0 },
    paymentMethod: 'cash',
  })
  t.match(sale.body, {
    data: {
      customerId: null,
      saleAmount: sar('20.00'),
      tax: sar('1.50'),
      gross: sar('21.50'),
      exact: '19.999',
      payment: { amount: sar('21.50'), method: 'cash' },
    },
  })
  const saleId = pick(sale, 'data', 'id')
  const note = await api.post('/api/finance/credit-notes', {
    saleId,
    lines: [{ quantity: 1, unitPrice: '3.33' }],
    taxCode: 'vat',
    taxRates: { vat: 15 },
    refundMethod: 'cash',
  })
  t.match(note.body, { data: { saleId, gross: sar('3.83'), refundMethod: 'cash' } })
  const beyond = await api.call('POST', '/api/finance/credit-notes', {
    body: { saleId, amount: 7, taxCode: 'vat', refundMethod: 'cash' },
  })
  t.match(beyond.body, {
    code: 'CREDIT_ABOVE_SALE',
    detail: /amount is more than .*: 6\.67 SAR net \(tax code: vat\)/,
    errors: [{ pointer: '/amount' }],
  })
  const otherRate = await api.call('POST', '/api/finance/credit-notes', {
    body: { saleId, amount: 1, taxCode: 'vat', taxRates: { vat: 5 }, refundMethod: 'cash' },
  })
  t.match(otherRate.body, {
    code: 'TAX_RATE_NOT_OF_SALE',
    detail: /taxed at 15 %/,
    errors: [{ pointer: '/taxRates/vat' }],
  })
  const untold = await api.call('POST', '/api/finance/credit-notes', {
    body: { saleId, amount: 7, refundMethod: 'cash' },
  })
  t.match(untold.body, {
    code: 'TAX_CODE_REQUIRED',
    detail: /its tax codes: vat, zero\./,
    errors: [{ pointer: '/taxCode' }],
  })
  const cancelled = await api.post(`/api/finance/sales/${saleId}/cancellation`, {
    refundMethod: 'cash',
    reason: 'Wrong size',
  })
  t.match(cancelled.body, {
    data: { status: 'cancelled', gross: sar('17.67'), toCredit: sar('17.67') },
  })
  const again = await api.call('POST', `/api/finance/sales/${saleId}/cancellation`, { body: {} })
  t.equal(pick(again, 'code'), 'SALE_ALREADY_CANCELLED')
  t.match((await shown(`/api/finance/credit-notes/${pick(note, 'data', 'id')}`)).body, {
    data: { saleId, lines: [{ unitPrice: '3.33', taxCode: 'vat' }], taxes: [{ code: 'vat' }] },
  })
})

story('a debt is written off, reversed in part, recovered in part', async (t) => {
  const customerId = await customer()
  const saleId = await sell({ customerId, saleAmount: 90 })
  const debt = await api.post('/api/finance/bad-debts', { saleId, reason: 'Moved away' })
  t.match(debt.body, { data: { kind: 'write_off', customerId, amount: sar('90.00') } })
  const path = `/api/finance/bad-debts/${pick(debt, 'data', 'badDebtId')}`
  t.match((await api.post(`${path}/reversals`, { amount: 30 })).body, {
    data: { kind: 'reversal', amount: sar('30.00') },
  })
  t.match((await api.post(`${path}/recoveries`, { method: 'cash', amount: 20 })).body, {
    data: { kind: 'recovery', method: 'cash', amount: sar('20.00') },
  })
  const beyond = await api.call('POST', `${path}/recoveries`, {
    body: { method: 'cash', amount: 41 },
  })
  t.equal(pick(beyond, 'code'), 'WRITE_OFF_ABOVE_LEFT')
  t.match((await shown(path)).body, {
    data: { writtenOff: sar('90.00'), reversed: sar('30.00'), recovered: sar('20.00') },
  })
  t.match((await shown(`/api/finance/sales/${saleId}`)).body, { data: { owed: sar('30.00') } })
  const lone = await api.post('/api/finance/bad-debts/reversals', { amount: 7 })
  t.match(lone.body, { data: { kind: 'reversal', customerId: null, amount: sar('7.00') } })
})

story(
  'a sale whose debt was lost in part and came in in part is credited, then cancelled',
  async (t) => {
    const customerId = await customer()
    const saleId = await sell({ customerId, saleAmount: 50 })
    const debt = await api.post('/api/finance/bad-debts', { saleId })
    const path = `/api/finance/bad-debts/${pick(debt, 'data', 'badDebtId')}`
    await api.post(`${path}/recoveries`, { method: 'cash', amount: 20 })
    const note = { saleId, amount: 10 }
    const cancellation = `/api/finance/sales/${saleId}/cancellation`
    for (const [where, body] of [
      ['/api/finance/credit-notes', note],
      [cancellation, {}],
    ] as const) {
      const refused = await api.call('POST', where, { body })
      t.match(refused.body, { code: 'SALE_WRITTEN_OFF', detail: /30\.00 SAR/ })
    }
    t.match((await api.post(`${path}/reversals`, {})).body, { data: { amount: sar('30.00') } })
    t.match((await api.post('/api/finance/credit-notes', note)).body, {
      data: { gross: sar('10.00') },
    })
    t.match((await api.post(cancellation, {})).body, {
      data: { gross: sar('40.00'), fromReceivable: sar('30.00'), toCredit: sar('10.00') },
    })
    const credit = await shown(`/api/finance/customer-credits/${customerId}`)
    t.match(credit.body, { data: { credits: [{ available: sar('20.00') }] } }, 'what came in')
  },
)

story('an agent earns by their tier, and is paid in parts', async (t) => {
  const tiers = '/api/finance/commission-tiers'
  await api.call('PUT', `${tiers}/gold`, { body: { name: 'Gold', rate: 10 } })
  await api.call('PUT', `${tiers}/assignments/sami`, { body: { tier: 'gold' } })
  const inUse = await api.call('DELETE', `${tiers}/gold`)
  t.equal(pick(inUse, 'code'), 'TIER_IN_USE')
  const unknown = await api.call('PUT', `${tiers}/assignments/sami`, { body: { tier: 'tin' } })
  t.match(unknown.body, { code: 'TIER_UNKNOWN', errors: [{ pointer: '/tier' }] })
  t.match((await api.get(tiers)).body, {
    data: { tiers: [{ tier: 'gold', rate: '10' }], assignments: [{ agent: 'sami', tier: 'gold' }] },
  })

  const saleId = await sell({ customerId: await customer(), saleAmount: 1000, agent: 'sami' })
  const payouts = `/api/finance/sales/${saleId}/commission-payouts`
  t.match((await api.post(payouts, { method: 'bank', amount: 60 })).body, {
    data: { agent: 'sami', amount: sar('60.00') },
  })
  t.match((await api.post(payouts, { method: 'bank' })).body, { data: { amount: sar('40.00') } })
  const none = await api.call('POST', payouts, { body: { method: 'bank' } })
  t.match(none.body, { code: 'COMMISSION_NOTHING_LEFT', errors: [] })
  await api.call('DELETE', `${tiers}/assignments/sami`)
  t.equal((await api.call('DELETE', `${tiers}/gold`)).status, 200)
})

story(
  'a brokered sale: the price passes through our hands, our commission is taken out of it',
  async (t) => {
    await api.call('PATCH', '/api/settings', { body: { basis: 'agent' } })
    await api.call('PUT', '/api/finance/commission-tiers/broker', {
      body: { name: 'B', rate: '2.5' },
    })
    await api.call('PUT', '/api/finance/commission-tiers/default', { body: { tier: 'broker' } })
    const saleId = await sell({ customerId: await customer(), saleAmount: 500000 })
    const path = `/api/finance/sales/${saleId}`
    const paid = await api.post(`${path}/payments`, { method: 'bank', amount: 500000 })
    t.match(paid.body, { data: { toClientMoney: sar('500000.00'), toReceivable: sar('0.00') } })
    t.match((await api.post(`${path}/client-money/commission`, {})).body, {
      data: { amount: sar('12500.00') },
    })
    t.match((await api.post(`${path}/client-money/payouts`, {})).body, {
      data: { amount: sar('487500.00') },
    })
    const more = await api.call('POST', `${path}/client-money/payouts`, { body: { amount: 1 } })
    t.match(more.body, { code: 'CLIENT_MONEY_NOTHING_HELD', errors: [] })
    t.match((await shown(path)).body, {
      data: { owed: sar('0.00'), clientMoney: sar('0.00'), basis: 'agent' },
    })
    await api.call('PATCH', '/api/settings', { body: { basis: 'principal' } })
  },
)

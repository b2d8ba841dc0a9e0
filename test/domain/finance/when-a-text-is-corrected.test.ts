import t from 'tap'
import { ERASED, MASKED } from '#domain/event-schema.ts'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { sale } from '#domain/finance/sale.ts'
import { given } from '../given-when-then.ts'
import { after, dimensions, pay, recordSale, saleId, today } from './a-sale.ts'

const customerId = dimensions('2026-11-14').customerId
const said = { text: 'TX-881', reason: 'A digit was missing' }
const place = { saleId, field: 'reference', paymentId: 'payment-1' } as const
const correct = (before?: string) =>
  ({ type: 'CorrectSaleText', ...place, ...said, before }) as const

const badDebtId = 'bad-debt-1'
const alone = {
  type: 'RecordBadDebtReversal',
  badDebtId,
  reversalId: 'reversal-1',
  customerId,
  amount: { amount: 1n, currency: 'SAR' },
  occurredOn: today,
  today,
} as const
const debtText = { badDebtId, customerId, field: 'reason' } as const
const correctDebt = (before?: string) =>
  ({ type: 'CorrectBadDebtText', ...debtText, ...said, before }) as const
const reversed = () => badDebt.decide(alone, badDebt.initial)

t.test('a text is set right by an event that says where it stands and why', async (t) => {
  t.strictSame(given(sale, after(recordSale(), pay())).when(correct('TX-81')), [
    { type: 'SaleTextCorrected', data: { customerId, ...place, ...said } },
  ])
  t.strictSame(given(badDebt, reversed()).when(correctDebt('gone')), [
    { type: 'BadDebtTextCorrected', data: { ...debtText, ...said } },
  ])
})

t.test('what reads so already is left alone', async (t) => {
  t.strictSame(given(sale, after(recordSale(), pay())).when(correct('TX-881')), [])
  t.strictSame(given(badDebt, reversed()).when(correctDebt('TX-881')), [])
})

t.test('what nobody wrote, or what was erased, is not corrected', async (t) => {
  const unknown = { code: 'TEXT_UNKNOWN', facts: {}, field: 'field' }
  for (const before of [undefined, ERASED]) {
    t.strictSame(given(sale, after(recordSale(), pay())).when(correct(before)), unknown)
    t.strictSame(given(badDebt, reversed()).when(correctDebt(before)), unknown)
  }
  t.match(given(sale, []).when(correct('TX-81')), { code: 'SALE_UNKNOWN' })
  t.match(given(badDebt, []).when(correctDebt('gone')), { code: 'BAD_DEBT_UNKNOWN' })
})

t.test('no text becomes what readers are shown in place of one', async (t) => {
  for (const text of [ERASED, MASKED]) {
    const refused = { code: 'TEXT_RESERVED', facts: { text }, field: 'text' }
    const command = { ...correct('TX-81'), text }
    t.strictSame(given(sale, after(recordSale(), pay())).when(command), refused)
  }
})

t.test('nothing that is decided later depends on it', async (t) => {
  const past = after(recordSale(), pay())
  const corrected = sale.decide(correct('TX-81'), given(sale, past).state)
  t.strictSame(given(sale, [...past, ...corrected]).state, given(sale, past).state)
  const debt = badDebt.decide(correctDebt('gone'), given(badDebt, reversed()).state)
  t.strictSame(given(badDebt, [...reversed(), ...debt]).state, given(badDebt, reversed()).state)
})

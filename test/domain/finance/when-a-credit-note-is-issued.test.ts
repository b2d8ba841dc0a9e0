import t from 'tap'
import { creditNote } from '#domain/finance/credit-note.ts'
import { given } from '../given-when-then.ts'

const command = {
  type: 'IssueCreditNote',
  creditNoteId: 'credit-note-1',
  customerId: 'customer-1',
  saleId: 'sale-1',
  basis: 'principal',
  agent: 'layla',
  currency: 'GBP',
  document: {
    lines: [{ item: '85123A', quantity: '1', unitPrice: '2.555' }],
    source: { system: 'shop', number: 'C536379' },
  },
  occurredOn: '2010-12-01',
  today: '2026-11-21',
} as const
const issued = {
  type: 'CreditNoteIssued',
  data: {
    creditNoteId: 'credit-note-1',
    customerId: 'customer-1',
    saleId: 'sale-1',
    basis: 'principal',
    agent: 'layla',
    currency: 'GBP',
    occurredOn: '2010-12-01',
    net: '256',
    tax: '0',
    gross: '256',
    taxes: [],
    lines: [{ item: '85123A', quantity: '1', unitPrice: '2.555' }],
    roundedFrom: { exact: '2.555', mode: 'half-even' },
    source: { system: 'shop', number: 'C536379' },
  },
}
const { customerId: _, saleId: _sale, ...overTheCounter } = command

t.test('a credit note gives the customer credit', async (t) => {
  t.strictSame(given(creditNote, []).when(command), [issued])
})

t.test('a credit note that is issued again changes nothing', async (t) => {
  const past = given(creditNote, []).after(command)
  t.strictSame(given(creditNote, past).when(command), [])
})

t.test('without a customer it says how the money is paid back', async (t) => {
  const { customerId: _customer, saleId: _named, ...data } = issued.data
  t.strictSame(given(creditNote, []).when({ ...overTheCounter, refundMethod: 'cash' }), [
    { type: 'CreditNoteIssued', data: { ...data, refundMethod: 'cash' } },
  ])
  t.strictSame(given(creditNote, []).when(overTheCounter), {
    code: 'REFUND_METHOD_REQUIRED',
    facts: {},
    field: 'refundMethod',
  })
  t.strictSame(given(creditNote, []).when({ ...command, refundMethod: 'cash' }), {
    code: 'REFUND_METHOD_NOT_ALLOWED',
    facts: {},
    field: 'refundMethod',
  })
})

t.test('about a brokered price nothing is paid back', async (t) => {
  const brokered = { ...overTheCounter, basis: 'agent', refundMethod: 'cash' } as const
  const { customerId: _customer, saleId: _named, ...data } = issued.data
  t.strictSame(given(creditNote, []).when(brokered), [
    { type: 'CreditNoteIssued', data: { ...data, basis: 'agent' } },
  ])
})

t.test('a credit note of nothing, or of a day to come, is refused', async (t) => {
  const nothing = { ...command, document: { amount: 0n } }
  t.hasStrict(given(creditNote, []).when(nothing), { code: 'AMOUNT_ZERO', field: 'amount' })
  const later = { ...command, occurredOn: '2026-12-01' }
  t.hasStrict(given(creditNote, []).when(later), { code: 'DATE_IN_FUTURE' })
})

import t from 'tap'
import { type EventOf, type EventType, eventCatalogue } from '#domain/events.ts'
import { chartOfAccounts } from '#projections/accounting/chart-of-accounts.ts'
import type { EntryRow } from '#projections/accounting/entry.ts'
import { ledger } from '#projections/accounting/ledger.ts'
import type { PostingRow } from '#projections/accounting/posting.ts'
import { postingRules } from '#projections/accounting/posting-rules.ts'
import { initialContext } from '#projections/engine/organisation-context.ts'
import { foldInto, recorded, type Told } from '#test/projections/fold-runner.ts'

// The table of accounting.md, section 3, row by row.

const names = new Map<string, string>(
  Object.entries(chartOfAccounts).map(([name, { code }]) => [code, name]),
)

/** The lines of an event's entry, debits first: `account amount`, or `account/party amount`. */
function linesOf(...events: readonly { readonly type: EventType; readonly data: object }[]) {
  const story = events.map((event) => ({ event }) as Told)
  const { posting = [] } = foldInto(ledger, recorded(story))
  return (posting as readonly PostingRow[])
    .toSorted((a, b) => Number(BigInt(b.amount) - BigInt(a.amount)))
    .map(
      ({ account, party, amount }) =>
        `${names.get(account)}${party === '' ? '' : `/${party}`} ${amount}`,
    )
}

function posts<Type extends EventType>(
  fact: string,
  type: Type,
  data: Partial<EventOf<Type>['data']>,
  lines: readonly string[],
): void {
  t.test(fact, (t) => {
    t.same(linesOf({ type, data: { ...dimensions, ...data } }), lines)
    t.end()
  })
}

const dimensions = {
  saleId: 's-1',
  customerId: 'c-1',
  agent: 'ann',
  basis: 'principal',
  currency: 'SAR',
  occurredOn: '2026-03-01',
} as const
const amounts = { net: '10000', tax: '1500', gross: '11500', taxes: [] }
const commission = { net: '250', tax: '0', gross: '250' }
const taxedCommission = { net: '250', tax: '38', gross: '288' }
const nobody = { customerId: undefined }
const brokered = { basis: 'agent' } as const

posts('sale, principal', 'SaleRecorded', amounts, [
  'receivable/c-1 11500',
  'tax_payable -1500',
  'sales_revenue -10000',
])
posts('sale, agent: the price is a statistic', 'SaleRecorded', { ...amounts, ...brokered }, [])
posts('commission, agent', 'CommissionAccrued', { ...taxedCommission, ...brokered }, [
  'receivable/c-1 288',
  'tax_payable -38',
  'commission_income -250',
])
posts('commission, principal', 'CommissionAccrued', commission, [
  'commission_expense 250',
  'commission_payable/ann -250',
])

const split = { amount: '11600', toReceivable: '11500', toCredit: '100', toClientMoney: '0' }
const price = { purpose: 'price', route: 'through_us', ...split } as const
for (const [method, account] of Object.entries({
  cash: 'cash',
  bank: 'bank',
  card: 'card_clearing',
  cheque: 'cheques',
  mobile_money: 'mobile_money',
}) as [EventOf<'SalePaymentReceived'>['data']['method'], string][]) {
  posts(`payment by ${method}, above what is owed`, 'SalePaymentReceived', { ...price, method }, [
    `${account} 11600`,
    'customer_credit/c-1 -100',
    'receivable/c-1 -11500',
  ])
}
posts('payment bounced', 'SalePaymentReversed', { ...price, method: 'bank', cause: 'bounced' }, [
  'receivable/c-1 11500',
  'customer_credit/c-1 100',
  'bank -11600',
])

t.test('sale over the counter', (t) => {
  const data = { ...dimensions, ...amounts, ...nobody }
  const paid = { ...price, method: 'cash', toCredit: '0', amount: '11500' }
  const events = [
    { type: 'SaleRecorded', data },
    { type: 'SalePaymentReceived', data: { ...data, ...paid } },
  ] as const
  t.same(linesOf(...events), [
    'receivable 11500',
    'cash 11500',
    'tax_payable -1500',
    'sales_revenue -10000',
    'receivable -11500',
  ])
  const story = events.map((event) => ({ event })) as unknown as readonly Told[]
  const { party_balance: parties } = foldInto(ledger, recorded(story))
  t.same(parties, [
    { account: '1100', party: '', currency: 'SAR', debit: '11500', credit: '11500' },
  ])
  t.end()
})

const passing = { amount: '11500', toReceivable: '0', toCredit: '0', toClientMoney: '11500' }
const brokeredPrice = { ...brokered, purpose: 'price', method: 'bank', ...passing } as const
posts(
  'price of an agent sale paid through us',
  'SalePaymentReceived',
  { ...brokeredPrice, route: 'through_us' },
  ['client_bank 11500', 'client_money_payable/c-1 -11500'],
)
posts(
  'price of an agent sale paid directly is a memo',
  'SalePaymentReceived',
  { ...brokeredPrice, route: 'direct', toClientMoney: '0' },
  [],
)
posts('client money passed on', 'ClientMoneyPassedOn', { ...brokered, amount: '11212' }, [
  'client_money_payable/c-1 11212',
  'client_bank -11212',
])
posts(
  'our commission taken from client money',
  'CommissionTakenFromClientMoney',
  { ...brokered, amount: '288' },
  ['client_money_payable/c-1 288', 'bank 288', 'client_bank -288', 'receivable/c-1 -288'],
)

const note = { ...amounts, creditNoteId: 'n-1', saleId: undefined }
posts('credit note of a customer', 'CreditNoteIssued', note, [
  'sales_returns 10000',
  'tax_payable 1500',
  'customer_credit/c-1 -11500',
])
posts(
  'credit note over the counter',
  'CreditNoteIssued',
  { ...note, ...nobody, refundMethod: 'cash' },
  ['sales_returns 10000', 'tax_payable 1500', 'cash -11500'],
)
posts('credit note of a brokered sale is a memo', 'CreditNoteIssued', { ...note, ...brokered }, [])
posts('customer credit allocated to a sale', 'SaleCreditAllocated', { amount: '100' }, [
  'customer_credit/c-1 100',
  'receivable/c-1 -100',
])
posts('customer credit refunded', 'CustomerCreditRefunded', { amount: '100', method: 'bank' }, [
  'customer_credit/c-1 100',
  'bank -100',
])

const cancelled = { ...amounts, fromReceivable: '4500', toCredit: '7000' }
posts('sale cancelled that was paid in part', 'SaleCancelled', cancelled, [
  'sales_returns 10000',
  'tax_payable 1500',
  'receivable/c-1 -4500',
  'customer_credit/c-1 -7000',
])
posts(
  'sale cancelled that was paid over the counter',
  'SaleCancelled',
  { ...cancelled, ...nobody, fromReceivable: '0', toCredit: '11500', refundMethod: 'card' },
  ['sales_returns 10000', 'tax_payable 1500', 'card_clearing -11500'],
)
posts(
  'sale cancelled, agent: the commission taken back is posted',
  'CommissionTakenBack',
  { ...brokered, ...taxedCommission, fromReceivable: '88', toCredit: '200' },
  ['commission_income 250', 'tax_payable 38', 'receivable/c-1 -88', 'customer_credit/c-1 -200'],
)
posts(
  'commission of an agent sale over the counter taken back',
  'CommissionTakenBack',
  {
    ...brokered,
    ...nobody,
    ...taxedCommission,
    fromReceivable: '0',
    toCredit: '288',
    refundMethod: 'cash',
  },
  ['commission_income 250', 'tax_payable 38', 'cash -288'],
)

const debt = { badDebtId: 'b-1', saleId: undefined, amount: '900' }
posts('bad debt written off', 'BadDebtWrittenOff', debt, [
  'bad_debt_expense 900',
  'receivable/c-1 -900',
])
posts(
  'bad debt of a sale over the counter',
  'BadDebtWrittenOff',
  {
    ...debt,
    ...nobody,
    saleId: 's-1',
  },
  ['bad_debt_expense 900', 'receivable -900'],
)
posts('bad debt that names no customer', 'BadDebtWrittenOff', { ...debt, ...nobody }, [
  'bad_debt_expense 900',
  'allowance_doubtful -900',
])
posts('write-off reversed', 'BadDebtWriteOffReversed', { ...debt, ...nobody }, [
  'allowance_doubtful 900',
  'bad_debt_expense -900',
])
posts('bad debt recovered', 'BadDebtRecovered', { ...debt, method: 'cheque' }, [
  'cheques 900',
  'bad_debts_recovered -900',
])

posts('commission paid', 'CommissionPaid', { amount: '250', method: 'bank' }, [
  'commission_payable/ann 250',
  'bank -250',
])
posts(
  'commission taken back, principal',
  'CommissionTakenBack',
  {
    ...commission,
    fromReceivable: '0',
    toCredit: '0',
  },
  ['commission_payable/ann 250', 'commission_expense -250'],
)

t.test('notes on other documents and agreements post nothing', (t) => {
  const memos = Object.entries(postingRules).filter(([, posting]) => posting === undefined)
  t.same(
    memos
      .map(([type]) => type)
      .filter((type) => /^(Sale|Credit|Bad|Commission[^T]|Client)/.test(type)),
    [
      'SaleCompleted',
      'SaleTextCorrected',
      'BadDebtTextCorrected',
      'SaleCredited',
      'SaleDebtWrittenOff',
      'SaleWriteOffReversed',
    ],
  )
  t.same(Object.keys(postingRules).toSorted(), Object.keys(eventCatalogue).toSorted())
  t.end()
})

t.test('an entry says what it is about, and what it undoes', (t) => {
  const paid = { ...dimensions, ...price, method: 'bank', paymentId: 'p-1' }
  const story = [
    { event: { type: 'SalePaymentReceived', data: paid } },
    { event: { type: 'SaleCompleted', data: dimensions } },
    { event: { type: 'SalePaymentReversed', data: { ...paid, cause: 'bounced' } } },
  ] as unknown as readonly Told[]
  const events = recorded(story)
  const { entry: entries = [] } = foldInto(ledger, events)
  const shown = (entries as readonly EntryRow[]).map(
    ({ number, ordinal, event_id, document_kind, document_id, reference, mirrors, amount }) => ({
      number,
      ordinal,
      event_id,
      document_kind,
      document_id,
      reference,
      mirrors,
      amount,
    }),
  )
  const about = { document_kind: 'sale', document_id: 's-1', amount: '11600' }
  t.same(shown, [
    {
      number: '1',
      ordinal: '1',
      event_id: events[0]?.id,
      ...about,
      reference: 'p-1',
      mirrors: null,
    },
    {
      number: '3',
      ordinal: '3',
      event_id: events[2]?.id,
      ...about,
      reference: null,
      mirrors: 'p-1',
    },
  ])
  t.end()
})

t.test('a fact of a closed period is posted on the first open day and is late', (t) => {
  const context = {
    ...initialContext,
    closedPeriods: [
      { from: '2026-02-01', to: '2026-02-28' },
      { from: '2026-03-01', to: '2026-03-31' },
    ],
  }
  const story = ['2026-01-31', '2026-02-10', '2026-04-02'].map((occurredOn) => ({
    event: { type: 'SaleRecorded', data: { ...dimensions, ...amounts, occurredOn } },
  })) as unknown as readonly Told[]
  const { entry = [], posting = [] } = foldInto(ledger, recorded(story), () => context)
  t.same(
    entry.map((row) => [row['occurred_on'], row['posted_on'], row['late']]),
    [
      ['2026-01-31', '2026-01-31', false],
      ['2026-02-10', '2026-04-01', true],
      ['2026-04-02', '2026-04-02', false],
    ],
  )
  t.same(
    new Set(posting.map((row) => `${String(row['occurred_on'])} ${String(row['posted_on'])}`)),
    new Set(['2026-01-31 2026-01-31', '2026-02-10 2026-04-01', '2026-04-02 2026-04-02']),
  )
  t.end()
})

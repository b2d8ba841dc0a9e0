import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { eventCatalogue } from '#domain/events.ts'
import { maintenanceEvents } from '#domain/organisation/maintenance.ts'
import type { AccountBalanceRow, PartyBalanceRow } from '#projections/accounting/balances.ts'
import { analytics, type DeltaRow } from '#projections/analytics/analytics.ts'
import { type AccountName, chartOfAccounts } from '#projections/accounting/chart-of-accounts.ts'
import type { EntryRow } from '#projections/accounting/entry.ts'
import { ledger } from '#projections/accounting/ledger.ts'
import type { PostingRow } from '#projections/accounting/posting.ts'
import { crmCustomers } from '#projections/crm/customers.ts'
import type { BadDebtRow } from '#projections/finance/bad-debt.ts'
import type { CustomerCreditRow } from '#projections/finance/customer-credit.ts'
import type { PaymentRow } from '#projections/finance/payment.ts'
import type { SaleRow } from '#projections/finance/sale.ts'
import { financeSales } from '#projections/finance/sales.ts'
import { Company, type Deed, deeds } from './company.ts'
import { foldInto, recorded } from './fold-runner.ts'

const RUNS = 60

/** The read models of a company that did these deeds. */
function booksOf(done: readonly Deed[]) {
  const company = new Company()
  for (const deed of done) company.does(deed)
  const events = recorded(company.story)
  const books = foldInto(ledger, events)
  const sales = foldInto(financeSales, events)
  return {
    events,
    entries: books['entry'] as readonly EntryRow[],
    postings: books['posting'] as readonly PostingRow[],
    accounts: books['account_balance'] as readonly AccountBalanceRow[],
    parties: books['party_balance'] as readonly PartyBalanceRow[],
    sales: sales['sale'] as readonly SaleRow[],
    payments: sales['payment'] as readonly PaymentRow[],
    badDebts: sales['bad_debt'] as readonly BadDebtRow[],
    credits: sales['customer_credit'] as readonly CustomerCreditRow[],
    deltas: foldInto(analytics, events)['delta'] as readonly DeltaRow[],
    customers: foldInto(crmCustomers, events)['customer'] ?? [],
  }
}

type Books = ReturnType<typeof booksOf>

/** Holds whatever a company does; fast-check shrinks what breaks it. */
function always(name: string, holds: (books: Books) => void): void {
  t.test(name, (t) => {
    const property = fc.property(deeds, (done) => holds(booksOf(done)))
    t.doesNotThrow(() => fc.assert(property, { numRuns: RUNS }))
    t.end()
  })
}

/** Sums amounts by whatever tells them apart; sums of nothing are left out. */
function sums<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  amountOf: (item: Item) => bigint,
): Readonly<Record<string, bigint>> {
  const found = new Map<string, bigint>()
  for (const item of items) {
    found.set(keyOf(item), (found.get(keyOf(item)) ?? 0n) + amountOf(item))
  }
  return Object.fromEntries([...found].filter(([, sum]) => sum !== 0n))
}

const code = (name: AccountName): string => chartOfAccounts[name].code
const balance = (row: { readonly debit: string; readonly credit: string }): bigint =>
  BigInt(row.debit) - BigInt(row.credit)

/** Balances of the parties of a control account, debit positive. */
const partiesOf = ({ parties }: Books, name: AccountName) =>
  sums(
    parties.filter((row) => row.account === code(name)),
    (row) => `${row.party} ${row.currency}`,
    balance,
  )

/** Balances of an account by currency, debit positive. */
const accountOf = ({ accounts }: Books, name: AccountName) =>
  sums(
    accounts.filter((row) => row.account === code(name)),
    (row) => row.currency,
    balance,
  )

const byCustomer = (row: { readonly customer_id: string | null; readonly currency: string }) =>
  `${row.customer_id ?? ''} ${row.currency}`

always('every entry balances in its currency, and its amount is what it debits', (books) => {
  for (const entry of books.entries) {
    const lines = books.postings.filter((line) => line.entry === entry.number)
    assert.ok(lines.length >= 2)
    assert.ok(lines.every((line) => line.currency === entry.currency && line.amount !== '0'))
    assert.equal(
      lines.reduce((sum, line) => sum + BigInt(line.amount), 0n),
      0n,
    )
    const debits = lines.filter((line) => !line.amount.startsWith('-'))
    assert.equal(
      debits.reduce((sum, line) => sum + BigInt(line.amount), 0n),
      BigInt(entry.amount),
    )
  }
  const numbers = new Set(books.entries.map((entry) => entry.number))
  assert.ok(books.postings.every((line) => numbers.has(line.entry)))
})

always(
  'balances are the sums of their postings, and control accounts of their parties',
  (books) => {
    const key = (row: { readonly account: string; readonly currency: string }) =>
      `${row.account} ${row.currency}`
    const posted = sums(books.postings, key, (line) => BigInt(line.amount))
    assert.deepEqual(sums(books.accounts, key, balance), posted)
    const control = Object.values(chartOfAccounts).filter((account) => 'party' in account)
    const codes = new Set<string>(control.map((account) => account.code))
    assert.deepEqual(
      sums(books.parties, key, balance),
      sums(
        books.accounts.filter((row) => codes.has(row.account)),
        key,
        balance,
      ),
    )
  },
)

always(
  'the receivable of a customer is what the sales say they owe, less debts given up',
  (books) => {
    const owed = books.sales.map((row) => ({ key: byCustomer(row), amount: BigInt(row.owed) }))
    const givenUp = books.badDebts
      .filter((row) => row.sale_id === null && row.customer_id !== null)
      .map((row) => ({
        key: byCustomer(row),
        amount: BigInt(row.reversed) - BigInt(row.written_off),
      }))
    assert.deepEqual(
      partiesOf(books, 'receivable'),
      sums(
        [...owed, ...givenUp],
        (item) => item.key,
        (item) => item.amount,
      ),
    )
  },
)

always(
  'customer credit in the books is what customers can still spend or have set aside',
  (books) => {
    const ofCustomers = Object.entries(partiesOf(books, 'customer_credit')).filter(
      ([key]) => !key.startsWith(' '),
    )
    assert.deepEqual(
      Object.fromEntries(ofCustomers),
      sums(books.credits, byCustomer, (row) => -(BigInt(row.available) + BigInt(row.reserved))),
    )
    for (const row of books.credits) {
      const spent = BigInt(row.reserved) + BigInt(row.allocated) + BigInt(row.refunded)
      assert.equal(BigInt(row.available), BigInt(row.received) - spent)
    }
  },
)

always('client money in the bank is what we owe on, and what the sales hold', (books) => {
  const held = sums(books.sales, byCustomer, (row) => -BigInt(row.client_money))
  assert.deepEqual(partiesOf(books, 'client_money_payable'), held)
  assert.deepEqual(
    accountOf(books, 'client_bank'),
    sums(
      books.sales,
      (row) => row.currency,
      (row) => BigInt(row.client_money),
    ),
  )
})

always('what we owe our agents is what their sales earned them and was not paid', (books) => {
  assert.deepEqual(
    partiesOf(books, 'commission_payable'),
    sums(
      books.sales.filter((row) => row.basis === 'principal'),
      (row) => `${row.agent} ${row.currency}`,
      (row) =>
        BigInt(row.commission_taken_back) +
        BigInt(row.commission_paid) -
        BigInt(row.commission_accrued),
    ),
  )
})

always(
  'revenue is the net price of our own sales, commission income that of the brokered',
  (books) => {
    const basis = (wanted: SaleRow['basis']) => books.sales.filter((row) => row.basis === wanted)
    assert.deepEqual(
      accountOf(books, 'sales_revenue'),
      sums(
        basis('principal'),
        (row) => row.currency,
        (row) => -BigInt(row.net),
      ),
    )
    const back = books.events.flatMap((event) =>
      event.type === 'CommissionTakenBack' && event.data.basis === 'agent' ? [event.data] : [],
    )
    const income = basis('agent').map((row) => ({ ...row, net: row.commission_net }))
    assert.deepEqual(
      accountOf(books, 'commission_income'),
      sums(
        [...income, ...back.map((data) => ({ currency: data.currency, net: `-${data.net}` }))],
        (item) => item.currency,
        (item) => -BigInt(item.net),
      ),
    )
  },
)

always('a sale is paid what its payments say that were not reversed', (books) => {
  const standing = books.payments.filter((row) => row.reversed_on === null)
  const prices = standing.filter((row) => row.purpose === 'price')
  const commissions = standing.filter((row) => row.purpose === 'commission')
  const key = (row: { readonly sale_id: string }) => row.sale_id
  const amount = (row: PaymentRow) => BigInt(row.amount)
  assert.deepEqual(
    sums(books.sales, key, (row) => BigInt(row.paid)),
    sums(prices, key, amount),
  )
  assert.deepEqual(
    sums(
      books.sales.filter((row) => row.basis === 'agent'),
      key,
      (row) => BigInt(row.commission_paid),
    ),
    sums(commissions, key, amount),
  )
  for (const row of books.sales) {
    if (row.status === 'completed') assert.equal(row.owed, '0')
    assert.ok(BigInt(row.owed) >= 0n)
  }
})

always('statistics are the sales that stand, by agent and day', (books) => {
  const standing = books.sales.filter((row) => row.status !== 'cancelled')
  const day = (row: SaleRow) => `${row.agent} ${row.occurred_on} ${row.currency}`
  const shown = (measure: string, column: 'amount' | 'count') =>
    sums(
      books.deltas.filter((row) => row.measure === measure),
      (row) => `${row.user_id} ${row.day} ${row.currency}`,
      (row) => BigInt(row[column]),
    )
  const net = (row: SaleRow) => BigInt(row.net)
  const commission = (row: SaleRow) => BigInt(row.commission_net)
  assert.deepEqual(shown('sales', 'amount'), sums(standing, day, net))
  assert.deepEqual(shown('commissions', 'amount'), sums(standing, day, commission))
  assert.deepEqual(
    shown('sales', 'count'),
    sums(standing, day, () => 1n),
  )
  const cancelled = books.sales.filter((row) => row.status === 'cancelled')
  assert.deepEqual(shown('cancelled_sales', 'amount'), sums(cancelled, day, net))
  assert.deepEqual(shown('cancelled_commissions', 'amount'), sums(cancelled, day, commission))
  const sold = sums(
    standing,
    (row) => row.customer_id ?? '',
    () => 1n,
  )
  for (const row of books.customers) {
    assert.equal(BigInt(row['sales'] as number), sold[row['customer_id'] as string] ?? 0n)
  }
})

always('a mirror names the entry that it undoes, line by line', (books) => {
  for (const mirror of books.entries.filter((entry) => entry.type === 'SalePaymentReversed')) {
    const original = books.entries.filter(
      (entry) =>
        entry.document_id === mirror.document_id &&
        entry.reference !== null &&
        entry.reference === mirror.mirrors,
    )
    assert.equal(original.length, 1)
    const lines = (number: string | undefined, sign: bigint) =>
      sums(
        books.postings.filter((line) => line.entry === number),
        (line) => `${line.account} ${line.party}`,
        (line) => sign * BigInt(line.amount),
      )
    assert.deepEqual(lines(mirror.number, 1n), lines(original[0]?.number, -1n))
  }
})

t.test('the deeds reach every event that a sale can have', (t) => {
  const types = new Set<string>()
  for (const done of fc.sample(deeds, { numRuns: 120, seed: 7 })) {
    for (const event of booksOf(done).events) types.add(event.type)
  }
  // Wallets have stories of their own, and so has whoever signs in or looks, and the installation.
  const elsewhere = /^(Wallet|User|Member|ApiKey|Unmasking|RecordsAccessed)/
  const ofCompany = Object.keys(eventCatalogue).filter(
    (type) => !elsewhere.test(type) && !(type in maintenanceEvents),
  )
  const missing = ofCompany.filter((type) => !types.has(type))
  t.same(missing, [
    'OrganisationCreated',
    'OrganisationSettingsChanged',
    'CommissionTierSet',
    'CommissionTierRemoved',
    'CommissionTierAssigned',
    'CommissionTierUnassigned',
    'DefaultCommissionTierChosen',
    'CustomerDetailsChanged',
    'CustomerStatusChanged',
    'CustomerContacted',
    'CustomerSaleNoted',
    'CustomerSaleNoteReleased',
    'CustomerDocumentNoted',
    'CustomerDocumentNoteReleased',
    'CustomerRegistrationAbandoned',
    'CustomerDeleted',
    'ErasureRequested',
    'ErasureApproved',
    'ErasureRejected',
    'PersonRestricted',
    'LegalHoldPlaced',
    'LegalHoldLifted',
    'PersonErased',
    'PersonalTextsErased',
    'CustomerNumberClaimed',
    'CustomerNumberReleased',
    'CustomerLinked',
    'CustomerUnlinked',
  ])
  t.end()
})

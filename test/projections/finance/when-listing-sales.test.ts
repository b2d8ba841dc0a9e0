import t from 'tap'
import type { BadDebtRow } from '#projections/finance/bad-debt.ts'
import type { CreditNoteRow } from '#projections/finance/credit-note.ts'
import type { CustomerCreditRow } from '#projections/finance/customer-credit.ts'
import {
  customerCreditOf,
  findBadDebt,
  findCreditNote,
  listBadDebts,
  listCreditNotes,
} from '#projections/finance/document-queries.ts'
import type { SaleRow } from '#projections/finance/sale.ts'
import { findSale, listSales, type SaleFilter } from '#projections/finance/sale-queries.ts'
import { financeSales } from '#projections/finance/sales.ts'
import { allPages } from '#test/projections/all-pages.ts'
import { longStory } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { foldInto, recorded } from '#test/projections/fold-runner.ts'

const story = longStory(25)
const rows = foldInto(financeSales, recorded(story))
const sales = rows['sale'] as readonly SaleRow[]
const creditNotes = rows['credit_note'] as readonly CreditNoteRow[]
const badDebts = rows['bad_debt'] as readonly BadDebtRow[]

type Dated = { readonly occurred_on: string; readonly ordinal: string }
const latestFirst = (a: Dated, b: Dated): number =>
  a.occurred_on === b.occurred_on
    ? Number(b.ordinal) - Number(a.ordinal)
    : a.occurred_on < b.occurred_on
      ? 1
      : -1

// One for all tests of this file: they only read.
const { query } = await filledDatabase(t, story)

t.test('sales and their documents are shown as they stand', async (t) => {
  t.ok(sales.length > 50 && creditNotes.length > 20 && badDebts.length > 10, 'a busy company')

  const list = (filter: SaleFilter) =>
    allPages((cursor) => query((db) => listSales(db, filter, { limit: 7, cursor })))
  const holds = async (filter: SaleFilter, keeps: (row: SaleRow) => boolean) => {
    const expected = sales.filter(keeps).toSorted(latestFirst)
    const found = await list(filter)
    t.same(
      found.map((row) => row.sale_id),
      expected.map((row) => row.sale_id),
      JSON.stringify(filter),
    )
    t.ok(expected.length > 0 && expected.length < sales.length, 'the filter means something')
    return found
  }
  const [first] = await list({})
  const latest = sales.toSorted(latestFirst)[0]
  t.same(
    { ...first, organisation: undefined, customer_name: undefined },
    {
      ...latest,
      organisation: undefined,
      customer_name: undefined,
    },
  )
  t.equal((await list({})).length, sales.length)
  await holds({ status: 'cancelled' }, (row) => row.status === 'cancelled')
  await holds(
    { agent: 'bob', currency: 'USD' },
    (row) => row.agent === 'bob' && row.currency === 'USD',
  )
  await holds({ basis: 'agent' }, (row) => row.basis === 'agent')
  await holds({ owing: true }, (row) => row.owed !== '0')
  await holds({ owing: false }, (row) => row.owed === '0')
  await holds({ dueBefore: '2026-03-15' }, (row) => row.due_on < '2026-03-15')
  await holds(
    { from: '2026-02-03', to: '2026-02-20' },
    (row) => row.occurred_on >= '2026-02-03' && row.occurred_on <= '2026-02-20',
  )
  const ofTwo = await holds({ customerId: 'c-2' }, (row) => row.customer_id === 'c-2')
  t.same(new Set(ofTwo.map((row) => row.customer_name)), new Set(['Customer c-2']))
  await holds({ search: 'CUSTOMER c-2' }, (row) => row.customer_id === 'c-2')
  const one = sales[5] as SaleRow
  await holds({ search: one.sale_id }, (row) => row.sale_id.includes(one.sale_id))
  t.same(await list({ number: 'none' }), [])
  t.same(await list({ source: 'none' }), [])
})

t.test('a sale is found with its payments, taxes and credit notes', async (t) => {
  const paid = (rows['payment'] ?? []).find((row) => row['reversed_on'] !== null)
  const saleId = String(paid?.['sale_id'])
  const found = await query((db) => findSale(db, saleId))
  t.match(found, { sale_id: saleId })
  t.same(
    found?.payments.map((row) => row.payment_id),
    (rows['payment'] ?? [])
      .filter((row) => row['sale_id'] === saleId)
      .map((row) => row['payment_id']),
  )
  const credited = creditNotes.find((note) => note.sale_id !== null && note.tax !== '0')
  const ofNote = await query((db) => findSale(db, credited?.sale_id ?? ''))
  t.ok(ofNote?.credit_notes.some((note) => note.credit_note_id === credited?.credit_note_id))
  const note = await query((db) => findCreditNote(db, credited?.credit_note_id ?? ''))
  t.match(note, { sale_id: credited?.sale_id, gross: credited?.gross, taxes: [{ code: 'S' }] })
  t.equal(await query((db) => findSale(db, 'unknown')), undefined)
  t.equal(await query((db) => findSale(db, saleId), 'other'), undefined)
  t.equal(await query((db) => findCreditNote(db, 'unknown')), undefined)
})

t.test('credit notes, bad debts and customer credit are listed', async (t) => {
  const notes = await allPages((cursor) =>
    query((db) => listCreditNotes(db, { customerId: 'c-2' }, { limit: 2, cursor })),
  )
  t.same(
    notes.map((row) => row.credit_note_id),
    creditNotes
      .filter((row) => row.customer_id === 'c-2')
      .toSorted(latestFirst)
      .map((row) => row.credit_note_id),
  )
  t.ok(notes.length > 2 && notes.every((row) => row.customer_name === 'Customer c-2'))
  const filter = { currency: 'SAR', from: '2026-01-10', to: '2026-02-25' }
  const debts = await allPages((cursor) =>
    query((db) => listBadDebts(db, filter, { limit: 3, cursor })),
  )
  t.same(
    debts.map((row) => row.bad_debt_id),
    badDebts
      .filter(
        (row) =>
          row.currency === 'SAR' &&
          row.occurred_on >= '2026-01-10' &&
          row.occurred_on <= '2026-02-25',
      )
      .toSorted(latestFirst)
      .map((row) => row.bad_debt_id),
  )
  t.ok(debts.length > 3)
  const debt = await query((db) => findBadDebt(db, debts[0]?.bad_debt_id ?? ''))
  t.same(debt, debts[0])
  const credit = await query((db) => customerCreditOf(db, 'c-2'))
  const folded = (rows['customer_credit'] as readonly CustomerCreditRow[])
    .filter((row) => row.customer_id === 'c-2')
    .toSorted((a, b) => (a.currency < b.currency ? -1 : 1))
  t.same(
    credit.map((row) => [row.currency, row.available, row.reserved]),
    folded.map((row) => [row.currency, row.available, row.reserved]),
  )
  t.ok(credit.length > 0)
})

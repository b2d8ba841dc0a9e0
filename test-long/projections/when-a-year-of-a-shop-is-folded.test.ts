import { existsSync } from 'node:fs'
import t from 'tap'
import { readDocuments } from '#cli/import-sales/documents.ts'
import { type Mapping, readMapping } from '#cli/import-sales/mapping.ts'
import { type Translated, translate } from '#cli/import-sales/translate.ts'
import { type Decider, type DomainEvent, unreachable } from '#domain/decider.ts'
import type { DaybookEvent } from '#domain/events.ts'
import { badDebt } from '#domain/finance/bad-debt.ts'
import { creditNote } from '#domain/finance/credit-note.ts'
import { sale } from '#domain/finance/sale.ts'
import { Exact } from '#domain/money/exact.ts'
import { round } from '#domain/money/money.ts'
import type { AccountBalanceRow, PartyBalanceRow } from '#projections/accounting/balances.ts'
import { chartOfAccounts } from '#projections/accounting/chart-of-accounts.ts'
import { ledger } from '#projections/accounting/ledger.ts'
import { analytics, type DeltaRow } from '#projections/analytics/analytics.ts'
import type { SaleRow } from '#projections/finance/sale.ts'
import { financeSales } from '#projections/finance/sales.ts'
import { foldInto, recorded, type Told } from '#test/projections/fold-runner.ts'

// accounting.md, section 5, and the totals of ../shared/data/README.md: what any correct system says.

const FILE = new URL('../../../shared/data/online-retail/online-retail.csv.gz', import.meta.url)
  .pathname
const TODAY = '2026-11-21'

type Importable = Extract<Translated, { readonly total: string }>

/** What the domain decides on a document of the file. */
function told(document: Importable, mapping: Mapping): readonly Told[] {
  const { kind, number, occurredOn, lines, customer } = document
  const id = `${kind}-${number}`
  const customerId = customer?.number
  const paidBy = customerId === undefined ? ('cash' as const) : undefined
  const { currency } = mapping
  const source = { system: mapping.system, number }
  const stated = { customerId, occurredOn, today: TODAY, currency }
  const amount = { amount: round(new Exact(document.total), currency).amount, currency }
  switch (kind) {
    case 'sale':
      return decided(sale, id, {
        ...stated,
        type: 'RecordSale',
        saleId: id,
        agent: 'owner',
        basis: 'principal',
        document: { lines, source },
        paymentTermsDays: 30,
        payment: paidBy && { paymentId: `p-${id}`, method: paidBy },
      })
    case 'credit_note':
      return decided(creditNote, id, {
        ...stated,
        type: 'IssueCreditNote',
        creditNoteId: id,
        agent: 'owner',
        basis: 'principal',
        document: { lines, source },
        refundMethod: paidBy,
      })
    case 'write_off':
      return decided(badDebt, id, {
        ...stated,
        type: 'WriteOffBadDebt',
        badDebtId: id,
        amount,
        source,
      })
    case 'write_off_reversal':
      return decided(badDebt, id, {
        ...stated,
        type: 'RecordBadDebtReversal',
        badDebtId: id,
        reversalId: `r-${id}`,
        amount,
        source,
      })
    default:
      return unreachable(kind)
  }
}

function decided<State, Command, Event extends DomainEvent>(
  decider: Decider<State, Command, Event>,
  id: string,
  command: Command,
): readonly Told[] {
  return decider
    .decide(command, decider.initial)
    .map((event) => ({ event: event as unknown as DaybookEvent, stream: [decider.category, id] }))
}

const pounds = (minor: bigint): string =>
  `${minor < 0n ? '-' : ''}${String(minor < 0n ? -minor : minor)
    .padStart(3, '0')
    .replace(/(..)$/, '.$1')}`

const skip = existsSync(FILE) ? false : `${FILE} is not here: the year cannot be folded`

t.test('the books of a year are those that bookkeeping says', { skip }, async (t) => {
  const mapping = await readMapping('mappings/online-retail.json')
  const story: Told[] = []
  const counts = { sale: 0, credit_note: 0, write_off: 0, write_off_reversal: 0, skipped: 0 }
  for await (const document of readDocuments(FILE, mapping)) {
    const meant = translate(document, mapping)
    if (meant.kind === 'refused') throw new Error(`${meant.number} was refused`)
    counts[meant.kind] += 1
    if (meant.kind !== 'skipped') story.push(...told(meant, mapping))
  }
  t.same(counts, {
    sale: 18_532 + 1427,
    credit_note: 3654 + 182,
    write_off: 2,
    write_off_reversal: 1,
    skipped: 2102,
  })
  const events = recorded(story)
  const { account_balance: accounts, party_balance: parties, entry } = foldInto(ledger, events)
  const names = new Map<string, string>(
    Object.entries(chartOfAccounts).map(([name, { code }]) => [code, name]),
  )
  const balance = (row: AccountBalanceRow): bigint => BigInt(row.debit) - BigInt(row.credit)
  const balances = accounts as readonly AccountBalanceRow[]
  t.same(
    Object.fromEntries(balances.map((row) => [names.get(row.account), pounds(balance(row))])),
    {
      receivable: '8911407.90',
      customer_credit: '-611342.09',
      cash: '1458744.18',
      sales_revenue: '-10655622.48',
      sales_returns: '896812.49',
      bad_debt_expense: '11062.06',
      allowance_doubtful: '-11062.06',
    },
  )
  t.equal(
    balances.reduce((sum, row) => sum + balance(row), 0n),
    0n,
    'debits are credits',
  )
  const netted = Map.groupBy(
    (parties as readonly PartyBalanceRow[]).filter((row) => row.party !== ''),
    (row) => row.party,
  )
  const below = [...netted.values()]
    .map((rows) => rows.reduce((sum, row) => sum + balance(row), 0n))
    .filter((sum) => sum < 0n)
  t.equal(netted.size, 4371, 'customers with a document')
  t.equal(below.length, 41)
  t.equal(pounds(below.reduce((sum, amount) => sum + amount, 0n)), '-13229.14')
  t.equal(entry?.length, 18_532 + 2 * 1427 + 3654 + 182 + 3, 'an entry for each fact')

  const { sale: sales, credit_note: notes } = foldInto(financeSales, events)
  const owed = (sales as readonly SaleRow[]).reduce((sum, row) => sum + BigInt(row.owed), 0n)
  t.equal(pounds(owed), '8911407.90')
  t.equal(notes?.length, 3836)

  const { delta } = foldInto(analytics, events)
  const sold = (delta as readonly DeltaRow[]).filter(({ measure }) => measure === 'sales')
  const months = Map.groupBy(sold, (row) => row.day.slice(0, 7))
  t.same(
    [...months].map(([month, rows]) => [
      month,
      pounds(rows.reduce((sum, row) => sum + BigInt(row.amount), 0n)),
    ]),
    [
      ['2010-12', '823746.14'],
      ['2011-01', '691364.56'],
      ['2011-02', '523631.89'],
      ['2011-03', '717639.36'],
      ['2011-04', '537808.62'],
      ['2011-05', '770536.02'],
      ['2011-06', '761739.90'],
      ['2011-07', '719221.19'],
      ['2011-08', '748076.32'],
      ['2011-09', '1058590.17'],
      ['2011-10', '1154979.30'],
      ['2011-11', '1509496.33'],
      ['2011-12', '638792.68'],
    ],
  )
})

import t from 'tap'
import {
  listAccounts,
  listPartyBalances,
  type PartyFilter,
} from '#projections/accounting/account-queries.ts'
import type { AccountBalanceRow, PartyBalanceRow } from '#projections/accounting/balances.ts'
import { chartOfAccounts } from '#projections/accounting/chart-of-accounts.ts'
import type { EntryRow } from '#projections/accounting/entry.ts'
import {
  accountRegister,
  type EntryFilter,
  findEntry,
  listEntries,
} from '#projections/accounting/entry-queries.ts'
import { ledger } from '#projections/accounting/ledger.ts'
import type { PostingRow } from '#projections/accounting/posting.ts'
import { trialBalance } from '#projections/accounting/trial-balance.ts'
import { schemaName } from '#projections/engine/schema-name.ts'
import { allPages } from '#test/projections/all-pages.ts'
import { longStory } from '#test/projections/company.ts'
import { filledDatabase } from '#test/projections/filled-database.ts'
import { foldInto, recorded } from '#test/projections/fold-runner.ts'

const story = longStory(3)
const rows = foldInto(ledger, recorded(story))
const entries = rows['entry'] as readonly EntryRow[]
const postings = rows['posting'] as readonly PostingRow[]
const balances = rows['account_balance'] as readonly AccountBalanceRow[]
const parties = rows['party_balance'] as readonly PartyBalanceRow[]

/** Both sides of each account, summed here from the postings that a question means. */
function expectedBalance(keeps: (line: PostingRow) => boolean) {
  const sides = new Map<string, { debit: bigint; credit: bigint }>()
  for (const line of postings.filter(keeps)) {
    const key = `${line.account} ${line.currency}`
    const side = sides.get(key) ?? { debit: 0n, credit: 0n }
    const amount = BigInt(line.amount)
    if (amount > 0n) side.debit += amount
    else side.credit -= amount
    sides.set(key, side)
  }
  return [...sides]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, { debit, credit }]) => [key, String(debit), String(credit), String(debit - credit)])
}

// One for all tests of this file: they only read, but for the last.
const { database, query } = await filledDatabase(t, story)

t.test('the trial balance at any day and any ordinal is the sum of what was posted', async (t) => {
  const middle = entries[Math.floor(entries.length / 2)]?.number ?? '0'
  const ask = async (question: Parameters<typeof trialBalance>[1]) => {
    const { accounts, totals } = await query((db) => trialBalance(db, question))
    for (const total of totals) t.equal(total.balance, '0', `${total.currency} balances`)
    return accounts.map((row) => [
      `${row.account} ${row.currency}`,
      row.debit,
      row.credit,
      row.balance,
    ])
  }
  t.same(
    await ask({}),
    expectedBalance(() => true),
  )
  t.same(
    await ask({ asOf: '2026-12-31' }),
    expectedBalance(() => true),
    'summed, it is the same',
  )
  for (const asOf of ['2025-12-31', '2026-01-10', '2026-02-20']) {
    for (const knownAt of [undefined, '0', middle]) {
      t.same(
        await ask({ asOf, knownAt }),
        expectedBalance(
          (line) =>
            line.posted_on <= asOf &&
            (knownAt === undefined || BigInt(line.entry) <= BigInt(knownAt)),
        ),
        `as of ${asOf}, known at ${knownAt}`,
      )
    }
  }
  t.same(
    await ask({ knownAt: middle, currency: 'USD' }),
    expectedBalance((line) => BigInt(line.entry) <= BigInt(middle) && line.currency === 'USD'),
  )
})

t.test('accounts are listed with their balances, used or not', async (t) => {
  const accounts = await query((db) => listAccounts(db))
  t.same(
    accounts.map((account) => account.code),
    Object.values(chartOfAccounts)
      .map((account) => account.code)
      .toSorted(),
  )
  for (const account of accounts) {
    t.same(
      account.balances.map((balance) => [balance.currency, balance.debit, balance.credit]),
      balances
        .filter((row) => row.account === account.code)
        .toSorted((a, b) => (a.currency < b.currency ? -1 : 1))
        .map((row) => [row.currency, row.debit, row.credit]),
      account.name,
    )
  }
})

t.test('control accounts are listed by party, the largest balances first', async (t) => {
  const list = (filter: PartyFilter) =>
    allPages((cursor) => query((db) => listPartyBalances(db, filter, { limit: 2, cursor })))
  const receivable = await list({ account: '1100' })
  const open = parties.filter((row) => row.account === '1100' && row.debit !== row.credit)
  t.equal(receivable.length, open.length)
  t.ok(receivable.length > 3)
  const sizes = receivable.map((row) => Math.abs(Number(row.balance)))
  t.same(
    sizes,
    sizes.toSorted((a, b) => b - a),
  )
  t.match(
    receivable.find((row) => row.party === 'c-2'),
    { name: 'Customer c-2' },
  )
  t.equal((await list({ settled: true })).length, parties.length)
  t.ok((await list({ search: 'customer C-2' })).every((row) => row.party === 'c-2'))
  t.ok((await list({ account: '2400', party: 'ann', currency: 'SAR' })).length <= 1)
})

t.test('entries are listed with their lines and found with what they undo', async (t) => {
  const list = (filter: EntryFilter) =>
    allPages((cursor) => query((db) => listEntries(db, filter, { limit: 20, cursor })))
  const holds = async (filter: EntryFilter, keeps: (row: EntryRow) => boolean) => {
    const expected = entries.filter(keeps).map((row) => row.number)
    t.same(
      (await list(filter)).map((row) => row.number),
      expected.toReversed(),
      JSON.stringify(filter),
    )
    t.ok(expected.length > 0 && expected.length < entries.length, 'the filter means something')
  }
  const [latest] = await list({})
  t.same(
    new Set(latest?.postings.map((line) => `${line.account} ${line.party} ${line.amount}`)),
    new Set(
      postings
        .filter((line) => line.entry === latest?.number)
        .map((line) => `${line.account} ${line.party} ${line.amount}`),
    ),
  )
  t.notOk(latest?.postings[0]?.amount.startsWith('-'), 'debits first')
  await holds({ type: 'SaleCancelled' }, (row) => row.type === 'SaleCancelled')
  await holds({ currency: 'USD' }, (row) => row.currency === 'USD')
  await holds(
    { from: '2026-01-10', to: '2026-02-01' },
    (row) => row.posted_on >= '2026-01-10' && row.posted_on <= '2026-02-01',
  )
  await holds({ knownAt: '200' }, (row) => BigInt(row.number) <= 200n)
  const touches = (row: EntryRow, account: string, party?: string): boolean =>
    postings.some(
      (line) =>
        line.entry === row.number &&
        line.account === account &&
        (party === undefined || line.party === party),
    )
  await holds({ account: '1000' }, (row) => touches(row, '1000'))
  await holds({ account: '1100', party: 'c-3' }, (row) => touches(row, '1100', 'c-3'))
  t.same(await list({ late: true }), [])

  const mirror = entries.find((row) => row.type === 'SalePaymentReversed')
  const found = await query((db) => findEntry(db, mirror?.number ?? ''))
  t.equal(found?.mirrored.length, 1)
  const original = await query((db) => findEntry(db, found?.mirrored[0] ?? ''))
  t.match(original, { type: 'SalePaymentReceived', mirrored_by: [mirror?.number] })
  await holds({ documentId: mirror?.document_id }, (row) => row.document_id === mirror?.document_id)
  t.equal(await query((db) => findEntry(db, '999999')), undefined)
  t.equal(await query((db) => findEntry(db, 'x')), undefined)
  t.equal(await query((db) => findEntry(db, mirror?.number ?? ''), 'other'), undefined)
})

t.test('the register of an account goes by the order of the books', async (t) => {
  const list = (filter: Parameters<typeof accountRegister>[1]) =>
    allPages((cursor) => query((db) => accountRegister(db, filter, { limit: 9, cursor })))
  const expected = (keeps: (line: PostingRow) => boolean) =>
    postings
      .filter(keeps)
      .toSorted((a, b) =>
        a.posted_on === b.posted_on
          ? Number(a.entry) - Number(b.entry)
          : a.posted_on < b.posted_on
            ? -1
            : 1,
      )
      .map((line) => [line.entry, line.party, line.amount])
  const shown = (lines: Awaited<ReturnType<typeof list>>) =>
    lines.map((line) => [line.entry, line.party, line.amount])
  t.same(
    shown(await list({ account: '1100' })),
    expected((line) => line.account === '1100'),
  )
  const narrow = {
    account: '1100',
    party: 'c-1',
    currency: 'SAR',
    from: '2026-01-05',
    to: '2026-02-25',
    knownAt: '900',
  }
  const ofOne = await list(narrow)
  t.same(
    shown(ofOne),
    expected(
      (line) =>
        line.account === '1100' &&
        line.party === 'c-1' &&
        line.currency === 'SAR' &&
        line.posted_on >= narrow.from &&
        line.posted_on <= narrow.to &&
        Number(line.entry) <= 900,
    ),
  )
  t.ok(ofOne.length > 9)
  t.same(new Set(ofOne.map((line) => line.name)), new Set(['Customer c-1']))
})

t.test(
  'the database refuses an entry that does not balance, and finds one that got in',
  async (t) => {
    const invariant = (ledger.invariant ?? '').replaceAll(':schema', schemaName('ledger', 'live'))
    t.same((await database.engine.query(invariant)).rows, [])
    const insert = `insert into ledger.posting (organisation, entry, line, account, party, currency, amount, occurred_on, posted_on)
    select 'main', 1000000, line, '1000', '', currency, amount, '2026-03-01', '2026-03-01'
    from (values (1, 'SAR', 100), (2, $1, $2::bigint)) as lines (line, currency, amount)`
    await t.rejects(database.engine.query(insert, ['SAR', -99]), {
      code: '23514',
      message: /Entry 1000000 of main does not balance/,
    })
    await t.rejects(database.engine.query(insert, ['USD', -100]), { code: '23514' })
    await database.engine.query(insert, ['SAR', -100])
    t.match((await database.engine.query(invariant)).rows, [
      // Both lines are on one account, so that its balance is right; nothing else to find.
    ])
    await database.engine.query(
      `update ledger.posting set amount = amount + 1 where entry = 1000000 and line = 1`,
    )
    t.match((await database.engine.query(invariant)).rows, [
      { finding: 'entry does not balance', subject: '1000000', difference: '1' },
      { finding: 'account balance differs from its postings', subject: '1000', difference: '-1' },
    ])
    await database.engine.query(
      `update ledger.party_balance set debit = debit + 5 where party = 'c-1' and account = '1100' and currency = 'SAR'`,
    )
    t.match((await database.engine.query(invariant)).rows.at(-1), {
      finding: 'control account differs from its parties',
      subject: '1100',
      difference: '-5',
    })
  },
)

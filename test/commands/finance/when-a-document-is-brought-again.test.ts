import t from 'tap'
import { cancelSale } from '#commands/finance/cancel-sale.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { recordBadDebtReversal } from '#commands/finance/record-bad-debt-reversal.ts'
import { type NewSale, recordSale } from '#commands/finance/record-sale.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { Business } from '#test/support/business.ts'

const source = { system: 'shop', number: '536365' }
const lines = [
  { item: '85123A', description: 'HEART ♥ HOLDER', quantity: '6', unitPrice: '2.55' },
  { item: '71053', quantity: '-1', unitPrice: '3.395' },
]
const occurredOn = '2026-01-12'
const counter: NewSale = {
  document: { lines, source },
  occurredOn,
  payment: { method: 'cash' },
}

t.test('by whomever, whenever: nothing to do, and the first answer', async (t) => {
  const business = new Business()
  const first = await recordSale(business.deps, counter, business.context())
  t.match(first, { replayed: false })
  business.now = '2026-12-24T09:00:00Z'
  business.restart()
  await changeSettings(business.deps, { paymentTermsDays: 60 }, business.context())
  const events = business.store.log.length
  const other = business.context(undefined, { actor: 'importer' })
  const second = await recordSale(business.deps, counter, other)
  t.match(second, { saleId: first.saleId, replayed: true, revision: first.revision })
  t.same(
    second.events.map(({ id, data }) => ({ id, data })),
    first.events.map(({ id, data }) => ({ id, data })),
  )
  t.equal(business.store.log.length, events)
})

t.test('with other content it is refused', async (t) => {
  const business = new Business()
  await recordSale(business.deps, counter, business.context())
  const different: NewSale[] = [
    { ...counter, document: { source, lines: lines.slice(0, 1) } },
    { ...counter, occurredOn: '2026-01-13' },
    { ...counter, payment: { method: 'card' } },
    { ...counter, customerId: await business.customer() },
    { ...counter, currency: 'GBP' },
  ]
  const events = business.store.log.length
  for (const input of different) {
    const refused = recordSale(business.deps, input, business.context())
    await t.rejects(refused, { code: 'DOCUMENT_DIFFERS', facts: source })
  }
  t.equal(business.store.log.length, events)
})

t.test('two that bring it at the same time record it once', async (t) => {
  const business = new Business()
  const brought = await Promise.all(
    Array.from({ length: 8 }, () => recordSale(business.deps, counter, business.context())),
  )
  t.equal(brought.filter(({ replayed }) => !replayed).length, 1)
  t.equal(new Set(brought.map(({ saleId }) => saleId)).size, 1)
  t.same(business.story(), { sale: ['SaleRecorded', 'SalePaymentReceived', 'SaleCompleted'] })
})

t.test('the same number of another system, kind or organisation is another document', async (t) => {
  const business = new Business()
  const { deps } = business
  const { saleId } = await recordSale(deps, counter, business.context())
  const elsewhere = { ...counter, document: { lines, source: { ...source, system: 'till' } } }
  const other = await recordSale(deps, elsewhere, business.context())
  t.not(other.saleId, saleId)
  const abroad = business.context(undefined, { organisation: 'other' })
  t.not((await recordSale(deps, counter, abroad)).saleId, saleId)
  const note = { document: { lines, source }, refundMethod: 'cash' } as const
  const { creditNoteId } = await issueCreditNote(deps, note, business.context())
  t.not(creditNoteId, saleId)
})

t.test('credit notes and bad debts too', async (t) => {
  const business = new Business()
  const { deps } = business
  const customerId = await business.customer()
  const twice = async <T>(bring: () => Promise<T>): Promise<[T, T]> => [
    await bring(),
    await bring(),
  ]

  const note = { customerId, occurredOn, document: { amount: 500n, source } }
  const issue = (input: typeof note) => issueCreditNote(deps, input, business.context())
  const notes = await twice(() => issue(note))
  t.same(
    notes.map(({ replayed }) => replayed),
    [false, true],
  )
  const otherNote = issue({ ...note, document: { amount: 501n, source } })
  await t.rejects(otherNote, { code: 'DOCUMENT_DIFFERS' })

  const amount = { amount: 700n, currency: 'USD' }
  const debt = { amount, occurredOn, source, reason: 'gone' }
  const writeOff = (input: typeof debt) => writeOffBadDebt(deps, input, business.context())
  const debts = await twice(() => writeOff(debt))
  t.same(
    debts.map(({ replayed }) => replayed),
    [false, true],
  )
  await t.rejects(writeOff({ ...debt, occurredOn: '2026-01-13' }), { code: 'DOCUMENT_DIFFERS' })

  const back = { ...debt, source: { system: 'shop', number: 'A563185' } }
  const reversals = await twice(() => recordBadDebtReversal(deps, back, business.context()))
  t.same(
    reversals.map(({ replayed }) => replayed),
    [false, true],
  )
  t.same(business.story()['badDebt'], ['BadDebtWrittenOff', 'BadDebtWriteOffReversed'])
})

t.test('a credit note of a sale needs no tax rates, also once the sale is cancelled', async (t) => {
  const business = new Business()
  const { deps } = business
  const customerId = await business.customer()
  const taxed = { amount: 1000n, taxCode: 'VAT', taxRates: { VAT: '15' } }
  const { saleId } = await recordSale(deps, { customerId, document: taxed }, business.context())
  const document = { amount: 400n, taxCode: 'VAT', source }
  const issue = () => issueCreditNote(deps, { saleId, document }, business.context())
  const { creditNoteId, events } = await issue()
  t.match(events, [{ data: { net: '400', tax: '60', taxes: [{ code: 'VAT', rate: '15' }] } }])
  await cancelSale(deps, { saleId }, business.context())
  t.match(await issue(), { creditNoteId, replayed: true })
})

t.test('a credit note that a crash left on its sale cannot come back as another', async (t) => {
  const business = new Business()
  const saleId = await business.sale(await business.customer(), 1000n)
  const issue = (amount: bigint) =>
    issueCreditNote(business.deps, { saleId, document: { amount, source } }, business.context())
  business.dieAt(2, 'before')
  await t.rejects(issue(300n), { name: 'LogUnavailable' })
  business.liveAgain()
  await t.rejects(issue(400n), { code: 'DOCUMENT_DIFFERS' })
  t.match(await issue(300n), { replayed: false, revision: 0 })
})

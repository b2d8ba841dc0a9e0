import t from 'tap'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import type { CommandContext } from '#commands/handler.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { notedDocumentsAreCompleted } from '#processes/noted-documents-are-completed.ts'
import { Business } from '#test/support/business.ts'

const source = { system: 'shop', number: 'C4711' }
const lines = [{ item: '85123A', quantity: '2', unitPrice: '2.55' }]

const operations: Readonly<Record<string, Operation>> = {
  'a credit note': {
    type: 'CreditNoteIssued',
    run: (b, saleId, context) =>
      issueCreditNote(b.deps, { saleId, document: { lines, source } }, context),
  },
  'a bad debt': {
    type: 'BadDebtWrittenOff',
    run: (b, saleId, context) =>
      writeOffBadDebt(b.deps, { saleId, source, reason: 'moved away' }, context),
  },
}

interface Operation {
  readonly type: 'CreditNoteIssued' | 'BadDebtWrittenOff'
  readonly run: (
    business: Business,
    saleId: string,
    context: CommandContext,
  ) => Promise<{ readonly replayed: boolean; readonly events: readonly { readonly id: string }[] }>
}

/** Everything that the process has to do by now, done. */
async function complete(business: Business): Promise<void> {
  const process = notedDocumentsAreCompleted(business.handler)
  const events = await createCodec(business.keys).decode([...business.store.log])
  for (const event of events) {
    if (!process.types.includes(event.type)) continue
    const reaction = { actor: `process:${process.name}`, causationId: event.id }
    await process.react(event, business.context(event.id, reaction))
  }
}

for (const [name, { type, run }] of Object.entries(operations)) {
  t.test(`${name} that only its sale has noted is completed as it was asked for`, async (t) => {
    const whole = new Business()
    const wholeSale = await whole.sale(await whole.customer())
    await run(whole, wholeSale, whole.context())
    const {
      creditNoteId: _,
      badDebtId: __,
      saleId: ___,
      customerId: ____,
      ...asked
    } = await decoded(whole, type)

    for (const key of ['a-key', undefined]) {
      const business = new Business()
      const saleId = await business.sale(await business.customer())
      const context = business.context(key)
      business.dieAt(2, 'before')
      await t.rejects(run(business, saleId, context))
      business.liveAgain()
      t.equal(business.last(type), undefined, 'the program died in between')

      await complete(business)
      t.match(await decoded(business, type), { ...asked, saleId })
      const completed = business.store.log.find((event) => event.type === type)
      t.match(completed?.metadata, { actor: 'process:noted_documents_are_completed' })

      const events = business.store.log.length
      await complete(business)
      t.equal(business.store.log.length, events, 'once is enough')
      if (key === undefined) continue
      const repeated = await run(business, saleId, context)
      t.match(repeated, { replayed: true, events: [{ id: completed?.id }] }, 'the first answer')
      t.equal(business.store.log.length, events)
    }
  })

  t.test(`${name} that was completed by its command is left alone`, async (t) => {
    const business = new Business()
    const saleId = await business.sale(await business.customer())
    await run(business, saleId, business.context('a-key'))
    const events = business.store.log.length
    await complete(business)
    t.equal(business.store.log.length, events)
  })
}

/** The data of the one event of a type. */
async function decoded(business: Business, type: string): Promise<Record<string, unknown>> {
  const all = await createCodec(business.keys).decode([...business.store.log])
  const found = all.filter((event) => event.type === type)
  if (found.length !== 1) throw new Error(`${found.length} of ${type}`)
  return { ...found[0]?.data }
}

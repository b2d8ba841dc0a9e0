import t from 'tap'
import { deleteCustomer } from '#commands/crm/delete-customer.ts'
import { findOrRegisterCustomer } from '#commands/crm/find-or-register-customer.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { recordBadDebtReversal } from '#commands/finance/record-bad-debt-reversal.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import type { CommandContext } from '#commands/handler.ts'
import { openWallet } from '#commands/wallet/open-wallet.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { abandonedWorkIsReleased } from '#processes/abandoned-work-is-released.ts'
import { deletedCustomersAreErased } from '#processes/deleted-customers-are-erased.ts'
import type { Process } from '#processes/process.ts'
import { Business } from '#test/support/business.ts'
import { documentsOfLog } from '#test/support/documents-of-log.ts'
import { linkedOfLog } from '#test/support/linked-of-log.ts'

const depsOf = (business: Business) => ({
  ...business.deps,
  keyRing: business.keys,
  findDocuments: documentsOfLog(business.store, business.keys),
  findLinked: linkedOfLog(business.store),
})
const remove = (business: Business, customerId: string, context = business.context()) =>
  deleteCustomer(depsOf(business), { customerId, reason: 'duplicate' }, context)
const usd = (amount: bigint) => ({ amount, currency: 'USD' })

/** Everything that a process has to do by now, done. */
async function letReact(business: Business, process: Process): Promise<void> {
  for (const event of await createCodec(business.keys).decode([...business.store.log])) {
    if (!process.types.includes(event.type)) continue
    await process.react(event, business.context(event.id, { actor: `process:${process.name}` }))
  }
}

/** The names that the log still tells. */
async function names(business: Business): Promise<readonly unknown[]> {
  const events = await createCodec(business.keys).decode([...business.store.log])
  return events.flatMap((event) => (event.type === 'CustomerRegistered' ? [event.data.name] : []))
}

t.test('who is deleted is unreadable once it is answered, and their number is free', async (t) => {
  const business = new Business()
  const input = { name: 'Chanda', number: '17850' }
  const { customerId } = await registerCustomer(business.deps, input, business.context())
  const context = business.context('key')
  const { events } = await remove(business, customerId, context)
  t.match(events, [{ type: 'CustomerDeleted', data: { customerId, reason: 'duplicate' } }])
  t.same(await names(business), ['erased'])
  t.match(business.last('CustomerNumberReleased'), { customerId })

  const count = business.store.log.length
  t.equal((await remove(business, customerId, context)).replayed, true, 'a repeat is answered')
  await t.rejects(remove(business, customerId), { code: 'CUSTOMER_UNKNOWN' })
  t.equal(business.store.log.length, count)
  const { customerId: next } = await registerCustomer(business.deps, input, business.context())
  t.not(next, customerId)
  t.same(await names(business), ['erased', 'Chanda'])
})

t.test('a number that is looked for again is a new customer’s', async (t) => {
  const business = new Business()
  const input = { name: 'Chanda', number: '17850' }
  const find = (key: string) => findOrRegisterCustomer(business.deps, input, business.context(key))
  const first = await find('one')
  await remove(business, first.customerId)
  const second = await find('two')
  t.equal(second.registered, true)
  t.not(second.customerId, first.customerId)
  business.restart()
  t.same(await find('three'), { customerId: second.customerId, registered: false })
  await remove(business, second.customerId)
  const third = await find('four')
  t.notOk([first.customerId, second.customerId].includes(third.customerId))
})

type Deed = (b: Business, customerId: string, context: CommandContext) => Promise<unknown>

/** What keeps a customer, and why they then cannot be deleted. */
const deeds: Readonly<Record<string, { readonly code: string; readonly run: Deed }>> = {
  'a sale': {
    code: 'CUSTOMER_HAS_SALES',
    run: (b, customerId, context) =>
      recordSale(b.deps, { customerId, document: { amount: 100n } }, context),
  },
  'a wallet, though nothing ever moved in it': {
    code: 'CUSTOMER_HAS_DOCUMENTS',
    run: (b, customerId, context) => openWallet(b.deps, { customerId }, context),
  },
  'a credit note without a sale': {
    code: 'CUSTOMER_HAS_DOCUMENTS',
    run: (b, customerId, context) =>
      issueCreditNote(b.deps, { customerId, document: { amount: 100n } }, context),
  },
  'a bad debt without a sale': {
    code: 'CUSTOMER_HAS_DOCUMENTS',
    run: (b, customerId, context) =>
      writeOffBadDebt(b.deps, { customerId, amount: usd(100n) }, context),
  },
  'the reversal of a bad debt that is not named': {
    code: 'CUSTOMER_HAS_DOCUMENTS',
    run: (b, customerId, context) =>
      recordBadDebtReversal(b.deps, { customerId, amount: usd(100n) }, context),
  },
}

for (const [name, { code, run }] of Object.entries(deeds)) {
  t.test(`${name} keeps its customer`, async (t) => {
    const business = new Business()
    const customerId = await business.customer()
    await run(business, customerId, business.context())
    const noted = business.store.log.filter(({ type }) => type.endsWith('Noted')).length
    t.equal(noted, 1)
    await run(business, customerId, business.context())
    t.equal(
      business.store.log.filter(({ type }) => type.endsWith('Noted')).length,
      noted,
      'the next needs no note',
    )
    await t.rejects(remove(business, customerId), { code })
    await letReact(business, abandonedWorkIsReleased(business.handler, 0))
    await t.rejects(remove(business, customerId), { code }, 'what is recorded keeps its note')
    t.same(await names(business), ['Chanda'])
  })

  t.test(`${name} and a deletion at the same moment: one of them comes first`, async (t) => {
    // At each append of the deed, another program deletes.
    for (const at of [1, 2]) {
      const business = new Business()
      const customerId = await business.customer()
      const other = new Business()
      Object.assign(other, { store: business.store, keys: business.keys })
      other.restart()
      let appends = 0
      let deletion: Promise<unknown> = Promise.resolve()
      business.store.hooks = {
        async before() {
          appends += 1
          if (appends !== at) return
          deletion = remove(other, customerId)
          await deletion.catch(() => undefined)
        },
      }
      const deed = run(business, customerId, business.context())
      const [done] = await Promise.allSettled([deed])
      const [gone] = await Promise.allSettled([deletion])
      business.store.hooks = {}
      t.not(done.status, gone.status, `append ${at}: ${done.status}, ${gone.status}`)
      if (at === 1) t.match(done, { reason: { code: 'CUSTOMER_UNKNOWN' } })
      else t.match(gone, { reason: { code } })
    }
  })

  t.test(`${name} that never came lets its customer go`, async (t) => {
    const business = new Business()
    const customerId = await business.customer()
    business.dieAt(2, 'before')
    await t.rejects(run(business, customerId, business.context()))
    business.liveAgain()
    await t.rejects(remove(business, customerId), { code })
    await letReact(business, abandonedWorkIsReleased(business.handler, 0))
    await remove(business, customerId)
    t.same(await names(business), ['erased'])
  })
}

t.test('a deletion that a crash cut off is completed by its process', async (t) => {
  for (const [at, when] of [
    [1, 'after'],
    [2, 'before'],
    [2, 'after'],
  ] as const) {
    const business = new Business()
    const input = { name: 'Chanda', number: '17850' }
    const { customerId } = await registerCustomer(business.deps, input, business.context())
    business.dieAt(at, when)
    await t.rejects(remove(business, customerId))
    business.liveAgain()
    t.match(business.last('CustomerDeleted'), { customerId })
    for (const _ of [1, 2]) await letReact(business, deletedCustomersAreErased(depsOf(business)))
    t.same(await names(business), ['erased'])
    const released = business.store.log.filter(({ type }) => type === 'CustomerNumberReleased')
    t.equal(released.length, 1, `died ${when} append ${at}`)
  }
})

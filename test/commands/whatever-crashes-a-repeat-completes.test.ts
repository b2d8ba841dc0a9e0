import t from 'tap'
import { reactionId } from '#commands/command-id.ts'
import { deleteCustomer } from '#commands/crm/delete-customer.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { allocateCredit } from '#commands/finance/allocate-credit.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { receivePayment } from '#commands/finance/receive-payment.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import { reverseWriteOff } from '#commands/finance/reverse-write-off.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import type { CommandContext } from '#commands/handler.ts'
import { openWallet } from '#commands/wallet/open-wallet.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { allProcesses } from '#processes/all.ts'
import { Business } from '#test/support/business.ts'
import { documentsOfLog } from '#test/support/documents-of-log.ts'
import { linkedOfLog } from '#test/support/linked-of-log.ts'

/** What was there before, and the operation that is interrupted. */
type Scenario = (
  business: Business,
) => Promise<(context: CommandContext) => Promise<{ readonly replayed: boolean }>>

const usd = (amount: bigint) => ({ amount, currency: 'USD' })
const source = { system: 'shop', number: '4711' }

const scenarios: Readonly<Record<string, Scenario>> = {
  'a customer with a number': async (b) => (context) =>
    registerCustomer(b.deps, { name: 'Chanda', number: '17850' }, context),
  'a first sale, paid above what it costs': async (b) => {
    const customerId = await b.customer()
    const payment = { method: 'bank', amount: usd(150n) } as const
    return (context) =>
      recordSale(b.deps, { customerId, document: { amount: 100n }, payment }, context)
  },
  'a document that comes from elsewhere': async (b) => {
    const customerId = await b.customer()
    return (context) =>
      recordSale(b.deps, { customerId, document: { amount: 100n, source } }, context)
  },
  'a payment above what is owed': async (b) => {
    const saleId = await b.sale(await b.customer(), 100n)
    return (context) =>
      receivePayment(b.deps, { saleId, method: 'cash', amount: usd(130n) }, context)
  },
  'a credit note of a sale': async (b) => {
    const saleId = await b.sale(await b.customer(), 100n)
    return (context) => issueCreditNote(b.deps, { saleId, document: { amount: 40n } }, context)
  },
  'a bad debt of a sale': async (b) => {
    const saleId = await b.sale(await b.customer(), 100n)
    return (context) => writeOffBadDebt(b.deps, { saleId }, context)
  },
  'a wallet': async (b) => {
    const customerId = await b.customer()
    return (context) => openWallet(b.deps, { customerId }, context)
  },
  'a credit note without a sale': async (b) => {
    const customerId = await b.customer()
    return (context) => issueCreditNote(b.deps, { customerId, document: { amount: 40n } }, context)
  },
  'a bad debt without a sale': async (b) => {
    const customerId = await b.customer()
    return (context) => writeOffBadDebt(b.deps, { customerId, amount: usd(40n) }, context)
  },
  'a customer with a number deleted': async (b) => {
    const input = { name: 'Chanda', number: '17850' }
    const { customerId } = await registerCustomer(b.deps, input, b.context())
    const deletion = { customerId, reason: 'duplicate' } as const
    const deps = { ...b.deps, keyRing: b.keys, findLinked: linkedOfLog(b.store) }
    return (context) => deleteCustomer(deps, deletion, context)
  },
  'a write-off of a sale reversed': async (b) => {
    const saleId = await b.sale(await b.customer(), 100n)
    const { badDebtId } = await writeOffBadDebt(b.deps, { saleId }, b.context())
    return (context) => reverseWriteOff(b.deps, { badDebtId, amount: usd(60n) }, context)
  },
  'a credit allocated to a sale that owes less': async (b) => {
    const customerId = await b.customer()
    await issueCreditNote(b.deps, { customerId, document: { amount: 80n } }, b.context())
    const saleId = await b.sale(customerId, 50n)
    return (context) => allocateCredit(b.deps, { saleId, amount: usd(70n) }, context)
  },
}

/** What follows from the log, as the processes would do it in time. */
async function letFollow(business: Business): Promise<void> {
  const codec = createCodec(business.keys)
  const deps = {
    ...business.deps,
    keyRing: business.keys,
    findDocuments: documentsOfLog(business.store, business.keys),
    findRestricted: async () => [],
    vacuumErased: async () => undefined,
    apiKeys: { changed: async () => undefined },
    ...business.signIns,
    findKnowing: business.findKnowing,
    findErasedUsers: business.findErasedUsers,
    log: business.store,
  }
  const processes = allProcesses(deps).filter(({ delayMs = 0 }) => delayMs === 0)
  for (const event of await codec.decode([...business.store.log])) {
    for (const process of processes.filter(({ types }) => types.includes(event.type))) {
      const commandId = reactionId(process.name, event.id)
      await process.react(event, business.context(undefined, { commandId, bodyHash: event.id }))
    }
  }
}

for (const [name, scenario] of Object.entries(scenarios)) {
  t.test(name, async (t) => {
    const whole = new Business()
    const uninterrupted = await scenario(whole)
    const before = whole.store.appends.length
    await uninterrupted(whole.context('key'))
    const appends = whole.store.appends.length - before
    t.ok(appends > 1, `${appends} appends`)
    await letFollow(whole)

    for (let append = 1; append <= appends; append++) {
      for (const when of ['before', 'after'] as const) {
        const business = new Business()
        const operation = await scenario(business)
        business.dieAt(append, when)
        await operation(business.context('key')).catch(() => undefined)
        business.liveAgain()
        await operation(business.context('key'))
        await letFollow(business)
        t.same(business.story(), whole.story(), `died ${when} append ${append}`)

        const events = business.store.log.length
        t.equal((await operation(business.context('key'))).replayed, true, 'the first answer')
        await letFollow(business)
        t.equal(business.store.log.length, events, 'nothing changed')
      }
    }
  })
}

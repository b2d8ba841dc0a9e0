import t from 'tap'
import { createAccessRecords } from '#commands/access/record-accesses.ts'
import { deleteCustomer } from '#commands/crm/delete-customer.ts'
import { findOrRegisterCustomer } from '#commands/crm/find-or-register-customer.ts'
import { registerCustomer } from '#commands/crm/register-customer.ts'
import { issueCreditNote } from '#commands/finance/issue-credit-note.ts'
import { receivePayment } from '#commands/finance/receive-payment.ts'
import { recordSale } from '#commands/finance/record-sale.ts'
import { writeOffBadDebt } from '#commands/finance/write-off-bad-debt.ts'
import { grantUnmasking } from '#commands/identity/grant-unmasking.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { NotReadYet } from '#commands/privacy/documents-of-person.ts'
import { liftLegalHold, placeLegalHold } from '#commands/privacy/legal-hold.ts'
import {
  approveErasure,
  type RequestDeps,
  requestErasure,
} from '#commands/privacy/request-erasure.ts'
import { openWallet } from '#commands/wallet/open-wallet.ts'
import { apiKey } from '#domain/identity/api-key.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { deletedCustomersAreErased } from '#processes/deleted-customers-are-erased.ts'
import {
  erasuresAreCarriedOut,
  erasuresReachWhatCameLate,
  termsFollowSettings,
} from '#processes/erasures-are-carried-out.ts'
import type { Process } from '#processes/process.ts'
import { createTermsEnd } from '#processes/terms-end.ts'
import { Business } from '#test/support/business.ts'
import { documentsOfLog } from '#test/support/documents-of-log.ts'
import { testKeyedHash } from '#test/support/keyed-hash.ts'
import { linkedOfLog } from '#test/support/linked-of-log.ts'

const depsOf = (business: Business): RequestDeps => ({
  ...business.deps,
  keyRing: business.keys,
  findDocuments: documentsOfLog(business.store, business.keys),
  findLinked: linkedOfLog(business.store),
})
const ask = (business: Business, customerId: string, context = business.context()) =>
  requestErasure(depsOf(business), { customerId, reason: 'asked_by_person' }, context)
const count = (business: Business, type: string): number =>
  business.store.log.filter((event) => event.type === type).length

async function letReact(business: Business, process: Process): Promise<void> {
  for (const event of await createCodec(business.keys).decode([...business.store.log])) {
    if (!process.types.includes(event.type)) continue
    await process.react(event, business.context(event.id, { actor: `process:${process.name}` }))
  }
}

/** Every text in the log that can still be read. */
async function told(business: Business): Promise<string> {
  return JSON.stringify(await createCodec(business.keys).decode([...business.store.log]))
}

/** Something of every kind, with a text in each. */
async function withDocuments(business: Business): Promise<string> {
  const customerId = await business.customer('Chanda')
  const saleId = await business.sale(customerId)
  const usd = (amount: bigint) => ({ amount, currency: 'USD' })
  const payment = { saleId, method: 'cash', amount: usd(10n), reference: 'of Chanda' } as const
  await receivePayment(business.deps, payment, business.context())
  const document = { amount: 100n }
  await issueCreditNote(business.deps, { customerId, document }, business.context())
  const bad = { customerId, amount: usd(100n), reason: 'Chanda left' }
  await writeOffBadDebt(business.deps, bad, business.context())
  await openWallet(business.deps, { customerId, name: 'for Chanda' }, business.context())
  return customerId
}

const nothingKept = { sale: 0, creditNote: 0, badDebt: 0, customerCredit: 0, wallet: 0 }

t.test('of whom nothing is in the books is erased at once', async (t) => {
  const business = new Business()
  const input = { name: 'Chanda', number: '17850' }
  const { customerId } = await registerCustomer(business.deps, input, business.context())
  await ask(business, customerId)
  t.notMatch(await told(business), 'Chanda')
  t.equal(count(business, 'PersonErased'), 1)
  const { customerId: next } = await registerCustomer(business.deps, input, business.context())
  t.not(next, customerId, 'the number is somebody else’s now')
  const found = await findOrRegisterCustomer(business.deps, input, business.context())
  t.same(found, { customerId: next, registered: false })
})

t.test('what has to be kept is kept, and says why and how long', async (t) => {
  const business = new Business()
  const customerId = await withDocuments(business)
  await ask(business, customerId)
  t.match(business.last('PersonRestricted'), { customerId, until: '2036-12-31' })
  const kinds = ['badDebt', 'creditNote', 'sale', 'wallet']
  const because = business.last('PersonRestricted')?.['because'] as readonly { kind: string }[]
  t.same(because.map(({ kind }) => kind).toSorted(), kinds)
  t.match(await told(business), 'Chanda')
  t.equal(count(business, 'PersonErased'), 0)
  const document = { amount: 5n }
  const sale = recordSale(business.deps, { customerId, document }, business.context())
  await t.rejects(sale, { code: 'CUSTOMER_RESTRICTED' })
  const wallet = openWallet(business.deps, { customerId }, business.context())
  await t.rejects(wallet, { code: 'CUSTOMER_RESTRICTED' })
})

t.test('what need not be kept goes with the person, each with its key', async (t) => {
  const business = new Business()
  const customerId = await withDocuments(business)
  const other = await withDocuments(business)
  await changeSettings(business.deps, { retentionYears: nothingKept }, business.context())
  await ask(business, customerId)
  const left = await told(business)
  t.equal(left.split('Chanda').length - 1, 4, 'what is of the other one')
  const subjects = business.last('PersonalTextsErased')?.['subjects'] as readonly object[]
  t.equal(subjects.length, 3)
  t.match(await told(business), other)
})

t.test('a term ends by itself, a hold suspends that, and lifting it goes on', async (t) => {
  const business = new Business()
  const customerId = await withDocuments(business)
  const termsEnd = createTermsEnd({
    ...depsOf(business),
    findEnding: () => [{ organisation: 'main', customerId }],
    clock: () => business.now,
    warn: (_, cause) => {
      throw cause
    },
  })
  await ask(business, customerId)
  business.now = '2036-12-31T23:00:00Z'
  await termsEnd.look()
  t.match(await told(business), 'Chanda', 'its last day')
  const hold = { customerId, reason: 'Chanda against us' }
  await placeLegalHold(business.deps, hold, business.context())
  business.now = '2037-01-01T00:00:00Z'
  await termsEnd.look()
  t.match(await told(business), 'Chanda')
  const lifted = { customerId, reason: 'settled with Chanda' }
  await liftLegalHold(depsOf(business), lifted, business.context())
  t.notMatch(await told(business), 'Chanda')
  await termsEnd.look()
  t.equal(count(business, 'PersonErased'), 1)
  t.equal(count(business, 'PersonRestricted'), 1)
})

t.test('a term that ends while nobody holds them ends without anybody', async (t) => {
  const business = new Business()
  const customerId = await withDocuments(business)
  await ask(business, customerId)
  business.now = '2037-01-01T00:00:00Z'
  const findEnding = () => [{ organisation: 'main', customerId }]
  const warn = (): void => void t.fail()
  const clock = (): string => business.now
  const termsEnd = createTermsEnd({ ...depsOf(business), findEnding, clock, warn })
  t.equal(await termsEnd.look(), 1)
  t.notMatch(await told(business), 'Chanda')
})

t.test('a term that the organisation shortens ends by that', async (t) => {
  const business = new Business()
  const customerId = await withDocuments(business)
  await ask(business, customerId)
  const findRestricted = async () => [customerId]
  const process = termsFollowSettings({ ...depsOf(business), findRestricted })
  const change = (years: object) =>
    changeSettings(business.deps, { retentionYears: years }, business.context())
  await change({ ...nothingKept, wallet: 3 })
  await letReact(business, process)
  t.match(business.last('PersonRestricted'), { until: '2029-12-31' })
  await change(nothingKept)
  await letReact(business, process)
  t.notMatch(await told(business), 'Chanda')
})

t.test('who is not approved is not erased, and a second person lets it go on', async (t) => {
  const business = new Business()
  await changeSettings(business.deps, { erasureNeedsApproval: true }, business.context())
  const customerId = await business.customer()
  await ask(business, customerId)
  t.match(await told(business), 'Chanda')
  const same = approveErasure(depsOf(business), customerId, business.context())
  await t.rejects(same, { code: 'ERASURE_NOT_APPROVED_BY_SAME_PERSON' })
  const second = business.context(undefined, { actor: 'second' })
  await approveErasure(depsOf(business), customerId, second)
  t.notMatch(await told(business), 'Chanda')
})

t.test('a program is who issued its key, and approves nothing that they asked', async (t) => {
  const business = new Business()
  await changeSettings(business.deps, { erasureNeedsApproval: true }, business.context())
  const by = (actor: string) => business.context(undefined, { actor })
  const issue = async (apiKeyId: string, actor: string): Promise<string> => {
    const more = {
      name: 'Till',
      role: 'owner',
      grantable: ['erase'],
      prefix: 'dbk_00000000',
    } as const
    const command = { ...more, type: 'IssueApiKey', apiKeyId, now: business.now } as const
    await business.handler.handle(apiKey, apiKeyId, command, by(actor))
    return `key:${apiKeyId}`
  }
  const own = await issue('own', 'owner')
  const another = await issue('another', 'owner')
  const byOwn = await issue('by-own', own)
  const others = await issue('others', 'second')
  const pairs = [
    ['owner', own],
    [own, 'owner'],
    [own, another],
    [another, byOwn],
    [byOwn, 'owner'],
    ['key:nobodys', 'key:nobodys'],
  ] as const
  for (const [asking, approving] of pairs) {
    const customerId = await business.customer()
    await ask(business, customerId, by(asking))
    const same = approveErasure(depsOf(business), customerId, by(approving))
    const code = 'ERASURE_NOT_APPROVED_BY_SAME_PERSON'
    await t.rejects(same, { code }, `${asking}, ${approving}`)
  }
  t.equal(count(business, 'ErasureApproved'), 0)
  const two = [
    [own, 'second'],
    ['second', byOwn],
    [own, others],
    ['key:nobodys', 'owner'],
    ['key:nobodys', 'key:of-nobody'],
  ] as const
  for (const [asking, approving] of two) {
    const customerId = await business.customer()
    await ask(business, customerId, by(asking))
    await approveErasure(depsOf(business), customerId, by(approving))
  }
  t.equal(count(business, 'ErasureApproved'), two.length)
})

t.test('what is looked in lags: it is asked all the same, and a process goes on', async (t) => {
  const business = new Business()
  const customerId = await business.customer()
  const findDocuments = async () => {
    throw new NotReadYet('later')
  }
  const deps = { ...depsOf(business), findDocuments }
  const input = { customerId, reason: 'objected' } as const
  await requestErasure(deps, input, business.context())
  t.equal(count(business, 'PersonErased'), 0)
  await letReact(business, erasuresAreCarriedOut(depsOf(business)))
  t.notMatch(await told(business), 'Chanda')
})

async function look(business: Business, id: string, reason: string): Promise<void> {
  const { handler } = business
  const warn = () => undefined
  const findAsked = async () => []
  const parts = { handler, keyRing: business.keys, keyedHash: testKeyedHash, findAsked, warn }
  const records = createAccessRecords({ ...parts, clock: () => business.now, isAway: () => false })
  const request = { method: 'GET', route: '/api/events', status: 200, request_id: null } as const
  const who = {
    organisation: 'main',
    actor: 'alma',
    role: 'auditor',
    callerKind: 'person',
  } as const
  const seen = { rows: 1, unmaskings: [], sessionId: undefined, kind: 'read' } as const
  const asked = [{ name: 'customer', value: id }]
  await records.record({
    ...request,
    ...who,
    ...seen,
    asked,
    reason,
    at: '2026-11-21T10:00:00.000Z',
  })
}

function unmask(business: Business, subject: string, reason: string) {
  const deps = { ...business.deps, keyRing: business.keys, isConfigured: () => true }
  const grant = { actor: 'alma', until: '2026-11-22T10:00:00.000Z', subject, reason }
  return grantUnmasking(deps, grant, business.context())
}

t.test('why somebody looked at them, or was let see them, goes with them', async (t) => {
  const business = new Business()
  const customerId = await withDocuments(business)
  const other = await business.customer('Bwalya')
  const wallet = business.last('WalletOpened')?.['walletId'] as string
  await changeSettings(business.deps, { retentionYears: nothingKept }, business.context())
  for (const id of [customerId, wallet]) {
    await look(business, id, 'Chanda rang')
    await unmask(business, id, 'Chanda complained')
  }
  await look(business, other, 'Bwalya rang')
  await unmask(business, other, 'Bwalya complained')
  t.match(await told(business), /Chanda rang.*Chanda complained.*Bwalya complained/)
  await ask(business, customerId)
  t.notMatch(await told(business), 'Chanda')
  t.match(await told(business), /Bwalya rang.*Bwalya complained/)
  await look(business, wallet, 'Chanda again')
  await unmask(business, wallet, 'Chanda again')
  t.notMatch(await told(business), 'Chanda', 'nor is anything more written of them')
  const reasons = business.store.log.length
  await letReact(business, erasuresReachWhatCameLate(depsOf(business), 0))
  t.equal(business.store.log.length, reasons, 'and nothing is left to be done')
})

t.test('why somebody looked at a customer who is deleted goes too, also late', async (t) => {
  const business = new Business()
  const customerId = await business.customer()
  await look(business, customerId, 'Chanda rang')
  const deps = { ...business.deps, ...depsOf(business) }
  const deletion = { customerId, reason: 'duplicate' } as const
  await deleteCustomer(deps, deletion, business.context())
  t.match(await told(business), 'Chanda rang')
  await letReact(business, deletedCustomersAreErased(deps))
  t.notMatch(await told(business), 'Chanda')
  await look(business, customerId, 'Chanda again')
  t.notMatch(await told(business), 'Chanda')
})

t.test('an erasure that a crash cut off is completed by its process', async (t) => {
  for (const [at, when] of [
    [1, 'after'],
    [2, 'before'],
    [2, 'after'],
    [3, 'before'],
    [3, 'after'],
  ] as const) {
    const business = new Business()
    const customerId = await withDocuments(business)
    await changeSettings(business.deps, { retentionYears: nothingKept }, business.context())
    business.dieAt(at, when)
    await t.rejects(ask(business, customerId), `died ${when} append ${at}`)
    business.liveAgain()
    for (const _ of [1, 2]) await letReact(business, erasuresAreCarriedOut(depsOf(business)))
    t.notMatch(await told(business), 'Chanda')
    const types = ['ErasureRequested', 'PersonErased', 'PersonalTextsErased']
    t.same(
      types.map((type) => count(business, type)),
      [1, 1, 1],
      `died ${when} append ${at}`,
    )
  }
})

t.test('a wallet that another program opened meanwhile is reached later', async (t) => {
  const business = new Business()
  const customerId = await withDocuments(business)
  await changeSettings(business.deps, { retentionYears: nothingKept }, business.context())
  const other = new Business()
  Object.assign(other, { store: business.store, keys: business.keys })
  other.restart()
  // Something of theirs is recorded, so that the other program asks nobody.
  await openWallet(other.deps, { customerId, name: 'a second of Chanda' }, other.context())
  await ask(business, customerId)
  await openWallet(other.deps, { customerId, name: 'a third of Chanda' }, other.context()).catch(
    (error: unknown) => t.match(error, { code: 'CUSTOMER_ERASED' }),
  )
  await letReact(business, erasuresReachWhatCameLate(depsOf(business), 0))
  t.notMatch(await told(business), 'Chanda')
})

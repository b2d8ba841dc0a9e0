import t from 'tap'
import { deleteCustomer } from '#commands/crm/delete-customer.ts'
import { changeSettings } from '#commands/organisation/change-settings.ts'
import { NotReadYet } from '#commands/privacy/documents-of-person.ts'
import { liftLegalHold, placeLegalHold } from '#commands/privacy/legal-hold.ts'
import { linkCustomers } from '#commands/privacy/link-customers.ts'
import { rejectErasure } from '#commands/privacy/reject-erasure.ts'
import { approveErasure, requestErasure } from '#commands/privacy/request-erasure.ts'
import { unlinkCustomers } from '#commands/privacy/unlink-customers.ts'
import { customer } from '#domain/crm/customer.ts'
import { createCodec } from '#log/codec-of-catalogue.ts'
import { erasuresAreCarriedOut } from '#processes/erasures-are-carried-out.ts'
import { Business } from '#test/support/business.ts'
import { documentsOfLog } from '#test/support/documents-of-log.ts'
import { linkedOfLog } from '#test/support/linked-of-log.ts'

const depsOf = (business: Business) => ({
  ...business.deps,
  keyRing: business.keys,
  findDocuments: documentsOfLog(business.store, business.keys),
  findLinked: linkedOfLog(business.store),
})
const ask = (business: Business, customerId: string, context = business.context()) =>
  requestErasure(depsOf(business), { customerId, reason: 'asked_by_person' }, context)
const link = async (business: Business, ...customerIds: readonly string[]) => {
  const links = { customerIds, reason: 'same_contact' } as const
  return (await linkCustomers(business.deps, links, business.context())).linkId
}
const second = (business: Business) => business.context(undefined, { actor: 'second' })
const count = (business: Business, type: string): number =>
  business.store.log.filter((event) => event.type === type).length

/** Every text in the log that can still be read. */
async function told(business: Business): Promise<string> {
  return JSON.stringify(await createCodec(business.keys).decode([...business.store.log]))
}

async function letReact(business: Business): Promise<void> {
  const process = erasuresAreCarriedOut(depsOf(business))
  for (const event of await createCodec(business.keys).decode([...business.store.log])) {
    if (!process.types.includes(event.type)) continue
    await process.react(event, business.context(event.id, { actor: `process:${process.name}` }))
  }
}

/** Three of one person, by two links, and somebody else. */
async function threeOfOne(business: Business): Promise<readonly [string, string, string]> {
  const ids = [await business.customer(), await business.customer(), await business.customer()]
  const [a = '', b = '', c = ''] = ids
  await business.customer('Bwalya')
  await link(business, a, b)
  await link(business, b, c)
  return [a, b, c]
}

t.test('who asks for one asks for all who are that person, and is told so', async (t) => {
  const business = new Business()
  const [a, b, c] = await threeOfOne(business)
  const context = business.context('key')
  const outcome = await ask(business, a, context)
  t.match(outcome.events, [{ data: { customerId: a, linked: [b, c] } }])
  t.equal(count(business, 'PersonErased'), 3)
  t.notMatch(await told(business), 'Chanda')
  t.match(await told(business), 'Bwalya')
  t.match(await ask(business, a, context), {
    replayed: true,
    events: [{ data: { linked: [b, c] } }],
  })
  await t.rejects(ask(business, b), { code: 'CUSTOMER_ERASED' })
  const before = business.store.log.length
  await letReact(business)
  t.equal(business.store.log.length, before, 'nothing is left to be done')
})

t.test('each is kept for what is theirs; the rest goes at once', async (t) => {
  const business = new Business()
  const [a, b] = [await business.customer('Chanda'), await business.customer('Chipo')]
  await link(business, a, b)
  await business.sale(a)
  await ask(business, b)
  t.match(business.last('PersonRestricted'), { customerId: a, until: '2036-12-31' })
  t.match(business.last('PersonErased'), { customerId: b })
  t.match(await told(business), 'Chanda')
  t.notMatch(await told(business), 'Chipo')
})

t.test('a legal hold on one holds all', async (t) => {
  const business = new Business()
  const [a, , c] = await threeOfOne(business)
  const hold = { customerId: c, reason: 'a case' }
  await placeLegalHold(business.deps, hold, business.context())
  await ask(business, a)
  t.equal(count(business, 'PersonErased'), 0)
  t.equal(count(business, 'PersonRestricted'), 3)
  await liftLegalHold(depsOf(business), hold, business.context())
  t.equal(count(business, 'PersonErased'), 3)
  t.notMatch(await told(business), 'Chanda')
})

t.test('so does one that is placed on any of them while documents are looked for', async (t) => {
  for (const at of [0, 1, 2]) {
    const business = new Business()
    const ids = await threeOfOne(business)
    const hold = { customerId: ids[at] ?? '', reason: 'a case' }
    const { findDocuments, ...deps } = depsOf(business)
    const held: typeof findDocuments = async (...asked) => {
      const found = await findDocuments(...asked)
      if (count(business, 'LegalHoldPlaced') === 0) {
        await placeLegalHold(business.deps, hold, business.context())
      }
      return found
    }
    const input = { customerId: ids[0], reason: 'asked_by_person' } as const
    await requestErasure({ ...deps, findDocuments: held }, input, business.context())
    t.equal(count(business, 'LegalHoldPlaced'), 1)
    t.equal(count(business, 'PersonErased'), 0, `on number ${at}`)
    t.equal((await told(business)).split('Chanda').length - 1, 3, 'no key is destroyed')
    await liftLegalHold(depsOf(business), hold, business.context())
    t.equal(count(business, 'PersonErased'), 3)
  }
})

t.test('a second person approves or rejects all of them', async (t) => {
  const business = new Business()
  await changeSettings(business.deps, { erasureNeedsApproval: true }, business.context())
  const [a, b, c] = await threeOfOne(business)
  await ask(business, a)
  t.equal(count(business, 'ErasureRequested'), 3)
  const rejection = { customerId: b, reason: 'not yet' }
  await rejectErasure(business.deps, rejection, second(business))
  t.equal(count(business, 'ErasureRejected'), 3)
  await letReact(business)
  t.equal(count(business, 'ErasureRequested'), 3, 'it is not asked for again')
  await ask(business, c)
  t.equal(count(business, 'ErasureRequested'), 6)
  await approveErasure(depsOf(business), a, second(business))
  t.equal(count(business, 'ErasureApproved'), 3)
  t.notMatch(await told(business), 'Chanda')
})

t.test('who was deleted before is not covered, though a link names them', async (t) => {
  const business = new Business()
  const [a, b, c] = await threeOfOne(business)
  const deletion = { customerId: b, reason: 'duplicate' } as const
  await deleteCustomer(depsOf(business), deletion, business.context())
  const { events } = await ask(business, a)
  t.match(events, [{ data: { linked: [c] } }])
  t.notMatch(await told(business), 'Chanda')
})

t.test('a hold on one keeps the others from being deleted, and so does an erasure', async (t) => {
  const business = new Business()
  const [a, , c] = await threeOfOne(business)
  const deletion = { customerId: a, reason: 'duplicate' } as const
  const remove = () => deleteCustomer(depsOf(business), deletion, business.context())
  const hold = { customerId: c, reason: 'a court asked' }
  await placeLegalHold(business.deps, hold, business.context())
  const facts = { customerId: c }
  await t.rejects(remove(), { code: 'LEGAL_HOLD_STANDS', facts })
  await ask(business, a)
  t.equal(count(business, 'PersonRestricted'), 3)
  await t.rejects(remove(), { code: 'LEGAL_HOLD_STANDS', facts })
  t.equal(count(business, 'CustomerDeleted'), 0)
  t.match(await told(business), 'Chanda')

  const other = await business.customer()
  const request = { reason: 'asked_by_person', requestedBy: 'one', needsApproval: false } as const
  const asked = { type: 'RequestErasure', customerId: other, ...request } as const
  await business.deps.handler.handle(customer, other, asked, business.context())
  const late = { customerId: other, reason: 'duplicate' } as const
  const removed = deleteCustomer(depsOf(business), late, business.context())
  await t.rejects(removed, { code: 'CUSTOMER_RESTRICTED' }, 'it is on its way to be erased')
})

t.test(
  'nobody is linked with whom an erasure was asked for; unlinking takes nobody out',
  async (t) => {
    const business = new Business()
    await changeSettings(business.deps, { erasureNeedsApproval: true }, business.context())
    const [a, b] = [await business.customer(), await business.customer()]
    const linkId = await link(business, a, b)
    await ask(business, a)
    const late = await business.customer('Bwalya')
    await t.rejects(link(business, late, b), { code: 'ERASURE_ALREADY_REQUESTED' })
    const unlinking = { linkId, reason: 'linked_by_mistake' } as const
    await unlinkCustomers(business.deps, unlinking, business.context())
    await approveErasure(depsOf(business), a, second(business))
    t.equal(count(business, 'PersonErased'), 2)
    t.notMatch(await told(business), 'Chanda')
    await t.rejects(link(business, late, b), { code: 'CUSTOMER_ERASED' })
    t.match(await told(business), 'Bwalya')
  },
)

t.test('where it is not known in time who is linked, nothing is asked', async (t) => {
  const business = new Business()
  const [a] = await threeOfOne(business)
  const findLinked = async () => {
    throw new NotReadYet('person_links')
  }
  const input = { customerId: a, reason: 'objected' } as const
  const asked = requestErasure({ ...depsOf(business), findLinked }, input, business.context())
  await t.rejects(asked, { name: 'NotReadYet' })
  t.equal(count(business, 'ErasureRequested'), 0)
})

t.test('wherever a crash cuts it off, all of them are erased in the end, each once', async (t) => {
  for (let at = 1; at <= 9; at++) {
    for (const when of ['before', 'after'] as const) {
      const business = new Business()
      const [a] = await threeOfOne(business)
      business.dieAt(at, when)
      await ask(business, a).catch(() => undefined)
      business.liveAgain()
      if (count(business, 'ErasureRequested') === 0) await ask(business, a)
      for (const _ of [1, 2]) await letReact(business)
      t.notMatch(await told(business), 'Chanda')
      const types = ['ErasureRequested', 'PersonErased', 'PersonalTextsErased']
      const counts = types.map((type) => count(business, type))
      t.same(counts, [3, 3, 3], `died ${when} append ${at}`)
    }
  }
})
